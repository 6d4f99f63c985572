"""An image judged against rules: the reports go out, the verdict to the exit code."""

import os
from pathlib import Path

from layerscope.cli.ciplatform import Platform, detect
from layerscope.cli.delivery import Delivery, deliver
from layerscope.cli.reading import read_image
from layerscope.cli.request import Request
from layerscope.cli.streams import check_output
from layerscope.config import Settings
from layerscope.errors import ImageError, UsageError
from layerscope.model.findings import Status
from layerscope.model.inspection import Inspection
from layerscope.model.rules import Facts

_RULE_FAILED = 1


def judge_image(request: Request, settings: Settings, delivery: Delivery | None = None) -> int:
    """Read, judge and report; return 0 when all rules passed and 1 when one failed.

    Raises `ImageError` after the reports are written when a layer could not be read, unless that is allowed.
    """
    from layerscope.analysis.gate import fail_in_part

    delivery = delivery or Delivery(platform=platform_for("auto"))
    update = Path(settings.baseline) if delivery.update_baseline and settings.baseline else None
    if delivery.update_baseline and update is None:
        raise UsageError("--update-baseline: there is no --baseline FILE to write")
    for target in (*(target for _, target in delivery.targets), *([str(update)] if update else [])):
        check_output(target, request.images)
    if update is not None and update.is_file() and update.stat().st_size:
        _read(update)  # a file that is no report is not replaced: its name may come from the project's file
    baseline = _read(Path(settings.baseline)) if settings.baseline and update is None else None
    inspection = read_image(request)
    judged = _judged(inspection, settings, update=update is not None, baseline=baseline)
    in_part = judged.partial and not delivery.allow_partial
    if in_part:
        judged = fail_in_part(judged)
    deliver(judged, request, delivery, None if in_part else update)
    if in_part:
        unread = sum(1 for layer in judged.layers if layer.absent_reason is not None)
        raise ImageError(
            f"{unread} of {len(judged.layers)} layers could not be read, and a part is not judged",
            hint="see the report; --allow-partial judges what is there",
        )
    assert judged.verdict is not None
    return _RULE_FAILED if judged.verdict.status is Status.FAILED else 0


def _read(path: Path) -> Facts:
    from layerscope.reports.baseline import read_baseline

    return read_baseline(path)


def _judged(inspection: Inspection, settings: Settings, *, update: bool, baseline: Facts | None) -> Inspection:
    from layerscope.analysis.gate import facts_of, judge
    from layerscope.analysis.levels import with_levels
    from layerscope.frozen import replace

    inspection = with_levels(inspection, settings.limits.levels)
    if update:  # what is there now is what later builds are compared with, and so is this one
        alone = judge(inspection, settings.limits)
        measured = {result.rule: result.measured for result in alone.rules if result.measured is not None}
        baseline = replace(facts_of(inspection), measured=measured)
    return replace(inspection, verdict=judge(inspection, settings.limits, baseline=baseline))


def platform_for(annotations: str) -> Platform | None:
    """Say whose log commands to write, of what `--annotations` may be."""
    if annotations == "auto":
        return detect(os.environ)
    return None if annotations == "none" else Platform(annotations, annotations)
