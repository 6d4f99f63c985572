"""`layerscope ci`: judges an image; the text report goes to standard output, the verdict to the exit code."""

from dataclasses import replace

import click

from layerscope.cli.options import Request, takes_image
from layerscope.cli.reading import read_image
from layerscope.cli.streams import standard_output
from layerscope.cli.terminal import page
from layerscope.config import Settings, settings_from
from layerscope.model.findings import Scoring, Status

_RULE_FAILED = 1


def judge_image(request: Request, settings: Settings) -> int:
    """Read, judge and report; return 0 when all rules passed and 1 when one failed."""
    from layerscope.analysis.gate import judge
    from layerscope.reports.text_report import write_text

    inspection = read_image(request)
    verdict = judge(inspection, settings.limits)
    with standard_output() as stream:
        write_text(replace(inspection, verdict=verdict), stream, page(no_color=request.no_color))
    return _RULE_FAILED if verdict.status is Status.FAILED else 0


@click.command("ci", short_help="Judge an image against thresholds.", options_metavar="[OPTIONS]")
@click.option(
    "--lowest-efficiency",
    "--lowestEfficiency",
    "lowest_efficiency",
    metavar="RATIO",
    default="0.9",
    show_default=True,
    help="Fail below this share of live bytes, 0-1.",
)
@click.option(
    "--highest-wasted-bytes",
    "--highestWastedBytes",
    "highest_wasted_bytes",
    metavar="SIZE",
    default="disabled",
    show_default=True,
    help="Fail above this many wasted bytes: 20MB, 5KiB, 4096.",
)
@click.option(
    "--highest-user-wasted-percent",
    "--highestUserWastedPercent",
    "highest_user_wasted_percent",
    metavar="RATIO",
    default="0.1",
    show_default=True,
    help="Fail above this share of waste in the layers above the base, 0-1.",
)
@click.option(
    "--scoring",
    type=click.Choice([scoring.value for scoring in Scoring]),
    default=Scoring.LAYERSCOPE.value,
    show_default=True,
    help="Whose formulas count.",
)
@takes_image
def command(request: Request, **values: str) -> int:
    """Judge IMAGE against thresholds; exit with 1 if a rule fails.

    The report goes to standard output, with the verdict in the first and in the last line. A threshold that is met
    exactly passes; `disabled` turns a rule off.
    """
    return judge_image(request, settings_from(**values))
