"""`layerscope timeline`: what every layer did to one path."""

import click

from layerscope.cli.options import takes_image
from layerscope.cli.reading import read_image, tell_notes
from layerscope.cli.request import Request
from layerscope.cli.streams import standard_output
from layerscope.cli.treepath import find_node


@click.command("timeline", short_help="Tell a path's life.", options_metavar="[OPTIONS]")
@takes_image
@click.argument("path", metavar="PATH")
@click.option(
    "--format", "kind", type=click.Choice(["text", "json"]), default="text", show_default=True, help="json: JSON lines."
)
def command(request: Request, path: str, kind: str) -> int:
    """Tell what each layer did to PATH: added, what it changed (content, mode, owner …), removed; also of dead files.

    Each line says what the layer shipped for it, and what became of those bytes.
    """
    from layerscope.filesystem.timeline import timeline
    from layerscope.reports.lifeline import write_timeline

    inspection = read_image(request)
    node = find_node(inspection.tree, path)
    tell_notes(inspection, request)
    with standard_output() as stream:
        write_timeline(inspection, node, timeline(inspection.tree, node), stream, as_json=kind == "json")
    return 0
