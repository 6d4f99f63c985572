"""The rows of the layers pane and of the waste pane, from the model to cells. Pure: no widget, no state."""

from collections.abc import Callable, Sequence

from layerscope.frozen import dataclass
from layerscope.model.filetree import FileTree
from layerscope.model.history import Step
from layerscope.model.image import RawImage
from layerscope.model.inspection import Inspection, Layer
from layerscope.model.ledger import Fate, Waste
from layerscope.tui import fit, words
from layerscope.tui.roles import Line, Role, Span
from layerscope.tui.widgets.bars import bar
from layerscope.units import format_size, printable

SIZE_WIDTH = 7
_BAR_WIDTH = 4
_NARROW, _ROOMY = 36, 42
"""Widths of the layers pane below which bars are left out, and are short."""
PLANNED, PLANNED_TOO = "┃", "┆"
"""Mark what is in the plan, and what is so by another row."""
_FATE_WIDTH = 16
_LOOKED_AT = 500
_ONE_LINE_WASTE = 56
"""From this width on, a row of waste fits into one line."""
_TWO_LINES_WITH_LINES = 40
"""From this width on, its second line has room for the Dockerfile's."""


@dataclass(frozen=True, slots=True)
class StepRow:
    """One row of the layers pane: a layer, or a history step that made none."""

    layer: int | None
    """Its number, on the row that stands for the layer."""
    part_of: int | None
    """The layer that a step without its own row number went into."""
    keyword: str
    text: str
    size_bytes: int = 0
    wasted_bytes: int | None = None
    """Bytes of the layer that are dead; None while that is not known."""
    killed_bytes: int = 0
    """Bytes of this and lower layers that it ended."""
    line: int | None = None
    """Where it stands in the Dockerfile."""
    absent: bool = False
    step: Step | None = None


def inspected_rows(inspection: Inspection) -> tuple[StepRow, ...]:
    """Make the rows of an image that is read."""

    def layer_row(index: int, step: Step | None) -> StepRow:
        layer = inspection.layers[index]
        parts = words.instruction_parts(layer.instruction, layer.created_by or "")
        keyword, text = words.step_text(step) if step else parts
        return StepRow(
            layer=index,
            part_of=index,
            keyword=keyword,
            text=text,
            size_bytes=layer.content_bytes,
            wasted_bytes=layer.ledger.wasted_bytes,
            killed_bytes=layer.killed_bytes,
            line=layer.instruction.dockerfile_line if layer.instruction else None,
            absent=layer.absent_reason is not None,
            step=step,
        )

    return _rows(inspection.steps, len(inspection.layers), layer_row)


def announced_rows(raw: RawImage, steps: Sequence[Step]) -> tuple[StepRow, ...]:
    """Make the rows of an image whose layers are still being read: stored sizes, waste not yet known."""

    def layer_row(index: int, step: Step | None) -> StepRow:
        keyword, text = words.step_text(step) if step else ("", "")
        blob = raw.layers[index]
        line = step.instruction.dockerfile_line if step and step.instruction else None
        return StepRow(
            layer=index,
            part_of=index,
            keyword=keyword,
            text=text,
            size_bytes=blob.stored_bytes,
            line=line,
            absent=blob.absent_reason is not None,
            step=step,
        )

    return _rows(steps, len(raw.layers), layer_row)


def _rows(
    steps: Sequence[Step], layer_count: int, layer_row: Callable[[int, Step | None], StepRow]
) -> tuple[StepRow, ...]:
    """Put layers and steps in order. Layers that no step names come before the steps that follow them."""
    last = {step.layer_index: at for at, step in enumerate(steps) if step.layer_index is not None}
    rows: list[StepRow] = []
    done = 0
    if not last:
        rows.extend(layer_row(index, None) for index in range(layer_count))
        done = layer_count
    for at, step in enumerate(steps):
        if step.layer_index is None or last[step.layer_index] != at:
            keyword, text = words.step_text(step)
            line = step.instruction.dockerfile_line if step.instruction else None
            rows.append(StepRow(None, step.layer_index, keyword, text, line=line, step=step))
            continue
        rows.extend(layer_row(index, None) for index in range(done, step.layer_index))
        if done <= step.layer_index < layer_count:
            rows.append(layer_row(step.layer_index, step))
            done = step.layer_index + 1
    rows.extend(layer_row(index, None) for index in range(done, layer_count))
    return tuple(rows)


