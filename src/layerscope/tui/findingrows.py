"""The rows of the findings pane, and a finding in full, from the model to cells. Pure: no widget, no state."""

from collections.abc import Collection, Iterable, Iterator

from layerscope.model.findings import Edit, Family, Finding, Level
from layerscope.model.ledger import Waste
from layerscope.model.plan import PlannedChange
from layerscope.tui import fit, words
from layerscope.tui.facts import BLANK, Fact, fact_lines, title
from layerscope.tui.roles import Line, Role
from layerscope.tui.rows import PLANNED, SIZE_WIDTH
from layerscope.units import format_size, printable

_SIGNS = {Level.ERROR: ("✗", Role.REMOVED), Level.WARNING: ("▲", Role.WASTED), Level.NOTE: ("○", Role.DIM)}
_MOST_PATHS = 12
_MOST_LINES = 200


def finding_header(width: int, about: str = "") -> Line:
    """Name the columns of the findings pane, and say at the right what all savings are made of, where that fits."""
    names = "  " + fit.right("Saves", SIZE_WIDTH) + "  Finding"
    room = width - len(names)
    return ((fit.left(names + (fit.right(about, room) if len(about) + 2 <= room else ""), width), Role.DIM),)


def finding_line(finding: Finding, part: int, width: int, *, planned: bool = False) -> Line:
    """Write one of the two lines of a row: what it is and what fixing it saves; rule, layers, place.

    `planned` marks one that is in the plan, as the layers that are to be one.
    """
    sign, role = _SIGNS[finding.level]
    mark = [(PLANNED, Role.GOOD)] if planned else [(" ", role if part == 0 else Role.DIM)]
    if part == 0:
        saves = format_size(finding.saving_bytes) if finding.saving_bytes else ""
        name = fit.left(words.message(finding.title), width - SIZE_WIDTH - 4)
        return (sign, role), *mark, (fit.right(saves, SIZE_WIDTH) + "  ", Role.WASTED), (name, Role.TEXT)
    return (" ", Role.DIM), *mark, (fit.left(" " * (SIZE_WIDTH + 2) + _about(finding, width), width - 2), Role.DIM)


def finding_lines(finding: Finding, width: int) -> Iterator[Line]:
    """Write a finding in full: what, why, what to do, and the text to paste."""
    sign, role = _SIGNS[finding.level]
    for number, part in enumerate(fit.wrap(words.message(finding.title), width - 2)):
        yield (f"{sign} " if number == 0 else "  ", role), (part, Role.STRONG)
    for text in (finding.why, finding.advice):
        if text:
            yield BLANK
            yield from (((part, Role.TEXT),) for part in fit.wrap(words.message(text), width))
    yield BLANK
    yield from fact_lines(_facts(finding), width)
    for edit in finding.edits:
        yield BLANK
        yield from _edit_lines(edit, width)
    if finding.paths:
        yield BLANK
        yield title(words.count_text(finding.path_count, "path"))
        for path in finding.paths[:_MOST_PATHS]:
            yield ((fit.middle(printable(path), width), Role.DIM),)
        if finding.path_count > min(len(finding.paths), _MOST_PATHS):
            yield ((f"… and {finding.path_count - min(len(finding.paths), _MOST_PATHS):,} more", Role.DIM),)


def _facts(finding: Finding) -> Iterable[Fact]:
    yield Fact("rule", printable(finding.rule), Role.DIM)
    if finding.saving_bytes:
        yield Fact("saves", format_size(finding.saving_bytes), Role.WASTED)
    if finding.wasted_bytes:
        yield Fact("wastes", format_size(finding.wasted_bytes))
    if finding.rebuild_content_bytes:
        stored = format_size(finding.rebuild_stored_bytes)
        yield Fact("per rebuild", f"{format_size(finding.rebuild_content_bytes)} less, {stored} as stored")
    if finding.owner_layers:
        yield Fact("shipped by", _layers(finding.owner_layers, finding.owner_lines))
    if finding.killer_layers:
        yield Fact("ended by", _layers(finding.killer_layers, finding.killer_lines))


