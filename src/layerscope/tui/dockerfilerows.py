"""The rows of the Dockerfile pane, from the model to cells: the text in colours, bytes beside each instruction. Pure.

Owns which row of the layers pane a line stands for, and which line a step. Every line is made printable here.
"""

from collections.abc import Iterator, Sequence

from layerscope.frozen import dataclass
from layerscope.history.grammar import LogicalLine, read_source
from layerscope.model.history import Confidence, DockerfileOrigin, DockerfileText, Step
from layerscope.model.inspection import Inspection
from layerscope.patterns import regex
from layerscope.tui import fit, words
from layerscope.tui.roles import Line, Role, Span
from layerscope.tui.rows import SIZE_WIDTH, StepRow
from layerscope.tui.words import count_text
from layerscope.units import format_percent, format_size, printable

_MOST_LINES = 20_000
"""Of a Dockerfile; who has more has not written it, and the screen must not wait for it."""
_LONGEST = 1000
"""Characters of a line that are shown: no screen is wider. How many more there are is said."""
_USUAL_NAME = "Dockerfile"
"""The pane says that already."""
_ENDS = "ends "
_ROOM_FOR_ENDED, _ROOM_FOR_WASTE, _ROOM_FOR_SIZE = 64, 44, 34
"""Widths of the pane from which on a column is there: the text comes first."""
_TOKEN = regex(
    r"(?P<flag>(?<!\S)--[a-z][\w-]*(?:=\S*)?)|(?P<string>\"(?:[^\"\\]|\\.)*\"|'[^']*')"
    r"|(?P<variable>\$\{[^}]*\}|\$\w+)|(?P<joint>&&|\|\||[|;]|\\$|`$)"
)
_ROLES = {"flag": Role.LINK, "string": Role.ADDED, "variable": Role.MODIFIED, "joint": Role.DIM}
_KEYWORD = regex(r"\s*([A-Za-z]+)")


@dataclass(frozen=True, slots=True)
class DockerfileRow:
    """One line of the Dockerfile."""

    number: int
    text: Line
    """Coloured, as long as it is."""
    size_bytes: int | None = None
    """On the first line of what made layers: the bytes they ship."""
    wasted_bytes: int = 0
    killed_bytes: int = 0
    """Bytes of this and lower layers that it ended."""
    likely: bool = False
    """That it made what stands beside it is only likely."""
    row: int | None = None
    """Row of the layers pane that it stands for."""


@dataclass(frozen=True, slots=True)
class DockerfileView:
    """The whole text, and how it and the layers pane's rows point at each other."""

    lines: tuple[DockerfileRow, ...]
    spans: tuple[range, ...]
    """By row of the layers pane: the lines (from 0) that made it; empty where none is known."""
    title: str
    """What file it is and how sure that is."""
    text: str
    """What is copied."""


NO_VIEW = DockerfileView((), (), "", "")


def dockerfile_view(inspection: Inspection, rows: Sequence[StepRow]) -> DockerfileView:
    """Put the Dockerfile of an image beside the rows of its layers pane."""
    known = inspection.dockerfile
    if known is None:
        return NO_VIEW
    source = read_source("\n".join(known.lines[:_MOST_LINES]))
    spans = tuple(_span_of(row, known) for row in rows)
    base_line = _from_line(source.lines, known) if known.is_real else None
    if base_line is not None:
        spans = tuple(_or_base(span, row, inspection, base_line) for span, row in zip(spans, rows, strict=True))
    beside = _beside(spans, rows)
    likely = {span.start for span, row in zip(spans, rows, strict=True) if span and _is_likely(row.step)}
    coloured = _coloured(known.lines, known.other_stages, source.lines)
    rows_by_line = _rows_by_line(spans)
    lines = tuple(
        DockerfileRow(
            number=index + 1,
            text=text,
            size_bytes=beside[index].size_bytes if index in beside else None,
            wasted_bytes=beside[index].wasted_bytes if index in beside else 0,
            killed_bytes=beside[index].killed_bytes if index in beside else 0,
            likely=index in likely,
            row=rows_by_line.get(index),
        )
        for index, text in enumerate(coloured)
    )
    return DockerfileView(lines, spans, _title(known), "\n".join(map(_copied, known.lines)) + "\n")


@dataclass(slots=True)
class _Bytes:
    size_bytes: int = 0
    wasted_bytes: int = 0
    killed_bytes: int = 0


