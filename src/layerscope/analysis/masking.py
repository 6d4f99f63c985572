"""An image without its secrets: what every face is given.

Owns where text of an image can hold a secret's value: configuration, history, instructions, Dockerfile, notes. Findings
are looked for before, in the text as it is, and never quote a value. Contents of files are not touched: whoever asks
for those gets them.
"""

import re
from collections.abc import Sequence

from layerscope.analysis.secretwords import MASK, holds, masked, masked_pairs
from layerscope.frozen import replace
from layerscope.model.history import DockerfileText, Instruction, Step
from layerscope.model.image import HistoryRecord, ImageConfig, Note, RawImage
from layerscope.model.inspection import Inspection, Layer
from layerscope.patterns import regex

_PAIRS = frozenset({"ENV", "ARG", "LABEL"})
_SETTING = regex(r"(/bin/sh -c #\(nop\)\s+)?(\s*(?:ONBUILD\s+)?(?:ENV|ARG|LABEL)\s+)(.*)", re.DOTALL | re.IGNORECASE)
"""A line of history or of a Dockerfile that sets variables."""
_ARGUMENTS = regex(r"(RUN )?(\|\d{1,4} )(.*?)(\s(?:/\S*sh|\[|cmd|powershell).*)?", re.DOTALL)
"""A RUN as builders write it down: the number of build arguments, they, and the command."""
_OPTION = regex(r"--?(?:password|passwd|token|secret|api-?key)", re.IGNORECASE)


def masked_inspection(inspection: Inspection) -> Inspection:
    """Take the values of secrets out of everything that is shown."""
    image = inspection.image
    return replace(
        inspection,
        image=replace(
            image,
            config=masked_config(image.config),
            author=masked(image.author),
            annotations={name: _value(name, value) for name, value in image.annotations.items()},
        ),
        layers=tuple(map(_layer, inspection.layers)),
        steps=tuple(map(_step, inspection.steps)),
        notes=tuple(Note(note.code, masked(note.text)) for note in inspection.notes),
        dockerfile=None if inspection.dockerfile is None else _dockerfile(inspection.dockerfile),
    )


def masked_image(raw: RawImage) -> RawImage:
    """Do the same for an image that is about to be read."""
    return replace(
        raw,
        config=masked_config(raw.config),
        author=masked(raw.author),
        history=tuple(map(_record, raw.history)),
        annotations={name: _value(name, value) for name, value in raw.annotations.items()},
        notes=tuple(Note(note.code, masked(note.text)) for note in raw.notes),
    )


def masked_config(config: ImageConfig) -> ImageConfig:
    """Take them out of variables, labels and commands."""
    health = config.healthcheck
    return replace(
        config,
        env=tuple(map(_variable, config.env)),
        labels={name: _value(name, value) for name, value in config.labels.items()},
        entrypoint=_words(config.entrypoint),
        cmd=_words(config.cmd),
        onbuild=tuple(map(masked_text, config.onbuild)),
        healthcheck=None if health is None else replace(health, test=_words(health.test)),
    )


def masked_text(text: str) -> str:
    """Take them out of a line of history, or of a whole Dockerfile; lines stay lines."""
    if match := _SETTING.fullmatch(text):
        return f"{match[1] or ''}{match[2]}{masked_pairs(match[3])}"
    if match := _ARGUMENTS.fullmatch(text):
        return f"{match[1] or ''}{match[2]}{masked_pairs(match[3])}{masked(match[4] or '')}"
    return masked(text)


def masked_lines(lines: Sequence[str]) -> tuple[str, ...]:
    """Take them out of the lines of a Dockerfile, which stay as many."""
    whole = masked("\n".join(lines)).split("\n") if lines else []
    return tuple(map(masked_text, whole))


def _value(name: str, value: str) -> str:
    return MASK if holds(name, value) else masked(value)


def _variable(variable: str) -> str:
    name, equals, value = variable.partition("=")
    return f"{name}{equals}{_value(name, value)}"


def _words(words: Sequence[str]) -> tuple[str, ...]:
    """Mask the words of a command, also one that an option before it calls a secret."""
    return tuple(
        MASK if index and _OPTION.fullmatch(words[index - 1]) and not word.startswith(("-", "$")) else masked(word)
        for index, word in enumerate(words)
    )


def _record(record: HistoryRecord) -> HistoryRecord:
    return replace(
        record,
        created_by=masked_text(record.created_by),
        comment=masked(record.comment),
        author=masked(record.author),
    )


def _instruction(instruction: Instruction) -> Instruction:
    written = instruction.written
    return replace(
        instruction,
        text=masked_pairs(instruction.text) if instruction.keyword in _PAIRS else masked(instruction.text),
        flags=tuple(map(masked, instruction.flags)),
        written=None if written is None else masked_text(written),
    )


def _step(step: Step) -> Step:
    known = step.instruction
    return replace(step, record=_record(step.record), instruction=None if known is None else _instruction(known))


def _layer(layer: Layer) -> Layer:
    known, text = layer.instruction, layer.created_by
    return replace(
        layer,
        created_by=None if text is None else masked_text(text),
        instruction=None if known is None else _instruction(known),
    )


def _dockerfile(known: DockerfileText) -> DockerfileText:
    return replace(known, lines=masked_lines(known.lines), instructions=tuple(map(_instruction, known.instructions)))