@dataclass(frozen=True, slots=True)
class LayerColumns:
    """Which columns the layers pane has room for, and how wide they are."""

    width: int
    number: int
    bar: int
    line: int
    """0 where no Dockerfile line is known."""
    most_wasted_bytes: int

    @property
    def waste(self) -> int:
        """Width of the column with bar and bytes."""
        return SIZE_WIDTH + (self.bar + 1 if self.bar else 0)

    @classmethod
    def of(cls, rows: Sequence[StepRow], width: int) -> "LayerColumns":
        """Choose the columns for these rows and this width."""
        line = max([0, *(max(4, len(str(row.line))) for row in rows if row.line is not None)])
        roomy = width - line >= _ROOMY
        bar = (_BAR_WIDTH if roomy else _BAR_WIDTH // 2) if width >= _NARROW else 0
        ended = max([0, *(len(_ended(row)) for row in rows if row.killed_bytes and not row.wasted_bytes)])
        return cls(
            width=width,
            number=max([2, *(len(str(row.layer)) for row in rows if row.layer is not None)]),
            bar=max(bar, ended - SIZE_WIDTH - 1),
            line=line,
            most_wasted_bytes=max([0, *(row.wasted_bytes or 0 for row in rows)]),
        )


def layer_header(columns: LayerColumns, *, read: bool = True) -> Line:
    """Name the columns of the layers pane; until layers are read, only what is stored of them is known."""
    size = "Size" if read else "Stored"
    words_ = [fit.right("#", columns.number), fit.right(size, SIZE_WIDTH), fit.right("Waste", columns.waste)]
    if columns.line:
        words_.append(fit.right("Line", columns.line))
    return ((fit.left(" ".join([*words_, "Instruction"]), columns.width), Role.DIM),)


def layer_line(
    row: StepRow, columns: LayerColumns, *, compared: bool, squashed: bool = False, bracket: str = ""
) -> Line:
    """Write one row of the layers pane.

    `compared` marks the layers that the file pane takes together, `squashed` those that are planned to be one;
    `bracket` is the row's part of the one beside a marked range.
    """
    mark = (bracket, Role.FOCUS) if bracket else (PLANNED if squashed else " ", Role.GOOD)
    if row.layer is None:
        number, size = fit.right("·", columns.number), " " * SIZE_WIDTH
        beside: list[Span] = [mark, (f"{size} ", Role.TEXT)] if bracket else [(f" {size} ", Role.TEXT)]
        spans: list[Span] = [(number, Role.FAINT), *beside, (" " * columns.waste, Role.TEXT)]
    else:
        number = fit.right(str(row.layer), columns.number)
        size = fit.right("absent" if row.absent else format_size(row.size_bytes), SIZE_WIDTH)
        spans = [(number, Role.FOCUS if compared else Role.TEXT), mark]
        spans += [(f"{size} ", Role.TEXT), *_waste_cell(row, columns)]
    if columns.line:
        spans.append((" " + fit.right("" if row.line is None else str(row.line), columns.line), Role.DIM))
    spans.append((" ", Role.TEXT))
    left = columns.width - sum(fit.width_of(text) for text, _role in spans)
    return (*spans, *_instruction_cell(row, left))


def bracket_beside(rows: Sequence[StepRow], layers: range) -> dict[int, str]:
    """Draw a bracket beside the rows of some layers, and of the steps between them: by row, one character."""
    taken = [number for number, row in enumerate(rows) if row.layer is not None and row.layer in layers]
    if not taken:
        return {}
    first, last = taken[0], taken[-1]
    return {**dict.fromkeys(range(first, last + 1), "│"), last: "┘", first: "┐" if last > first else "]"}


def _waste_cell(row: StepRow, columns: LayerColumns) -> tuple[Span, ...]:
    if row.wasted_bytes:
        drawn = bar(row.wasted_bytes / columns.most_wasted_bytes, columns.bar) if columns.bar else ""
        gap = " " if columns.bar else ""
        amount = fit.right(format_size(row.wasted_bytes), SIZE_WIDTH)
        return ((fit.left(drawn, columns.bar) + gap + amount, Role.WASTED),)
    if row.killed_bytes:
        return ((fit.right(_ended(row), columns.waste), Role.DIM),)
    return ((fit.right("…" if row.wasted_bytes is None else "", columns.waste), Role.FAINT),)


def _ended(row: StepRow) -> str:
    return f"ends {format_size(row.killed_bytes or 0)}"


def _instruction_cell(row: StepRow, width: int) -> tuple[Span, ...]:
    text = row.text or ("" if row.keyword else "(no history)")
    if not row.keyword:
        return ((fit.left(text, width), Role.DIM if row.layer is not None else Role.FAINT),)
    shown = fit.left(f"{row.keyword} {text}", width)
    if row.layer is None:
        return ((shown, Role.FAINT),)
    keyword = shown[: len(row.keyword)]
    return (keyword, Role.FOCUS), (shown[len(keyword) :], Role.TEXT)


def dead_entry_count(tree: FileTree) -> int:
    """Count the entries that have dead bytes, at once: an upper limit of the paths and rows of waste."""
    return len(tree.fate) - tree.fate.count(Fate.LIVE)


def waste_height(width: int) -> int:
    """Say how many lines a row of waste takes at a width."""
    return 1 if width >= _ONE_LINE_WASTE else 2


@dataclass(frozen=True, slots=True)
class WasteColumns:
    """What the rows of the waste pane need to know of each other: how wide columns are, and the Dockerfile's lines."""

    route: int
    """Width of "owners → killer"; longer ones are cut."""
    lines: tuple[int | None, ...] = ()
    """By layer: its line of the Dockerfile; () where none is known."""
    from_to: int = 0
    """Width of the same as lines."""

    @classmethod
    def of(cls, waste: Sequence[Waste], layers: Sequence[Layer]) -> "WasteColumns":
        """Look at the rows of most bytes."""
        lines = tuple(layer.instruction.dockerfile_line if layer.instruction else None for layer in layers)
        lines = lines if any(lines) else ()
        shown = waste[:_LOOKED_AT]
        route = max([len("Layers"), *(len(_route(one)) for one in shown)])
        return cls(route, lines, max(len("Lines"), *(len(_lines(one, lines)) for one in shown), 0) if lines else 0)

    def seen(self, width: int) -> int:
        """Give the room of the lines' column, with its gap; 0 where the path needs it."""
        return self.from_to + 2 if self.lines and width >= _ONE_LINE_WASTE + self.from_to + 2 else 0


def _route(waste: Waste) -> str:
    return f"{words.owners_text(waste.owners)} → {waste.killer}"


def _lines(waste: Waste, lines: Sequence[int | None]) -> str:
    """Say which lines of the Dockerfile shipped and ended it; "" where neither is known."""
    owners = sorted({line for owner in waste.owners if (line := lines[owner]) is not None})
    shipped, ended = words.owners_text(owners), lines[waste.killer]
    return f"{shipped or 'base'} → {ended or '?'}" if shipped or ended else ""


def waste_header(width: int, columns: WasteColumns) -> Line:
    """Name the columns of the waste pane."""
    if waste_height(width) == 2:
        names = fit.right("Bytes", SIZE_WIDTH) + "  Path"
        seen = bool(columns.lines) and width >= _TWO_LINES_WITH_LINES
        return ((fit.left(names + fit.right("Layers/lines" * seen, width - len(names)), width), Role.DIM),)
    tail = fit.left("  Fate", _FATE_WIDTH) + fit.right("Layers", columns.route)
    tail += fit.right("Lines", columns.seen(width))
    return ((fit.left(fit.right("Bytes", SIZE_WIDTH) + "  Path", width - fit.width_of(tail)) + tail, Role.DIM),)


def waste_line(waste: Waste, part: int, width: int, columns: WasteColumns, *, mark: str = " ") -> Line:
    """Write one row of the waste pane, or of its two lines the one asked for: bytes, path, fate, owners → killer.

    `mark` is one cell between bytes and path: whether the path is in the plan.
    """
    size = fit.right(format_size(waste.wasted_bytes), SIZE_WIDTH)
    path = printable(waste.path)
    fate = f"{words.fate_glyph(waste.fate)} {waste.fate.label}"
    lines = _lines(waste, columns.lines) if columns.lines else ""
    if waste_height(width) == 1:
        room = width - SIZE_WIDTH - _FATE_WIDTH - columns.route - columns.seen(width)
        shown = fit.left(" " + fit.middle(path, room - 2), room - 1)
        tail = fit.left(f"  {fate}", _FATE_WIDTH), fit.right(_route(waste), columns.route)
        last = fit.right(lines, columns.seen(width))
        named = *_marked(mark, shown, Role.TEXT), (tail[0], Role.DIM)
        return (size, Role.WASTED), *named, (tail[1], Role.TEXT), (last, Role.DIM)
    if part == 0:
        way = f"  {_route(waste)}"
        left = width - SIZE_WIDTH - 2 - fit.width_of(way)
        name = path.rsplit("/", 1)[-1] or path
        shown = " " + fit.left(fit.middle(name, left), left)
        return (size, Role.WASTED), *_marked(mark, shown, Role.TEXT), (way, Role.TEXT)
    below = f"  {lines}" if lines and width >= _TWO_LINES_WITH_LINES else ""
    left = width - 12 - fit.width_of(fate) - len(below)
    directory = path.rsplit("/", 1)[0] or "/"
    about = " " + fate + " · " + fit.left(fit.middle(directory, left), left) + below
    if mark == " ":
        return ((" " * (SIZE_WIDTH + 1) + about, Role.DIM),)
    return (" " * SIZE_WIDTH, Role.DIM), (mark, Role.GOOD), (about, Role.DIM)


def _marked(mark: str, text: str, role: Role) -> Line:
    return ((mark + text, role),) if mark == " " else ((mark, Role.GOOD), (text, role))
