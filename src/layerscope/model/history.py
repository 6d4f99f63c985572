"""History as people think of it: Dockerfile instructions, and the steps that made (or made no) layer."""

import enum
from collections.abc import Mapping

from layerscope.frozen import dataclass, field
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
    written: str | None = None
    """The whole instruction as the Dockerfile's line has it, where that says more than the history does (names of files
    instead of `file:4070…`, variables); None where the history's own text is to be shown."""

    @property
    def line(self) -> str:
        """The instruction as one would write it in a Dockerfile (may hold new lines)."""
        return " ".join(part for part in (self.keyword, *self.flags, self.text) if part)

    @property
    def shown(self) -> str:
        """The instruction as people should see it: the Dockerfile's own words where they are known."""
        return self.line if self.written is None else self.written


_BUILDERS_REMARKS = ("buildkit.", "FROM ")
"""How comments begin that say nothing of the step: BuildKit's name, buildah's name of the image below."""


@dataclass(frozen=True, slots=True)
class Step:
    """One history record beside the layer it made and the instruction it came from."""

    record: HistoryRecord
    layer_index: int | None
    """None for an empty step, and for all steps when the history does not match the layers."""
    instruction: Instruction | None

    @property
    def remark(self) -> str:
        """What a tool that writes no instructions says of the step beside its own name: jib's `classes`, ko's path."""
        comment = self.record.comment
        known = self.instruction is None or self.instruction.keyword or comment == self.instruction.text
        return "" if known or comment.startswith(_BUILDERS_REMARKS) else comment


@dataclass(frozen=True, slots=True)
class Volatility:
    """How often the sources of a COPY or ADD changed."""

    changed_count: int
    """Commits that changed a file under them."""
    commit_count: int
    """Commits that were looked at."""

    @property
    def ratio(self) -> float:
        """Share of the commits that make the layer be built again, 0-1."""
        return self.changed_count / self.commit_count if self.commit_count else 0.0


class DockerfileOrigin(enum.StrEnum):
    """Where the text of a Dockerfile comes from."""

    GIVEN = "given"
    """The user named the file."""
    FOUND = "found"
    """It lies where layerscope was started, and fits the history."""
    IMAGE = "image"
    """The image carries it: BuildKit's provenance."""
    RECONSTRUCTED = "reconstructed"
    """Written from the history; nobody has the real one."""


@dataclass(frozen=True, slots=True)
class DockerfileText:
    """The Dockerfile beside the history: its own text, and which of its lines made which step."""

    name: str
    """As the user knows it: a path, or the name that the builder recorded. Untrusted, as the lines are."""
    lines: tuple[str, ...]
    origin: DockerfileOrigin
    spans: tuple[tuple[int, int] | None, ...]
    """By step: first and last line that made it, from 1; None for steps of the base image and for those not found."""
    instructions: tuple[Instruction, ...] = ()
    """All that it says, in its order; () for a reconstructed one."""
    other_stages: tuple[tuple[int, int], ...] = ()
    """First and last lines of stages that the image neither is nor is FROM."""
    fit: float = 1.0
    """Share of what it says (weighted) that the history holds, 0-1."""
    base_step_count: int = 0
    """How many of the first steps are the FROM image's, as far as it tells."""
    volatility: Mapping[int, Volatility] = field(default_factory=dict)
    """By line of a COPY or ADD: how often its sources changed in the repository; {} where nobody asked."""
    escape: str = "\\"
    """What goes on in the next line ends with it: a backslash, or what the file's `# escape=` says."""
    line_end: str = "\n"
    """How its lines end: `\\n` or `\\r\\n`."""
    is_ended: bool = True
    """Its last line ends like the others."""

    @property
    def is_real(self) -> bool:
        """Somebody wrote it; it was not made from the history."""
        return self.origin is not DockerfileOrigin.RECONSTRUCTED
