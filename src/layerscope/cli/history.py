"""`layerscope history`: the steps that made the image, with the bytes that each shipped and wasted."""

import click

from layerscope.cli.options import Request, takes_image
from layerscope.cli.reading import read_image, tell_notes
from layerscope.cli.streams import standard_output
from layerscope.cli.terminal import is_terminal, page
from layerscope.reports.base import Page

_NO_LIMIT = 1_000_000  # columns: in a pipe nothing is cut off


@click.command("history", short_help="Show the steps that made an image.", options_metavar="[OPTIONS]")
@click.option(
    "--format", "kind", type=click.Choice(["text", "json"]), default="text", show_default=True, help="json: JSON lines."
)
@takes_image
def command(request: Request, kind: str) -> int:
    """Show the steps of IMAGE as a table: layer, bytes shipped and wasted, Dockerfile line, instruction."""
    from layerscope.reports.steps import write_steps, write_steps_json

    inspection = read_image(request)
    with standard_output() as stream:
        if kind == "json":
            tell_notes(inspection, request)
            write_steps_json(inspection, stream)
        else:
            write_steps(inspection, stream, page(no_color=request.no_color) if is_terminal() else Page(width=_NO_LIMIT))
    return 0
