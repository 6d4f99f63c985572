"""History as people think of it: Dockerfile instructions, and the steps that made (or made no) layer."""

import enum
from dataclasses import dataclass

from layerscope.model.image import HistoryRecord


class Confidence(enum.StrEnum):
    """How sure a step's Dockerfile line is."""

    EXACT = "exact"
    LIKELY = "likely"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Instruction:
    """What a Dockerfile says: read back from `created_by`, or parsed from the real text.

    `keyword` is upper case and from the Dockerfile reference, or "" where the history line is not an instruction
    (`ko build …`, `Imported from -`): then `text` is the line as it is. `text` is everything after the keyword and
    the flags, builder noise removed; it may hold new lines and anything else an image can hold.
    """

    keyword: str
    text: str
    flags: tuple[str, ...] = ()
    """`--chown=1:1`, `--mount=…`, in order, as written."""
    dockerfile_line: int | None = None
    """First line in the Dockerfile, from 1."""
    dockerfile_end_line: int | None = None
    stage: str | None = None
    confidence: Confidence = Confidence.NONE
    """Of the Dockerfile line; NONE without one."""

    @property
    def line(self) -> str:
        """The instruction as one would write it in a Dockerfile (may hold new lines)."""
        return " ".join(part for part in (self.keyword, *self.flags, self.text) if part)


@dataclass(frozen=True, slots=True)
class Step:
    """One history record beside the layer it made and the instruction it came from."""

    record: HistoryRecord
    layer_index: int | None
    """None for an empty step, and for all steps when the history does not match the layers."""
    instruction: Instruction | None
