"""A plan for people, for programs, and as the Dockerfile that it makes: whole, or as a difference, or its lines."""

import json
import re
from collections.abc import Iterator, Sequence

from layerscope.model.findings import Edit
from layerscope.model.inspection import Inspection
from layerscope.model.plan import ChangedFile, Foreseen, Outcome, PlannedChange
from layerscope.patterns import regex
from layerscope.reports.difference import difference_lines, does_not_apply
from layerscope.reports.editlines import edit_place, edit_said, plan_edits
from layerscope.reports.escaping import log_json, log_line, markdown_block, markdown_code, markdown_text
from layerscope.units import format_percent, format_size, printable, prose

_LONGEST_TITLE = 200
_MINUS = "\N{MINUS SIGN}"
_HIDDEN = "********"
_NOT_ENDED = "\\ No newline at end of file"
_NOTHING = "Nothing to change was found that saves anything."
_NO_LINES = "Nothing of this can be done by changing lines of the Dockerfile: there is no new one."
_RECONSTRUCTED = (
    "The Dockerfile is not known; this one is reconstructed from the history, which does not tell all: "
    "see its comments."
)
_SHARED = "shared: what several of these save, so that none alone is missed; counted once"
_TWICE = "shared: what several of these save, each because the others go, too; counted once"
_BY_FILE = "by new Dockerfile"
_DIRECTIVE = regex(r"#\s*(?:syntax|escape|check)\s*=", re.IGNORECASE)
_UNKNOWN = (
    "# The Dockerfile is not known, so these are the lines to change, by the history. With it (-f Dockerfile) it is",
    "# written whole; layerscope history IMAGE --reconstruct writes one to begin with.",
    "",
)


def plan_markdown(inspection: Inspection, plan: Foreseen) -> str:
    """Write a plan: what it does to the numbers, the Dockerfile's difference, then each change."""
    return "\n".join(_lines(inspection, plan)) + "\n"


def plan_text(inspection: Inspection, plan: Foreseen) -> str:
    """Write a plan for a terminal or a log: the numbers, and a line for each change."""
    now, then = plan.now, plan.then
    lines = [
        _columns("", "now", "planned", printable(inspection.image.reference)),
        _columns("shipped", *_bytes(now.total_bytes, then.total_bytes)),
        *([f"{_BY_FILE:20} {_by_file(plan)}"] if _differs(plan) else []),
        _columns("wasted", *_bytes(now.wasted_bytes, then.wasted_bytes)),
        _columns("efficiency", format_percent(now.efficiency), format_percent(then.efficiency)),
        _columns("layers", str(len(now.layers)), str(plan.layer_count)),
        "",
    ]
    for change in _most_first(plan.changes):
        lines.append(f"{format_size(change.saving_bytes):>9}  {prose(change.title)}")
        lines += [f"{'':11}not in the Dockerfile: {_why(change)}"] if change.left_out else []
    if plan.shared_bytes:
        lines.append(f"{_signed(plan.shared_bytes):>9}  {_shared(plan)}")
    lines += [*([""] if plan.changes else []), *_about_file(plan), *_noted(plan), *_remarks(plan)]
    return "".join(f"{log_line(line.rstrip())}\n" for line in lines)


def _differs(plan: Foreseen) -> bool:
    """Tell whether the new Dockerfile makes another image than all changes would, or there is none."""
    return plan.file is not None and plan.then.total_bytes not in {plan.built.total_bytes, plan.now.total_bytes}


def _by_file(plan: Foreseen) -> str:
    """Say what the new Dockerfile makes, as the numbers of the plan are written."""
    now, built = plan.now.total_bytes, plan.built.total_bytes
    return f"{'none':>9}" if plan.is_nothing else f"{format_size(built):>9}  {difference(now, built)}"


def _why(change: PlannedChange) -> str:
    """Say why a change is left out, and what to do by hand."""
    return prose(f"{change.left_out}: {change.advice}" if not change.edits else change.left_out)


def _about_file(plan: Foreseen) -> Iterator[str]:
    """Say what there is to save and build, and what image that makes."""
    if not plan.changes:
        yield _NOTHING
    elif plan.file is None:
        yield "The Dockerfile is not known; --format dockerfile has the lines to change."
    elif plan.is_nothing:
        yield _NO_LINES
    elif not plan.file.is_real:
        yield f"{_RECONSTRUCTED} With {_which(plan)} it makes {_makes(plan.file)}: --format dockerfile."
    else:
        yield f"The Dockerfile with {_which(plan)} ({_makes(plan.file)}): --format dockerfile; --format diff"


def _noted(plan: Foreseen) -> Iterator[str]:
    """Say of changes what is out of reach, or is not in the Dockerfile though the rest of them is."""
    return (note for change in _most_first(plan.changes) for note in change.notes)


def _shared(plan: Foreseen) -> str:
    """Say why the changes' own savings do not add up."""
    return _SHARED if plan.shared_bytes > 0 else _TWICE


def _signed(size: int) -> str:
    return f"{_MINUS * (size < 0)}{format_size(abs(size))}"