def _beside(spans: Sequence[range], rows: Sequence[StepRow]) -> dict[int, _Bytes]:
    """Add up by first line what the layers ship that it made."""
    found: dict[int, _Bytes] = {}
    for span, row in zip(spans, rows, strict=True):
        if span and row.layer is not None:
            here = found.setdefault(span.start, _Bytes())
            here.size_bytes += row.size_bytes
            here.wasted_bytes += row.wasted_bytes or 0
            here.killed_bytes += row.killed_bytes
    return found


def _span_of(row: StepRow, known: DockerfileText) -> range:
    index = row.step.record.index if row.step else -1
    span = known.spans[index] if 0 <= index < len(known.spans) else None
    return range(0) if span is None else range(span[0] - 1, min(span[1], len(known.lines)))


def _or_base(span: range, row: StepRow, inspection: Inspection, line: int) -> range:
    """Let the FROM stand for the steps of the image that it names."""
    known, layers = inspection.dockerfile, inspection.image.base_layer_count or 0
    if span or known is None:
        return span
    index = row.step.record.index if row.step else len(inspection.steps)
    of_base = index < known.base_step_count or (row.layer is not None and row.layer < layers)
    return range(line, line + 1) if of_base else span


def _from_line(lines: Sequence[LogicalLine], known: DockerfileText) -> int | None:
    """Find the FROM of the image that everything stands on."""
    starts = [line.first for line in lines if line.keyword == "FROM"]
    own = [start for start in starts if not any(first <= start <= last for first, last in known.other_stages)]
    return own[0] - 1 if own else None


def _rows_by_line(spans: Sequence[range]) -> dict[int, int]:
    """Give by line the last row that it stands for."""
    return {index: row for row, span in enumerate(spans) for index in span}


def _is_likely(step: Step | None) -> bool:
    return bool(step and step.instruction and step.instruction.confidence is Confidence.LIKELY)


def _title(known: DockerfileText) -> str:
    if known.origin is DockerfileOrigin.RECONSTRUCTED:
        return "reconstructed from the history"
    origins = {
        DockerfileOrigin.GIVEN: "as given",
        DockerfileOrigin.FOUND: "found here",
        DockerfileOrigin.IMAGE: "carried by the image",
    }
    last = printable(known.name).rstrip("/").rpartition("/")[2]
    name = "" if last == _USUAL_NAME else f"{last} · "
    return f"{name}{format_percent(known.fit, digits=0)} fits · {origins[known.origin]}"


def _copied(line: str) -> str:
    """Make a line safe to paste: tabs stay tabs, they may matter in here-documents."""
    return "\t".join(printable(part).replace("\\\\", "\\") for part in line.split("\t"))


def coloured_dockerfile(text: Sequence[str]) -> list[Line]:
    """Give every line of a Dockerfile in colours, as far as that pays."""
    first, rest = text[:_MOST_LINES], text[_MOST_LINES:]
    coloured = list(_coloured(first, (), read_source("\n".join(first)).lines))
    return [*coloured, *(((words.code(line[:_LONGEST]), Role.TEXT), *_cut_off(line)) for line in rest)]


def _coloured(
    lines_of_text: Sequence[str], other_stages: Sequence[tuple[int, int]], lines: Sequence[LogicalLine]
) -> Iterator[Line]:
    """Give every line in colours: keywords, flags, strings, variables; comments and other stages faded."""
    starts = {line.first: line for line in lines}
    documents = _document_lines(lines, lines_of_text)
    for number, raw in enumerate(lines_of_text[:_MOST_LINES], start=1):
        text = words.code(raw[:_LONGEST])
        faded = any(first <= number <= last for first, last in other_stages)
        if faded:
            spans: Line = ((text, Role.FAINT),)
        elif number in documents:
            spans = ((text, Role.TEXT),)
        elif text.lstrip().startswith("#"):
            spans = ((text, Role.DIM),)
        else:
            spans = tuple(_spans(text, is_start=number in starts))
        yield (*spans, *_cut_off(raw))
    if len(lines_of_text) > _MOST_LINES:
        yield ((f"… {len(lines_of_text) - _MOST_LINES:,} more lines", Role.DIM),)


def _cut_off(line: str) -> Line:
    """Say how much of a line is not shown."""
    more = len(line) - _LONGEST
    return ((f"… {count_text(more, 'more character')}", Role.FOCUS),) if more > 0 else ()


