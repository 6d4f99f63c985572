"""Where the reports of one analysis go: standard output, files, and what a CI system reads. Judges nothing."""

import contextlib
import io
import sys
from collections.abc import Iterator
from pathlib import Path

from layerscope.cli.ciplatform import Platform
from layerscope.cli.kindofname import ALIASES, kind_by_ending
from layerscope.cli.request import Request
from layerscope.cli.streams import STDOUT, output, tell
from layerscope.cli.terminal import page
from layerscope.errors import UsageError
from layerscope.frozen import dataclass, replace
from layerscope.model.history import DockerfileOrigin
from layerscope.model.inspection import Inspection
from layerscope.reports import KINDS, Dockerfile, Page, Report, report_of
from layerscope.units import printable

_TEXT = "text"
_BY_SUFFIX = {
    ".json": "json", ".html": "html", ".htm": "html", ".md": "markdown", ".csv": "csv", ".sarif": "sarif",
    ".xml": "junit",
}  # fmt: skip
_MOST_SUMMARY = 1 << 20
"""GitHub refuses a longer step summary."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What goes where."""

    targets: tuple[tuple[str, str], ...] = ((_TEXT, STDOUT),)
    """(kind of report, file or `-`)."""
    update_baseline: bool = False
    platform: Platform | None = None
    allow_partial: bool = False
    """An image of which some layer cannot be read is judged by what is there."""


def parse_targets(reports: tuple[str, ...], *, quiet: bool) -> tuple[tuple[str, str], ...]:
    """Read `KIND=FILE` and `FILE`; standard output gets text where nothing else claims it, or silence is asked for."""
    found = []
    for report in reports:
        kind, equals, target = report.partition("=")
        kind = ALIASES.get(kind, kind)
        if not equals:
            kind, target = kind_of_name(report), report
        if not target or (not equals and report in KINDS):
            raise UsageError(f"--report {report}: the file is missing", hint=f"write {kind or 'json'}=FILE")
        found.append((kind, target))
    for kind, _ in found:
        find_report(kind)
    names = [str(Path(target).absolute()) if target != STDOUT else STDOUT for _, target in found]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        name = "standard output" if twice == STDOUT else twice
        raise UsageError(f"--report: two reports cannot both go to {name}")
    if STDOUT not in names and not (quiet and found):
        found.insert(0, (_TEXT, STDOUT))
    return tuple(found)


def kind_of_name(target: str) -> str:
    """Tell the kind of report by the end of a file's name; text where it has none."""
    return target if target in KINDS else kind_by_ending(target, _BY_SUFFIX, KINDS)


def find_report(kind: str) -> Report:
    """Find the report of a kind; raises `UsageError` with the kinds that there are."""
    if kind in KINDS:
        return report_of(kind)
    import difflib

    close = difflib.get_close_matches(kind, KINDS, n=1)
    hint = f"did you mean {close[0]}?" if close else f"kinds: {', '.join(KINDS)}"
    raise UsageError(f"--report: {kind} is no kind of report", hint=hint)


def deliver(inspection: Inspection, request: Request, delivery: Delivery, baseline: Path | None) -> None:
    """Write every report, then the baseline, then what the CI system reads."""
    dockerfile = dockerfile_of(inspection)
    for kind, target in delivery.targets:
        with output(target) as stream:
            sheet = page(no_color=request.no_color) if target == STDOUT else Page()
            find_report(kind).write(inspection, stream, replace(sheet, dockerfile=dockerfile))
    if baseline is not None:
        with output(str(baseline)) as stream:
            find_report("json").write(inspection, stream, Page())
    if delivery.platform is not None:
        _tell_platform(inspection, delivery.platform, dockerfile)


def _tell_platform(inspection: Inspection, platform: Platform, dockerfile: Dockerfile) -> None:
    """Annotate; a file that cannot be written is said, and changes no verdict."""
    sheet = Page(dockerfile=dockerfile)
    if platform.annotations is not None and sys.stderr is not None:
        with contextlib.suppress(OSError):
            find_report(platform.annotations).write(inspection, sys.stderr, sheet)
            sys.stderr.flush()
    if platform.summary is not None:
        stream = io.StringIO()
        find_report("markdown").write(inspection, stream, sheet)
        text = stream.getvalue()
        _append(platform.summary, text if len(text.encode()) < _MOST_SUMMARY else text[: _MOST_SUMMARY // 4])
    if platform.outputs is not None:
        _append(platform.outputs, "".join(f"{name}={value}\n" for name, value in _outputs(inspection)))


def _outputs(inspection: Inspection) -> Iterator[tuple[str, object]]:
    yield "verdict", inspection.verdict.status.value if inspection.verdict else ""
    yield "efficiency", inspection.ledger.efficiency
    yield "total-bytes", inspection.ledger.total_bytes
    yield "wasted-bytes", inspection.ledger.wasted_bytes
    yield "findings", len(inspection.findings)


def _append(path: Path, text: str) -> None:
    try:
        with path.open("a", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
    except OSError as error:
        tell(f"layerscope: {path}: {error.strerror}")


def dockerfile_of(inspection: Inspection) -> Dockerfile:
    """Give the text of the real Dockerfile, and its name as the repository knows it."""
    known = inspection.dockerfile
    if known is None or not known.is_real:
        return Dockerfile()
    here = known.origin in {DockerfileOrigin.GIVEN, DockerfileOrigin.FOUND}
    return Dockerfile(printable(_name_in_repository(Path(known.name)) if here else known.name), known.lines)


def _name_in_repository(path: Path) -> str:
    whole, here = path.absolute(), Path.cwd()
    root = next((folder for folder in (here, *here.parents) if (folder / ".git").exists()), here)
    try:
        return whole.resolve().relative_to(root.resolve()).as_posix()
    except ValueError:
        return path.name
