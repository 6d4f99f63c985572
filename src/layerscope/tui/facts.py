"""The texts of the details pane and of the image pane: facts as lines of a given width. Pure.

Long values wrap under themselves; instructions break at their `&&`, as people write them.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from layerscope.frozen import dataclass
from layerscope.model.history import Instruction, Step
from layerscope.model.image import Healthcheck, ImageConfig
from layerscope.model.inspection import Inspection, Layer
from layerscope.model.ledger import Fate, Ledger
from layerscope.patterns import regex
from layerscope.tui import fit, words
from layerscope.tui.roles import Line, Role
from layerscope.tui.rows import SIZE_WIDTH, StepRow
from layerscope.tui.widgets.bars import bar_on_track
from layerscope.units import format_percent, format_size, printable

_LABEL = 12
_PERCENT = 9
_FATE_ROLES = {
    Fate.LIVE: Role.GOOD,
    Fate.OVERWRITTEN: Role.WASTED,
    Fate.RESHIPPED: Role.WASTED,
    Fate.DELETED: Role.WASTED,
}
_CONTINUED = regex(r"(?<=\S) {2,}(?=\S)")
_MOST_LINES = 400
_MOST_VALUES = 200


@dataclass(frozen=True, slots=True)
class Fact:
    """A value beside its name."""

    label: str
    value: str
    role: Role = Role.TEXT


def title(text: str) -> Line:
    """Head a group of facts."""
    return ((text, Role.STRONG),)


BLANK: Line = (("", Role.TEXT),)


def fact_lines(facts: Iterable[Fact], width: int) -> Iterator[Line]:
    """Write facts below each other; values are printable already."""
    for fact in facts:
        for number, part in enumerate(fit.wrap(fact.value, width - _LABEL)):
            label = fact.label if number == 0 else ""
            yield (fit.left(label, _LABEL), Role.DIM), (part, fact.role)


def instruction_lines(instruction: Instruction | None, created_by: str, width: int) -> Iterator[Line]:
    """Write a whole instruction, wrapped, one command of a chain a line."""
    text = instruction.shown if instruction else created_by
    keyword = printable(instruction.keyword) if instruction else ""
    cut = text[: words.LONGEST_TEXT]
    shown = 0
    for number, source in enumerate(cut.expandtabs(4).splitlines() or ["(no history)"]):
        for part_number, command in enumerate(_commands(source)):
            indent = "" if number == part_number == 0 else "    "
            for piece_number, piece in enumerate(fit.wrap(words.code(command), width - 6)):
                head = indent if piece_number == 0 else indent + "  "
                line: Line = ((head, Role.TEXT),)
                marked = keyword if shown == 0 and piece.startswith(keyword) else ""
                yield (*line, (marked, Role.KEYWORD), (piece[len(marked) :], Role.TEXT))
                shown += 1
                if shown >= _MOST_LINES:
                    yield (("… more lines", Role.DIM),)
                    return
    if len(text) > len(cut):
        yield ((f"… {len(text) - len(cut):,} more characters", Role.DIM),)


def _commands(source: str) -> Iterator[str]:
    """Break a line before each `&&`, and where builders left a run of blanks in place of a line's end."""
    for part in _CONTINUED.split(source.rstrip()):
        first, *others = part.split(" && ")
        yield first.rstrip()
        for other in others:
            yield f"&& {other.strip()}"


def ledger_lines(ledger: Ledger, width: int) -> Iterator[Line]:
    """Write bytes by fate with bars; they sum up to all bytes shipped."""
    amounts = {
        Fate.LIVE: ledger.live_bytes,
        Fate.OVERWRITTEN: ledger.overwritten_bytes,
        Fate.RESHIPPED: ledger.reshipped_bytes,
        Fate.DELETED: ledger.deleted_bytes,
    }
    fixed = _LABEL + 2 + SIZE_WIDTH + 2
    percent_width = _PERCENT if width - fixed - _PERCENT >= 4 else 0
    room = min(max(width - fixed - percent_width, 0), 24)
    for fate, amount in amounts.items():
        ratio = amount / ledger.total_bytes if ledger.total_bytes else 0.0
        role = _FATE_ROLES[fate] if amount else Role.FAINT
        percent = format_percent(ratio) if amount else ""
        yield (
            (fit.left(f"{words.fate_glyph(fate)} {fate.label}", _LABEL + 2), role if amount else Role.DIM),
            (fit.right(format_size(amount), SIZE_WIDTH) + "  ", Role.TEXT if amount else Role.FAINT),
            *bar_on_track(ratio, room, role),
            (fit.right(percent, percent_width), Role.DIM),
        )


