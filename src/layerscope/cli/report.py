"""`layerscope report`: what is known about an image, as a report of one kind, on standard output or in a file."""

import click

from layerscope.cli.delivery import dockerfile_of, kind_of_name
from layerscope.cli.kindchoice import KindChoice
from layerscope.cli.options import takes_image
from layerscope.cli.reading import read_image
from layerscope.cli.request import Request
from layerscope.cli.streams import STDOUT, check_output, output
from layerscope.cli.terminal import page
from layerscope.frozen import replace
from layerscope.reports import REPORTS, Page

_BY_NAME = {report.name: report for report in REPORTS}


@click.command("report", short_help="Write a report.", options_metavar="[OPTIONS]")
@click.option(
    "--format",
    "kind",
    type=KindChoice(list(_BY_NAME)),
    help="; ".join(f"{report.name}: {report.summary}" for report in REPORTS) + ". By default as FILE ends, else text.",
)
@click.option(
    "-o",
    "--output",
    "target",
    metavar="FILE",
    default=STDOUT,
    help="Where to; - is standard output. Replaced as a whole.",
)
@takes_image
def command(request: Request, kind: str | None, target: str) -> int:
    """Write what is known about IMAGE, without judging it."""
    check_output(target, request.images)
    report = _BY_NAME[kind or kind_of_name(target)]
    inspection = read_image(request)
    sheet = page(no_color=request.no_color) if target == STDOUT else Page()
    with output(target) as stream:
        report.write(inspection, stream, replace(sheet, dockerfile=dockerfile_of(inspection)))
    return 0
