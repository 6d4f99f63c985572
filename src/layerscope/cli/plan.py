"""`layerscope plan`: what the image would be if layers were squashed, paths dropped, findings fixed."""

from pathlib import Path

import click

from layerscope.cli.ciplatform import check_commands
from layerscope.cli.kindchoice import KindChoice
from layerscope.cli.kindofname import kind_by_ending
from layerscope.cli.options import takes_image
from layerscope.cli.overwriting import check_dockerfile, check_same, is_dockerfile
from layerscope.cli.planfixes import fixed_findings, left_findings
from layerscope.cli.reading import read_image, tell_notes
from layerscope.cli.request import Request
from layerscope.cli.streams import STDOUT, check_output, output, tell
from layerscope.cli.treepath import find_node, layer_range
from layerscope.frozen import replace
from layerscope.model.inspection import Inspection
from layerscope.model.plan import Foreseen, Plan
from layerscope.pipeline import on_reconstruction

_KINDS = ("text", "markdown", "dockerfile", "diff", "json")
_BY_ENDING = {".md": "markdown", ".json": "json", ".diff": "diff", ".patch": "diff"}


@click.command("plan", short_help="Say what an image would be if …", options_metavar="[OPTIONS]")
@click.option("--squash", metavar="J-K", multiple=True, help="Layers J to K as one. Repeatable.")
@click.option("--drop", metavar="PATH", multiple=True, help="A path, with all below it, never added. Repeatable.")
@click.option("--fix", metavar="RULE|all", multiple=True, help="Findings of a rule or kind, or all. Repeatable.")
@click.option(
    "--format",
    "kind",
    type=KindChoice(_KINDS),
    help="dockerfile: the whole one, with all changes that go together; diff: what changes in it. "
    "By default as FILE ends (.md, .json, .diff, .Dockerfile), else text.",
)
@click.option("-o", "--output", "target", metavar="FILE", default=STDOUT, help="Where to; - is standard output.")
@click.option("--force", is_flag=True, help="Replace a file that holds anything else.")
@takes_image
def command(
    request: Request,
    *,
    squash: tuple[str, ...],
    drop: tuple[str, ...],
    fix: tuple[str, ...],
    kind: str | None,
    target: str,
    force: bool,
) -> int:
    """Say, to the byte, what IMAGE would be after some changes, and which lines of the Dockerfile make them.

    Without --squash, --drop and --fix, all findings are fixed.
    """
    from layerscope.analysis.plan import Planner
    from layerscope.analysis.planedits import foresee
    from layerscope.reports.planpage import plan_diff, plan_dockerfile, plan_json, plan_markdown, plan_text

    check_output(target, request.images)
    kind = kind or _kind_of_name(target)
    if kind == "dockerfile" or is_dockerfile(target):
        check_dockerfile(target, force=force)
    inspection = on_reconstruction(read_image(request))
    fixes = fix if squash or drop or fix else ("all",)
    planned = fixed_findings(inspection, fixes)
    plan = replace(_plan(inspection, squash, drop), fixed=planned.fixed)
    foreseen = foresee(inspection, Planner(inspection), plan)
    tell_notes(inspection, request)
    if not request.quiet and "all" in map(str.lower, fixes):
        for line in left_findings(inspection, foreseen, planned):
            tell(line)
    if kind in {"dockerfile", "diff"}:
        text = plan_dockerfile(foreseen) if kind == "dockerfile" else plan_diff(foreseen, _patched_name(foreseen))
        check_commands(text, target)
    else:
        text = {"text": plan_text, "markdown": plan_markdown, "json": plan_json}[kind](inspection, foreseen)
    check_same(target, text, force=force)
    with output(target) as stream:
        stream.write(text)
    return 0


def _patched_name(foreseen: Foreseen) -> str:
    """Name the Dockerfile from where one is, if it lies there; "" where it does not."""
    path = Path(foreseen.file.name) if foreseen.file else Path()
    try:
        return path.resolve().relative_to(Path.cwd()).as_posix() if path.is_file() else ""
    except (OSError, ValueError):
        return ""


def _kind_of_name(target: str) -> str:
    """Tell by its name what a file is to hold."""
    if is_dockerfile(target):
        return "dockerfile"
    return kind_by_ending(target, _BY_ENDING, _KINDS)


def _plan(inspection: Inspection, squash: tuple[str, ...], drop: tuple[str, ...]) -> Plan:
    plan = Plan(dropped=frozenset(find_node(inspection.tree, path) for path in drop))
    for text in squash:
        plan = plan.squashed(*layer_range(inspection.tree, text, "--squash"))
    return plan