def _remarks(plan: Foreseen) -> Iterator[str]:
    """Say what to look at before building: what goes that may be needed, and what is run again more often than now."""
    for gone in plan.taken_out:
        yield (
            f"Line {gone.line} ({gone.text}) is taken out: see that {_numbered(gone.run_lines)}, below it, "
            "can do without what it brings."
        )
    for one in plan.costlier:
        runs, again = _numbered(one.run_lines), format_size(one.run_bytes)
        yield (
            f"Each change of what line {one.line} copies will run {runs} again ({again}), joined below it: "
            f"{format_size(one.then_bytes)} to build and push then, {format_size(one.now_bytes)} now."
        )


def _numbered(lines: Sequence[int]) -> str:
    """Write "line 8", "lines 8, 9 and 13"."""
    texts = [str(line) for line in lines]
    return f"lines {', '.join(texts[:-1])} and {texts[-1]}" if len(texts) > 1 else f"line {texts[0]}"


def _which(plan: Foreseen) -> str:
    """Say which changes are in the file: "all 3 changes", "2 of 3 changes", "this change"."""
    count, left = len(plan.changes), len(plan.left_out)
    if left:
        return f"{count - left} of {count} changes"
    return "this change" if count == 1 else f"all {count} changes"


def _makes(file: ChangedFile) -> str:
    layers = "1 layer" if file.layer_count == 1 else f"{file.layer_count} layers"
    return f"{format_size(file.outcome.total_bytes)} in {layers}"


def _columns(name: str, now: str, then: str, more: str = "") -> str:
    return f"{name:10} {now:>9} {then:>9}  {more}"


def _bytes(now: int, then: int) -> tuple[str, str, str]:
    return format_size(now), format_size(then), difference(now, then)


def plan_json(inspection: Inspection, plan: Foreseen) -> str:
    """Write a plan for programs; sizes are bytes, layers are numbers of the image as it is."""
    now, then = plan.now, plan.then
    value = {
        "reference": inspection.image.reference,
        "now": _outcome(now, len(now.layers)),
        "planned": _outcome(then, plan.layer_count),
        "changes": [
            {
                "title": change.title,
                "saving_bytes": change.saving_bytes,
                "advice": change.advice,
                "left_out": change.left_out or None,
                "notes": change.notes,
                "edits": [
                    {"file": one.file, "first_line": one.first_line, "last_line": one.last_line, "lines": one.lines}
                    for one in change.edits
                ],
            }
            for change in _most_first(plan.changes)
        ],
        "shared_bytes": plan.shared_bytes,
        "dockerfile": None if plan.file is None or not plan.changes or plan.is_nothing else _file(plan.file),
        "rebuilt": [
            {"layer": at, "now_bytes": now.rebuilt_bytes(at), "planned_bytes": plan.built.rebuilt_bytes(at)}
            for at in range(len(inspection.layers))
        ],
        "taken_out": [
            {"dockerfile_line": one.line, "instruction": one.text, "run_lines": one.run_lines} for one in plan.taken_out
        ],
        "costlier": [
            {"dockerfile_line": one.line, "run_lines": one.run_lines, "run_bytes": one.run_bytes}
            for one in plan.costlier
        ],
    }
    return log_json(json.dumps(value, indent=1)) + "\n"


def _file(file: ChangedFile) -> dict[str, object]:
    return {
        "name": file.name,
        "reconstructed": not file.is_real,
        "text": "".join(f"{line}\n" for line in file.lines),
        "dockerignore": file.ignored,
        "total_bytes": file.outcome.total_bytes,
        "layer_count": file.layer_count,
    }


def _outcome(outcome: Outcome, layer_count: int) -> dict[str, object]:
    return {
        "layer_count": layer_count,
        "total_bytes": outcome.total_bytes,
        "live_bytes": outcome.live_bytes,
        "wasted_bytes": outcome.wasted_bytes,
        "efficiency": outcome.efficiency,
        "layers": [
            {"first": one.first, "last": one.last, "content_bytes": one.content_bytes, "live_bytes": one.live_bytes}
            for one in outcome.layers
        ],
    }


def _most_first(changes: Sequence[PlannedChange]) -> list[PlannedChange]:
    return sorted(changes, key=lambda change: -change.saving_bytes)