def _document_lines(lines: Sequence[LogicalLine], text: Sequence[str]) -> frozenset[int]:
    """Collect the numbers of lines inside of here-documents: nothing there is a comment or a keyword."""
    found: set[int] = set()
    for line in lines:
        inside = sum(heredoc.content.count("\n") + 1 for heredoc in line.heredocs)
        found.update(
            range(max(line.first + 1, line.last - inside + 1), min(line.last, len(text)) + 1) if inside else ()
        )
    return frozenset(found)


def _spans(text: str, *, is_start: bool) -> Iterator[Span]:
    position = 0
    keyword = _KEYWORD.match(text) if is_start else None
    if keyword is not None:
        yield text[: keyword.end()], Role.KEYWORD
        position = keyword.end()
    for match in _TOKEN.finditer(text, position):
        if match.start() > position:
            yield text[position : match.start()], Role.TEXT
        yield match[0], _ROLES[match.lastgroup or "joint"]
        position = match.end()
    yield text[position:], Role.TEXT


def _waste_width(width: int) -> int:
    """Give room for what an instruction ends in wide panes only: the layers say it, too."""
    return SIZE_WIDTH + (len(_ENDS) if width >= _ROOM_FOR_ENDED else 0)


def dockerfile_header(width: int, numbers: int) -> Line:
    """Name the columns; `numbers` is the width of line numbers."""
    size, waste = _has_columns(width)
    names = [fit.right("#", numbers)]
    names += [fit.right("Size", SIZE_WIDTH)] if size else []
    names += [fit.right("Waste", _waste_width(width))] if waste else []
    return ((fit.left(" ".join(names) + "   Dockerfile", width), Role.DIM),)


def dockerfile_line(row: DockerfileRow, width: int, numbers: int, *, marked: bool, shift: int = 0) -> Line:
    """Write a line behind its number and its bytes, in exactly `width` cells; marked, it made the chosen layer.

    `shift` is how many cells of a text that is too long stand to the left of it.
    """
    size, waste = _has_columns(width)
    gutter: list[Span] = [(fit.right(str(row.number), numbers) + " ", Role.FAINT)]
    if size:
        shown = "" if row.size_bytes is None else format_size(row.size_bytes)
        gutter.append((fit.right(shown, SIZE_WIDTH) + " ", Role.TEXT if row.size_bytes else Role.FAINT))
    if waste:
        room = _waste_width(width)
        ended = f"{_ENDS}{format_size(row.killed_bytes)}" if row.killed_bytes and room > SIZE_WIDTH else ""
        shown = format_size(row.wasted_bytes) if row.wasted_bytes else ended
        gutter.append((fit.right(shown, room) + " ", Role.WASTED if row.wasted_bytes else Role.DIM))
    edge = "~ " if row.likely else "┃ " if marked else "│ "
    gutter.append((edge, Role.FOCUS if marked else Role.MODIFIED if row.likely else Role.TRACK))
    room = max(width - sum(fit.width_of(text) for text, _role in gutter), 0)
    return (*gutter, *_cut(_shifted(row.text, room, shift), room))


def text_room(width: int, numbers: int) -> int:
    """Cells that the text of a line has."""
    size, waste = _has_columns(width)
    gutter = numbers + 1 + size * (SIZE_WIDTH + 1) + waste * (_waste_width(width) + 1) + 2
    return max(width - gutter, 0)


def _shifted(line: Line, room: int, shift: int) -> Line:
    """Leave the end of a line that is too long: as far as it is needed, and with a mark for what is not seen."""
    whole = sum(fit.width_of(text) for text, _role in line)
    hidden = min(shift, max(whole - room, 0))
    if not hidden:
        return line
    spans: list[Span] = [("…", Role.DIM)]
    hidden += 1
    for text, role in line:
        width = fit.width_of(text)
        if width > hidden:
            spans.append((text if not hidden else fit.last(text, width - hidden), role))
        hidden = max(hidden - width, 0)
    return tuple(spans)


def _has_columns(width: int) -> tuple[bool, bool]:
    return width >= _ROOM_FOR_SIZE, width >= _ROOM_FOR_WASTE


def _cut(line: Line, width: int) -> Iterator[Span]:
    """Cut a coloured line, or fill it with blanks, to exactly `width` cells."""
    left = width
    whole = sum(fit.width_of(text) for text, _role in line)
    for text, role in line:
        if whole > width and fit.width_of(text) >= left:
            yield fit.left(text if fit.width_of(text) < left else text + " ", left), role
            return
        yield text, role
        left -= fit.width_of(text)
    yield " " * left, Role.TEXT
