"""`layerscope extract`: files and directories of an image, on disk."""

from pathlib import Path

import click

from layerscope.cli.options import takes_image
from layerscope.cli.reading import read_image
from layerscope.cli.request import Request
from layerscope.cli.stopping import stoppable
from layerscope.cli.streams import tell
from layerscope.cli.treepath import find_entry
from layerscope.errors import AlreadyThereError, UsageError
from layerscope.units import format_size, prose

_NOTES_SHOWN = 10


@click.command("extract", short_help="Copy files to disk.", options_metavar="[OPTIONS]")
@takes_image
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@click.option(
    "-o",
    "--output",
    "target",
    metavar="DIR",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Where to put them; made if it is not there.",
)
@click.option(
    "--layer", "layer_index", metavar="N", type=int, help="As they are once layer N is applied; 0 is the base."
)
@click.option("--force", is_flag=True, help="Replace files that are already there.")
def command(request: Request, paths: tuple[str, ...], target: Path, layer_index: int | None, *, force: bool) -> int:
    """Copy files and directories of IMAGE below DIR, each at its whole path: /etc/hosts becomes DIR/etc/hosts.

    Nothing is written outside DIR, nothing is replaced without --force, and if something fails nothing is left behind.
    Absolute links lead to the same place below DIR. Devices and links that would lead out are left out, set-id bits
    dropped, owners not kept.
    """
    from layerscope import pipeline
    from layerscope.filesystem.extraction import entries_below, extract

    inspection = read_image(request, keep_contents=True)
    tree = inspection.tree
    last = tree.layer_count - 1 if layer_index is None else layer_index
    entries: dict[int, None] = {}
    for path in paths:
        node = tree.entry(find_entry(tree, path, layer_index)).node
        entries.update(dict.fromkeys(entries_below(tree, node, last)))
    try:
        with pipeline.contents(inspection) as reader, stoppable():
            done = extract(tree, reader, list(entries), target, force=force)
    except AlreadyThereError as error:
        raise UsageError(error.message, hint=f"{error.hint}, or use --force") from None
    for note in done.notes[:_NOTES_SHOWN]:
        tell(f"layerscope: {prose(note.text)}{': left out' * (note.code == 'extract-left-out')}")
    if len(done.notes) > _NOTES_SHOWN:
        tell(f"layerscope: and {len(done.notes) - _NOTES_SHOWN:,} more like these")
    if not request.quiet:
        count = f"{done.files:,} file{'s' * (done.files != 1)}"
        tell(f"layerscope: {count}, {format_size(done.written_bytes)}, below {target}")
    return 0
