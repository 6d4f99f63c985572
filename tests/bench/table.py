"""The table: lines of figures, with ratios and targets, as text and as Markdown. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bench.targets import OURS, Target


@dataclass(frozen=True, slots=True)
class Line:
    """One line: what was measured, and what each program's figure is."""

    work: str
    quantity: str
    unit: str
    figures: dict[str, float]
    target: Target | None = None
    remark: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None without a target, or where it cannot be told."""
        return self.target.met(self.figures) if self.target else None

    def ratio(self, peer: str) -> float | None:
        """How many times ours a peer's figure is."""
        ours = self.figures.get(OURS)
        return self.figures[peer] / ours if ours and peer in self.figures else None


def columns_of(lines: Iterable[Line]) -> list[str]:
    """List the programs that any line has a figure of: ours first, the others as they come."""
    names = dict.fromkeys(name for line in lines for name in line.figures)
    return [OURS, *(name for name in names if name != OURS)]


def cells(line: Line, programs: Sequence[str]) -> list[str]:
    """Write the cells of a line."""
    shown = [_with_ratio(line, name) for name in programs]
    target = line.target.text(line.unit) if line.target else ""
    return [line.work, line.quantity, *shown, target, _verdict(line.met, line.target), line.remark]


def _with_ratio(line: Line, name: str) -> str:
    if name not in line.figures:
        return ""
    text = f"{number(line.figures[name])} {line.unit}".rstrip()
    ratio = None if name == OURS else line.ratio(name)
    return text if ratio is None else f"{text} ({ratio_text(ratio)})"


def _verdict(met: bool | None, target: Target | None) -> str:  # noqa: FBT001 - a value, not a switch
    if target is None:
        return ""
    return {True: "met", False: "MISSED", None: "not judged"}[met]


def number(value: float) -> str:
    """Write a figure with three digits that count."""
    if value and abs(value) < 0.1:
        return f"{value:.3f}"
    return f"{value:.2f}" if abs(value) < 10 else f"{value:.1f}" if abs(value) < 100 else f"{value:,.0f}"


def ratio_text(ratio: float) -> str:
    """Write how many times as much, or as little."""
    return f"{ratio:.2g} x" if ratio < 9.95 else f"{ratio:,.0f} x"


_HEAD = ("work", "figure")
_TAIL = ("target", "", "")


def as_text(lines: Sequence[Line]) -> str:
    """Write the table for a terminal."""
    rows = _rows(lines)
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    written = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows)
    return "\n".join(written) + "\n"


def as_markdown(lines: Sequence[Line]) -> str:
    """Write the table as Markdown."""
    head, *body = _rows(lines)
    rows = [head, ["---"] * len(head), *body]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |\n" for row in rows)


def _rows(lines: Sequence[Line]) -> list[list[str]]:
    programs = columns_of(lines)
    return [[*_HEAD, *programs, *_TAIL], *(cells(line, programs) for line in lines)]
