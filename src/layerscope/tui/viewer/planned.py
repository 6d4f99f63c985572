"""The Dockerfile that a plan makes, as lines of the screen: what changes in it, and as a whole. Pure."""

from collections.abc import Iterator

from layerscope.model.plan import ChangedFile, Foreseen
from layerscope.patterns import regex
from layerscope.reports.planpage import plan_diff, plan_dockerfile
from layerscope.tui import fit, words
from layerscope.tui.dockerfilerows import coloured_dockerfile
from layerscope.tui.roles import Line, Role

_HUNK = regex(r"@@ -\d+(?:,\d+)? \+(\d+)")
_INDENT = regex(r"#\s*")


def difference_of(plan: Foreseen, width: int) -> Iterator[Line]:
    """Write what changes in the Dockerfile, as diff does, and then what there is to say of it."""
    if plan.file is None:
        yield from whole_of(plan, width)
        return
    lines = plan_diff(plan).splitlines()
    begins = next((at for at, line in enumerate(lines) if line.startswith("--- ")), len(lines))
    yield from _changes(plan.file, lines[begins:])
    if begins < len(lines):
        yield (("", Role.TEXT),)
    for line in lines[:begins]:
        yield from _remark(line, width)


def _changes(file: ChangedFile, lines: list[str]) -> Iterator[Line]:
    after = coloured_dockerfile(file.lines)
    number = 0
    for line in lines:
        text = words.code(line)
        hunk = _HUNK.match(line)
        if hunk:
            number = int(hunk[1]) - 1
            yield ((text, Role.FOCUS),)
        elif line.startswith(("--- ", "+++ ")) and not number:
            yield ((text, Role.STRONG),)
        elif line.startswith("-"):
            yield ("- ", Role.REMOVED), (text[1:], Role.REMOVED)
        elif line.startswith("+"):
            number += 1
            yield ("+ ", Role.ADDED), (text[1:], Role.ADDED)
        elif line.startswith("\\"):
            yield ((text, Role.DIM),)
        else:
            yield ("  ", Role.TEXT), *after[number]
            number += 1


def whole_of(plan: Foreseen, width: int) -> Iterator[Line]:
    """Write the Dockerfile as it would be, or the lines to change where it is not known."""
    lines = plan_dockerfile(plan).splitlines()
    for text, coloured in zip(lines, coloured_dockerfile(lines), strict=True):
        if text.startswith("#"):
            yield from _remark(text, width)
        else:
            yield coloured


def _remark(text: str, width: int) -> Iterator[Line]:
    """Break a comment where it is longer than the screen is wide."""
    match = _INDENT.match(text)
    lead = match[0] if match else ""
    for part in fit.wrap(words.code(text[len(lead) :]), max(width - 1 - len(lead), 1)):
        yield ((lead + part, Role.DIM),)