def layer_lines(layer: Layer, layer_count: int, base_layer_count: int | None, width: int) -> Iterator[Line]:
    """Write everything about a layer."""
    yield from instruction_lines(layer.instruction, layer.created_by or "", width)
    yield BLANK
    yield from fact_lines(_layer_facts(layer, layer_count, base_layer_count), width)
    yield BLANK
    yield title("What became of its bytes")
    yield from ledger_lines(layer.ledger, width)
    if layer.killed_bytes:
        yield BLANK
        text = f"it ends {format_size(layer.killed_bytes)} that this and lower layers ship"
        yield from (((part, Role.WASTED),) for part in fit.wrap(text, width))


def _layer_facts(layer: Layer, layer_count: int, base_layer_count: int | None) -> Iterator[Fact]:
    of_base = " · of the base image" if base_layer_count is not None and layer.index < base_layer_count else ""
    yield Fact("layer", f"{layer.index} of 0-{layer_count - 1}{of_base}")
    if layer.absent_reason:
        yield Fact("absent", printable(layer.absent_reason), Role.REMOVED)
    yield from _line_fact(layer.instruction)
    yield Fact("created", words.created_text(layer.created))
    entries = words.count_text(layer.entry_count, "entry", "entries")
    yield Fact("shipped", f"{format_size(layer.content_bytes)} in {entries}")
    yield Fact("stored", format_size(layer.stored_bytes))
    if layer.rebuilt_content_bytes:
        # It, and all above: what a builder makes again, and what is pushed and pulled again.
        content, stored = format_size(layer.rebuilt_content_bytes), format_size(layer.rebuilt_stored_bytes)
        yield Fact("if changed", f"{content} built, {stored} pulled anew")
    yield Fact("changes", f"+ {layer.added_count:,}   ~ {layer.modified_count:,}   - {layer.removed_count:,}")
    if layer.media_type:
        yield Fact("media type", printable(layer.media_type), Role.DIM)
    if layer.digest and layer.digest != layer.diff_id:
        yield Fact("digest", printable(layer.digest), Role.DIM)
    if layer.diff_id:
        yield Fact("diff ID", printable(layer.diff_id), Role.DIM)


def _line_fact(instruction: Instruction | None) -> Iterator[Fact]:
    if instruction and instruction.dockerfile_line is not None:
        stage = f" · stage {printable(instruction.stage)}" if instruction.stage else ""
        yield Fact("Dockerfile", f"line {instruction.dockerfile_line}{stage} ({instruction.confidence.value})")


def step_lines(step: Step, layer: int | None, width: int) -> Iterator[Line]:
    """Write everything about a history step that made no layer of its own."""
    yield from instruction_lines(step.instruction, step.record.created_by, width)
    yield BLANK
    record = step.record
    made = "none: it only changes the configuration" if layer is None else f"part of layer {layer}"
    if layer is None and not record.empty:
        made = "not known: history and layers do not match"
    facts = [Fact("layer", made), *_line_fact(step.instruction), Fact("created", words.created_text(record.created))]
    if record.comment:
        facts.append(Fact("comment", words.one_line(record.comment)))
    if record.author:
        facts.append(Fact("author", words.one_line(record.author)))
    yield from fact_lines(facts, width)


def announced_lines(row: StepRow, width: int, *, stopped: bool) -> Iterator[Line]:
    """Write what is known of a layer before it is read, or when reading was stopped."""
    if row.step:
        yield from instruction_lines(row.step.instruction, row.step.record.created_by, width)
        yield BLANK
    facts = [Fact("layer", str(row.layer)), Fact("stored", format_size(row.size_bytes))]
    if row.step:
        facts.append(Fact("created", words.created_text(row.step.record.created)))
    yield from fact_lines([*facts, Fact("shipped", "not read" if stopped else "being read …", Role.DIM)], width)