def _lines(inspection: Inspection, plan: Foreseen) -> Iterator[str]:
    now, then = plan.now, plan.then
    yield f"## Plan for {markdown_code(printable(inspection.image.reference))}"
    yield ""
    yield "| | now | planned | |"
    yield "|---|---:|---:|---:|"
    yield _row("shipped", now.total_bytes, then.total_bytes)
    if _differs(plan):
        size, _blank, less = _by_file(plan).strip().partition("  ")
        yield f"| {_BY_FILE} | | {size} | {less} |"
    yield _row("wasted", now.wasted_bytes, then.wasted_bytes)
    yield f"| efficiency | {format_percent(now.efficiency)} | {format_percent(then.efficiency)} | |"
    yield f"| layers | {len(now.layers)} | {plan.layer_count} | |"
    if plan.shared_bytes:
        yield from ("", f"{_signed(plan.shared_bytes)} {_shared(plan)}.")
    if not plan.changes:
        yield from ("", _NOTHING)
    elif plan.file is not None:
        yield ""
        yield from [_NO_LINES] if plan.is_nothing else _file_lines(plan, plan.file)
    written: list[Edit] = []
    for change in _most_first(plan.changes):
        yield ""
        saves = f" — saves {format_size(change.saving_bytes)}" if change.saving_bytes else ""
        yield f"### {markdown_text(change.title[:_LONGEST_TITLE])}{saves}"
        yield ""
        yield markdown_text(change.advice)
        for note in change.notes:
            yield ""
            yield markdown_text(note)
        if change.left_out:
            yield ""
            above = "" if plan.is_nothing else "Not in the Dockerfile above: "
            yield f"{above}{markdown_text(change.left_out)}."
        for edit in () if plan.file is not None else change.edits:
            yield ""
            yield f"{markdown_text(edit_place(edit))}{edit_said(edit, written)}"
            if edit.lines and edit not in written:
                yield ""
                yield markdown_block("\n".join(edit.lines))
            written.append(edit)
    yield from _rebuilt(inspection, now, plan.built)


def _file_lines(plan: Foreseen, file: ChangedFile) -> Iterator[str]:
    """Show what changes in the Dockerfile, and say which of the plan's changes these are."""
    if not file.is_real:
        yield _RECONSTRUCTED
        yield ""
    yield f"### The Dockerfile with {_which(plan)}: {_makes(file)}"
    yield ""
    yield markdown_block("\n".join(difference_lines(file)) or "(no line of it changes)", language="diff")
    if file.ignored:
        yield ""
        yield f"Into {markdown_code('.dockerignore')}:"
        yield ""
        yield markdown_block("\n".join(file.ignored))
    for remark in _remarks(plan):
        yield ""
        yield markdown_text(remark)


def _rebuilt(inspection: Inspection, now: Outcome, then: Outcome) -> Iterator[str]:
    moved = [
        (layer.index, now.rebuilt_bytes(layer.index), then.rebuilt_bytes(layer.index)) for layer in inspection.layers
    ]
    if any(before != after for _layer, before, after in moved):
        yield ""
        yield "What is pushed and pulled again when the instruction of a layer, or what it copies, changes:"
        yield ""
        yield "| layer | now | planned | |"
        yield "|---:|---:|---:|---:|"
        yield from (_row(str(layer), before, after) for layer, before, after in moved)


def plan_diff(plan: Foreseen, name: str = "") -> str:
    """Write what changes in the Dockerfile for `patch -p1` or `git apply`, under comments that say what is in it.

    `name`: of the file from where the difference is applied; "" for the one that is known.
    """
    if plan.file is None or not plan.changes or plan.is_nothing or not plan.file.is_real:
        return plan_dockerfile(plan)  # a file that nobody has is not patched, but given whole
    file = plan.file
    lines = difference_lines(file, file.line_end, name)
    written = [line if line.endswith("\n") else f"{line}\n{_NOT_ENDED}\n" for line in lines]
    comments = [*_comments(plan, file), *(f"# {why}" for why in does_not_apply(file))]
    return "".join((*(f"{line}\n" for line in comments), *written))


def plan_dockerfile(plan: Foreseen) -> str:
    """Write the whole Dockerfile, to save and build, under comments that say what is in it; or the lines to change."""
    file = plan.file
    if not plan.changes:
        return f"# {_NOTHING}\n"
    if file is None:
        return "\n".join((*_UNKNOWN, plan_edits(plan.changes)))
    if plan.is_nothing:
        return "".join(f"{line}\n" for line in _comments(plan, file))
    start = next((at for at, line in enumerate(file.lines) if not _DIRECTIVE.match(line)), 0)
    lines = (*file.lines[:start], *_comments(plan, file), *file.lines[start:])
    return "".join(f"{line}\n" for line in lines)


def _comments(plan: Foreseen, file: ChangedFile) -> Iterator[str]:
    if plan.is_nothing:
        yield f"# By layerscope plan. {_NO_LINES}"
    else:
        yield f"# By layerscope plan, with {_which(plan)}: {_makes(file)}, before {format_size(plan.now.total_bytes)}."
    if not file.is_real:
        yield f"# {_RECONSTRUCTED}"
    for change in _most_first(plan.left_out):
        yield f"# Left out: {prose(change.title)}"
        yield f"#   {_why(change)}"
    if file.ignored:
        yield "# Into .dockerignore:"
        yield from (f"#   {line}" for line in file.ignored)
    yield from (f"# {remark}" for remark in (*_noted(plan), *_remarks(plan)))
    if any(_HIDDEN in line for line in file.lines):
        yield f"# Values of secrets are hidden ({_HIDDEN}): better than putting them back is RUN --mount=type=secret."


def _row(name: str, now: int, then: int) -> str:
    return f"| {name} | {' | '.join(_bytes(now, then))} |"


def difference(now: int, then: int) -> str:
    """Write what is more or less, with its sign; "" where nothing is."""
    if now == then:
        return ""
    return f"{_MINUS if then < now else '+'}{format_size(abs(then - now))}"
