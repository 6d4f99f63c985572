"""`layerscope ls`: the files of the final image, or what one layer changed."""

import click

from layerscope.cli.options import takes_image
from layerscope.cli.reading import read_image, tell_notes
from layerscope.cli.request import Request
from layerscope.cli.streams import standard_output, tell
from layerscope.cli.treepath import find_node, layer_range, require_live
from layerscope.errors import UsageError
from layerscope.units import printable


@click.command("ls", short_help="List files.", options_metavar="[OPTIONS]")
@click.option(
    "--layer", "layers", metavar="N|J-K", help="What layer N, or layers J to K together, changed; 0 is the base."
)
@click.option("--no-times", is_flag=True, help="With --layer: leave out what differs in its modification time alone.")
@click.option(
    "--format", "kind", type=click.Choice(["text", "json"]), default="text", show_default=True, help="json: JSON lines."
)
@click.option(
    "--sort", type=click.Choice(["path", "size"]), default="path", show_default=True, help="size: the biggest first."
)
@click.option("--human", is_flag=True, help="Sizes as 6.2 MB instead of bytes; text only.")
@takes_image
@click.argument("path", metavar="[PATH]", default="/")
def command(
    request: Request, path: str, layers: str | None, kind: str, sort: str, *, no_times: bool, human: bool
) -> int:
    """List the files of IMAGE, at and below PATH.

    Sizes are bytes of content as stored. In the final image the first name of a file with several has its size, and
    the others are hard links to it. With --layer, each line says what the layer did: + added, ~ modified, - removed.
    """
    from layerscope.reports.listing import Manner, list_changes, list_final, write_listing

    if human and kind == "json":
        raise UsageError("--human is for text; JSON has exact bytes")
    inspection = read_image(request)
    tell_notes(inspection, request)
    tree = inspection.tree
    node = find_node(tree, path)
    if layers is None:
        require_live(tree, node, path)
        listing = list_final(tree, node)
    else:
        from layerscope.filesystem.diff import compare

        first, last = layer_range(tree, layers)
        listing = list_changes(tree, compare(tree, first, last), node, times=not no_times)
    with standard_output() as stream:
        count = write_listing(listing, stream, Manner(kind == "json", human, sort == "size"))
        if not count and not request.quiet:
            what = "the final image has" if layers is None else f"layer {layers} changed"
            tell(f"layerscope: {what} nothing at or below {printable(path)}")
    return 0
