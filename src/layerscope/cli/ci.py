"""`layerscope ci`: judges an image; any number of reports go out, the verdict to the exit code."""

from pathlib import Path
from typing import Any

import click

from layerscope.cli.configuring import configured
from layerscope.cli.delivery import Delivery, parse_targets
from layerscope.cli.judging import judge_image, platform_for
from layerscope.cli.options import takes_image
from layerscope.cli.request import Request
from layerscope.cli.rulesflags import takes_configuration, without_keys


@click.command("ci", short_help="Judge an image against rules.", options_metavar="[OPTIONS]")
@takes_configuration
@click.option(
    "--report",
    "reports",
    metavar="[KIND=]FILE",
    multiple=True,
    help="Write a report: json=FILE, html=FILE, sarif=FILE …; without a kind, the file's name tells it; - is standard "
    "output. Repeatable.",
)
@click.option("--update-baseline", is_flag=True, help="Write the baseline's file; what is there now is accepted.")
@click.option("--allow-partial", is_flag=True, help="Judge what is there when a layer cannot be read (else: exit 3).")
@click.option(
    "--annotations",
    type=click.Choice(["auto", "none", "github", "azure"]),
    default="auto",
    show_default=True,
    help="Whose log commands to write on standard error.",
)
@takes_image
def command(
    request: Request, *, config_file: Path | None, reports: tuple[str, ...], update_baseline: bool, allow_partial: bool,
    annotations: str,
    **values: Any,
) -> int:  # fmt: skip
    """Judge IMAGE against rules; exit with 1 if one fails.

    The report goes to standard output, with the verdict in the first and in the last line. A limit that is met exactly
    passes; `disabled` turns a rule off. Rules also come from .layerscope.toml, pyproject.toml, .dive-ci and
    LAYERSCOPE_* variables; see `layerscope config show`.
    """
    assert not without_keys(values)
    settings = configured(config_file, values).settings
    targets = parse_targets(reports, quiet=request.quiet)
    return judge_image(request, settings, Delivery(targets, update_baseline, platform_for(annotations), allow_partial))
