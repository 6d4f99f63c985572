"""`layerscope history`: the steps that made the image, with the bytes that each shipped and wasted."""

import click

from layerscope.cli.ciplatform import check_commands
from layerscope.cli.kindchoice import KindChoice
from layerscope.cli.options import takes_image
from layerscope.cli.overwriting import check_dockerfile, check_same, is_dockerfile
from layerscope.cli.reading import read_image, tell_notes
from layerscope.cli.request import Request
from layerscope.cli.streams import STDOUT, check_output, output
from layerscope.cli.terminal import is_terminal, page
from layerscope.errors import UsageError
from layerscope.frozen import replace
from layerscope.reports.base import Page

_NO_LIMIT = 1_000_000  # columns: in a pipe nothing is cut off


@click.command("history", short_help="Show the steps that made an image.", options_metavar="[OPTIONS]")
@click.option(
    "--format",
    "kind",
    type=KindChoice(["text", "json", "markdown"]),
    default="text",
    show_default=True,
    help="json: JSON lines.",
)
@click.option("--reconstruct", is_flag=True, help="Write a Dockerfile from the history instead.")
@click.option(
    "-o",
    "--output",
    "target",
    metavar="FILE",
    default=STDOUT,
    help="Where to; - is standard output. A table is replaced as a whole.",
)
@click.option("--force", is_flag=True, help="Replace a Dockerfile that somebody wrote or changed.")
@takes_image
def command(request: Request, kind: str, target: str, *, reconstruct: bool, force: bool) -> int:
    """Show the steps of IMAGE as a table.

    Each has its layer, its time, the bytes that it shipped, that are wasted and that are made anew when it changes, its
    line of the Dockerfile and its instruction. With --reconstruct, write a Dockerfile from the history instead.
    """
    from layerscope.reports.steps import write_steps, write_steps_json, write_steps_markdown

    check_output(target, request.images)
    if reconstruct or is_dockerfile(target):
        check_dockerfile(target, force=force)
    if reconstruct:
        return _reconstruct(request, target, force=force)
    inspection = read_image(request)
    on_screen = target == STDOUT and is_terminal()
    if kind != "markdown":  # which is for people elsewhere, and has them in it
        tell_notes(inspection, request, shows_lines=True)
    with output(target) as stream:
        if kind == "json":
            write_steps_json(inspection, stream)
        else:
            write = write_steps if kind == "text" else write_steps_markdown
            write(inspection, stream, page(no_color=request.no_color) if on_screen else Page(width=_NO_LIMIT))
    return 0


def _reconstruct(request: Request, target: str, *, force: bool) -> int:
    """Write a Dockerfile from the history, whatever other Dockerfile there is."""
    from layerscope.history.reconstruct import reconstruct_image

    options = replace(request.options, dockerfile=None, dockerfile_folder=None, git=None)
    inspection = read_image(replace(request, options=options))
    if not inspection.steps:
        raise UsageError("the image has no history to write a Dockerfile from")
    tell_notes(inspection, request)
    text = reconstruct_image(inspection).text
    check_commands(text, target)
    check_same(target, text, force=force)
    with output(target) as stream:
        stream.write(text)
    return 0