def _edit_lines(edit: Edit, width: int) -> Iterator[Line]:
    where = printable(edit.file)
    if edit.first_line is not None:
        last = "" if edit.last_line in {None, edit.first_line} else f"-{edit.last_line}"
        where += f" line {edit.first_line}{last}"
    elif edit.layer is not None:
        where += f", the step of layer {edit.layer}"
    yield title(where)
    if not edit.lines:
        yield (("- take it out", Role.REMOVED),)
    for line in edit.lines[:_MOST_LINES]:
        for number, part in enumerate(fit.wrap(words.code(line), width - 4)):
            yield ("+ " if number == 0 else "    ", Role.ADDED), (part, Role.ADDED)


def fix_of(finding: Finding) -> tuple[str, str]:
    """Give what to copy of a finding, and what that is: the lines to write, or only advice.

    Where there are several places, a comment says of each which it is, and what is to be taken out.
    """
    if not finding.edits:
        return finding.advice, f"the advice of {finding.rule}"
    what = f"the fix of {finding.rule}"
    if len(finding.edits) == 1 and finding.edits[0].lines:
        return finding.fix, what
    from layerscope.reports.editlines import plan_edits

    change = PlannedChange(f"fix {finding.rule} {finding.title}", finding.saving_bytes, finding.advice, finding.edits)
    return plan_edits([change]).rstrip("\n"), what


def finding_of(findings: Iterable[Finding], waste: Waste) -> Finding | None:
    """Find what explains dead bytes: the finding that names their path, else one of the same layers and fate."""
    alike = [
        one
        for one in findings
        if one.family is Family.WASTE
        and waste.killer in one.killer_layers
        and set(waste.owners) & set(one.owner_layers)
    ]
    named = [one for one in alike if waste.path in one.paths]
    same = [one for one in alike if waste.fate in one.fates]
    return next(iter([*named, *same, *alike]), None)


def _about(finding: Finding, width: int) -> str:
    """Say rule, layers and lines: the most that fits, so that no line number is cut."""
    rule, route = printable(finding.rule), _route(finding)
    ways = ((rule, route, _lines(finding)), (rule, route, _place(finding)), (rule, _lines(finding)))
    said = [" · ".join(part for part in way if part) for way in (*ways, (rule, _place(finding)))]
    return next((one for one in said if fit.width_of(one) <= width - SIZE_WIDTH - 4), said[-1])


def _route(finding: Finding) -> str:
    owners, killers = words.owners_text(finding.owner_layers), words.owners_text(finding.killer_layers)
    if owners and killers:
        return f"{owners} → {killers}"
    return owners and f"{_many('layer', finding.owner_layers)} {owners}"


def _lines(finding: Finding) -> str:
    """Say the lines of the Dockerfile as the layers are said: that shipped, that ended; else the one to look at."""
    known = [lines for lines in (finding.owner_lines, finding.killer_lines) if lines]
    numbers = {number for lines in known for number in lines}
    if finding.dockerfile_line is None or finding.dockerfile_line not in numbers:
        return _place(finding)
    return f"{_many('line', numbers)} {' → '.join(map(words.owners_text, known))}"


def _many(word: str, of: Collection[int]) -> str:
    return f"{word}s" if len(of) > 1 else word


def _place(finding: Finding) -> str:
    return "" if finding.dockerfile_line is None else f"line {finding.dockerfile_line}"


def _layers(layers: tuple[int, ...], lines: tuple[int, ...]) -> str:
    where = f"; Dockerfile line{'s' * (len(lines) > 1)} {words.owners_text(lines)}" if lines else ""
    return f"layer{'s' * (len(layers) > 1)} {words.owners_text(layers)}{where}"
