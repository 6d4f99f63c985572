"""History beside layers: which step made which layer.

Owns this pairing only; how a line reads is `instructions.py`'s business. History is advice (formats.md 1.7): where the
numbers do not agree, no step gets a layer, and a note says so.
"""

from collections.abc import Iterator

from layerscope.history.godump import json_words, plain_list
from layerscope.history.instructions import CONTENT_KEYWORDS, instruction_of, shell_of
from layerscope.history.shells import DEFAULT_SHELL
from layerscope.model.history import Instruction, Step
from layerscope.model.image import HistoryRecord, ImageConfig, Note, RawImage

_SQUASH_COMMENT = "merge sha256:"


def steps_of(raw: RawImage) -> tuple[tuple[Step, ...], tuple[Note, ...]]:
    """Read the image's history into steps, each beside the layer it made; with notes on what does not match.

    Steps whose files all ended up in one later layer (`docker build --squash`, `buildah build --layers=false`) get
    that layer, too: a layer index may occur several times, last on the record that the builder hung it on.
    """
    instructions = tuple(_instructions(raw))
    full = sum(not record.empty for record in raw.history)
    layers: list[int | None]
    notes: tuple[Note, ...] = ()
    if full == len(raw.layers):
        layers = _grouped(raw.history, instructions, list(_paired(raw.history)))
    else:
        layers = [None] * len(raw.history)
        notes = (_mismatch(len(raw.history), full, len(raw.layers)),)
    return tuple(map(Step, raw.history, layers, instructions)), notes


def _paired(history: tuple[HistoryRecord, ...]) -> Iterator[int | None]:
    layer_index = 0
    for record in history:
        if record.empty:
            yield None
        else:
            yield layer_index
            layer_index += 1


def _mismatch(entries: int, full: int, layers: int) -> Note:
    if not entries:
        return Note("history-missing", f"the image has no history: what made its {layers} layers is not known")
    return Note("history-mismatch", f"history does not match: {entries} entries, {full} with content, {layers} layers")


def _grouped(
    history: tuple[HistoryRecord, ...], instructions: tuple[Instruction | None, ...], layers: list[int | None]
) -> list[int | None]:
    """Give a layer that hangs on a record without files to the empty RUN, COPY and ADD before it (formats.md 1.8)."""
    group: list[int] = []
    for index, (record, instruction) in enumerate(zip(history, instructions, strict=True)):
        keyword = instruction.keyword if instruction else ""
        if record.empty:
            # Docker and kaniko mark a RUN that changed nothing as empty, too: such a step stays alone below.
            if keyword in CONTENT_KEYWORDS and record.author != "kaniko":
                group.append(index)
            continue
        if _is_collector(record, keyword, group, history):
            for member in group:
                layers[member] = layers[index]
        group = []
    return layers


def _is_collector(record: HistoryRecord, keyword: str, group: list[int], history: tuple[HistoryRecord, ...]) -> bool:
    if record.comment.startswith(_SQUASH_COMMENT) or keyword not in {*CONTENT_KEYWORDS, "WORKDIR", ""}:
        return True
    # buildah comments each step that it commits; those it folded into this one have no comment.
    return record.comment.startswith("FROM ") and not any(history[member].comment for member in group)


def _instructions(raw: RawImage) -> Iterator[Instruction | None]:
    """Read every record with the SHELL that was in force when it ran."""
    default = ("cmd", "/S", "/C") if raw.os == "windows" else DEFAULT_SHELL
    read = [instruction_of(record) for record in raw.history]
    changes = any(instruction is not None and instruction.keyword == "SHELL" for instruction in read)
    # A SHELL that no record tells of was inherited from a base whose history is gone.
    shell = default if changes or not raw.config.shell else raw.config.shell
    arguments: dict[str, str] = {}
    for record in raw.history:
        shell = shell_of(record) or shell
        instruction = instruction_of(record, shell=shell, arguments=arguments)
        yield instruction
        if instruction is not None and instruction.keyword == "SHELL":
            shell = _shell_words(instruction.text, raw.config) or shell
        elif instruction is not None and instruction.keyword == "ARG":
            name, equals, value = instruction.text.partition("=")
            arguments[name] = value if equals else ""


def _shell_words(text: str, config: ImageConfig) -> tuple[str, ...]:
    """Read the words of a SHELL; those that `[powershell -Command $x = 1;]` runs together stay one."""
    words = json_words(text)
    if words is not None:
        return words
    joined = plain_list(text) or ""
    return config.shell if joined and joined == " ".join(config.shell) else ((joined,) if joined else ())