def image_lines(inspection: Inspection, width: int) -> Iterator[Line]:
    """Write everything about the image as a whole."""
    image = inspection.image
    if inspection.notes:
        yield title(words.count_text(len(inspection.notes), "note"))
        for note in inspection.notes[:_MOST_VALUES]:
            for number, part in enumerate(fit.wrap(words.message(note.text), width - 2)):
                yield ("▲ " if number == 0 else "  ", Role.WASTED), (part, Role.TEXT)
        yield BLANK
    yield title("Totals")
    yield from ledger_lines(inspection.ledger, width)
    yield from fact_lines(_score_facts(inspection), width)
    yield BLANK
    yield title("Image")
    base = "" if image.base_layer_count is None else f", {image.base_layer_count} of the base image"
    facts = [
        Fact("reference", printable(image.reference)),
        Fact("tags", ", ".join(map(printable, image.tags[:_MOST_VALUES]))),
        Fact("source", printable(image.source)),
        Fact("platform", printable(image.platform)),
        Fact("created", words.created_text(image.created)),
        Fact("author", words.one_line(image.author)),
        Fact("layers", f"{image.layer_count}{base}"),
        Fact("shipped", format_size(image.content_bytes)),
        Fact("stored", format_size(image.stored_bytes)),
        Fact("image ID", printable(image.image_id or ""), Role.DIM),
    ]
    yield from fact_lines((fact for fact in facts if fact.value), width)
    config = [fact for fact in _config_facts(image.config) if fact.value]
    if config or image.annotations:
        yield BLANK
        yield title("What a container gets")
        yield from fact_lines(config, width)
        yield from fact_lines(_pairs("annotation", image.annotations), width)


def _score_facts(inspection: Inspection) -> Iterator[Fact]:
    scores = inspection.scores
    yield Fact("efficiency", format_percent(scores.efficiency), Role.STRONG)
    if scores.user_efficiency is not None:
        wasted = format_percent(scores.user_wasted_ratio)
        yield Fact("above base", f"{format_percent(scores.user_efficiency)}, {wasted} wasted")
    yield Fact("as Dive", f"{format_percent(scores.dive.efficiency)}, {format_size(scores.dive.wasted_bytes)} wasted")


def _config_facts(config: ImageConfig) -> Iterator[Fact]:
    yield Fact("entrypoint", _command(config.entrypoint))
    yield Fact("cmd", _command(config.cmd))
    yield Fact("user", words.one_line(config.user))
    yield Fact("workdir", words.one_line(config.working_dir))
    for name, values in (("port", config.exposed_ports), ("volume", config.volumes), ("env", config.env)):
        yield from (Fact(name, words.one_line(value)) for value in values[:_MOST_VALUES])
    yield Fact("shell", _command(config.shell))
    yield Fact("stop signal", words.one_line(config.stop_signal))
    if config.healthcheck:
        yield Fact("healthcheck", _command(config.healthcheck.test))
        yield Fact("", _check_times(config.healthcheck), Role.DIM)
    yield from (Fact("onbuild", words.one_line(value)) for value in config.onbuild[:_MOST_VALUES])
    yield from _pairs("label", config.labels)


def _check_times(check: Healthcheck) -> str:
    """Say how often a health check runs, as far as the image says it."""
    times = (("every", check.interval_ns), ("timeout", check.timeout_ns), ("start period", check.start_period_ns))
    said = [f"{name} {time_ns / 1e9:g} s" for name, time_ns in times if time_ns]
    return ", ".join([*said, *([f"{check.retries} retries"] if check.retries else [])])


def _pairs(label: str, values: Mapping[str, str]) -> Iterator[Fact]:
    for key in list(values)[:_MOST_VALUES]:
        yield Fact(label, f"{words.one_line(key)}={words.one_line(values[key])}")


def _command(parts: Sequence[str]) -> str:
    return " ".join(words.one_line(part) for part in parts[:_MOST_VALUES])
