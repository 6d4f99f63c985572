"""What made each layer, as text that can be changed: the Dockerfile's own lines where they are known.

Owns which layers stand on the FROM image when nothing says it. Knows no file of the image. Text from history is made
safe to show and to copy here, once.
"""

from collections.abc import Iterable, Iterator
from typing import Protocol

from layerscope.analysis import shelltext
from layerscope.analysis.secretwords import masked
from layerscope.frozen import replace
from layerscope.model.findings import Edit
from layerscope.model.history import Confidence, Instruction, Step
from layerscope.model.image import ImageConfig
from layerscope.model.inspection import Layer
from layerscope.patterns import regex
from layerscope.units import printable

_LONGEST_SHOWN = 60
_VARIABLE = regex(r"(?:^|\s)([A-Za-z_]\w*)(?==|\s|$)")
_USED = regex(r"\$\{?([A-Za-z_]\w*)")


def safe(text: str) -> str:
    """Make text from an image fit to show and to paste: no control codes, no secrets; backslashes stay."""
    return masked(printable(text).replace("\\\\", "\\"))


def safe_lines(lines: tuple[str, ...]) -> tuple[str, ...]:
    """Make each line safe; lines that hold line breaks become several."""
    return tuple(safe(part) for line in lines for part in line.split("\n"))


def _uses(command: str, pairs: str) -> bool:
    """Tell whether a command uses a variable that ENV or ARG sets."""
    used = set(_USED.findall(command))
    return bool(used) and not used.isdisjoint(_VARIABLE.findall(pairs))


def _names_files(command: str, copy: str) -> bool:
    """Tell whether a command may need what a COPY brings: it names it, or works in the current directory."""
    words = [word.strip('[]",').rstrip("/").rpartition("/")[2] for word in copy.split()]
    return any(len(word) > 1 and shelltext.mentions(command, word) for word in words)


def _makes_owner(command: str, flags: Iterable[str]) -> bool:
    """Tell whether a command names the user or group that a COPY gives its files to."""
    owners = [flag.partition("=")[2] for flag in flags if flag.startswith("--chown=")]
    return any(shelltext.mentions(command, name) for owner in owners for name in owner.split(":") if name)


class Crosses(Protocol):
    """What is known of the files that steps meddle with."""

    def __call__(self, layer: int, other: int, *, up: bool) -> bool:
        """Tell whether a RUN cannot go up, or down, past another step: both meddle with the same paths."""
        ...

    def meets(self, command: str, directory: str, layer: int) -> bool:
        """Tell whether a command that is put in above a step takes what this needs."""
        ...


class _Unknown:
    """Nothing is known of files."""

    def __call__(self, layer: int, other: int, *, up: bool) -> bool:  # noqa: ARG002 - one signature
        return False

    def meets(self, command: str, directory: str, layer: int) -> bool:  # noqa: ARG002 - one signature
        return False


class Script:
    """The instructions of an image by layer."""

    def __init__(
        self,
        layers: tuple[Layer, ...],
        steps: tuple[Step, ...],
        dockerfile: tuple[Instruction, ...],
        config: ImageConfig,
    ) -> None:
        self.layers = layers
        self.steps = steps
        self.dockerfile = dockerfile
        self.config = config
        self.crosses: Crosses = _Unknown()
        """Who knows the files puts it in."""
        self._by_line = {one.dockerfile_line: one for one in dockerfile if one.dockerfile_line is not None}
        self._step_of = {step.layer_index: index for index, step in enumerate(steps) if step.layer_index is not None}
        counts: dict[int, int] = {}
        for step in steps:
            if step.layer_index is not None:
                counts[step.layer_index] = counts.get(step.layer_index, 0) + 1
        self._shared = {layer for layer, count in counts.items() if count > 1}

    def instruction(self, layer: int) -> Instruction | None:
        """Give the Dockerfile's instruction, or what history says; None where neither does."""
        return self._real(self.layers[layer].instruction)

    def _real(self, known: Instruction | None) -> Instruction | None:
        """Prefer the Dockerfile's text, which has sources where history has hashes."""
        if known is None or known.confidence is Confidence.NONE:
            return known
        written = self._by_line.get(known.dockerfile_line or 0)
        if written is None or written.keyword != known.keyword:
            return known
        return replace(written, confidence=known.confidence)

    def line(self, layer: int) -> int | None:
        """Give the first Dockerfile line of a layer."""
        instruction = self.layers[layer].instruction
        return instruction.dockerfile_line if instruction else None

    def keyword(self, layer: int) -> str:
        """Give the keyword; "" where nothing is known, or several instructions made the layer."""
        instruction = self.instruction(layer)
        return instruction.keyword if instruction and layer not in self._shared else ""

    def run(self, layer: int) -> str | None:
        """Give the shell text of a RUN that alone made a layer and can be taken apart."""
        instruction = self.instruction(layer)
        if instruction is None or self.keyword(layer) != "RUN" or shelltext.pieces(instruction.text) is None:
            return None
        return instruction.text

    def where(self, layer: int) -> str:
        """Name a layer with its line: "layer 4 (line 14)"."""
        line = self.line(layer)
        return f"layer {layer}" if line is None else f"layer {layer} (line {line})"

    def place(self, layer: int) -> str:
        """Name the instruction by its line, or else by its text: "line 14", "`RUN apt-get update`"."""
        line, instruction = self.line(layer), self.instruction(layer)
        if line is not None:
            return f"line {line}"
        if instruction is None or not instruction.keyword:
            return f"layer {layer}"
        text = " ".join(safe(instruction.line).split())
        return f"`{text}`" if len(text) <= _LONGEST_SHOWN else f"`{text[:_LONGEST_SHOWN]}…`"

    def places(self, layers: Iterable[int]) -> str:
        """Name several: "lines 8, 9 and 28"; by their text where lines are not known."""
        found = list(layers)
        lines = [line for layer in found if (line := self.line(layer)) is not None]
        if len(found) < 2 or len(lines) < len(found):
            return ", ".join(map(self.place, found))
        return f"lines {', '.join(map(str, lines[:-1]))} and {lines[-1]}"

    def lines_of(self, layers: Iterator[int] | tuple[int, ...]) -> tuple[int, ...]:
        """Give the known first lines of layers, ascending."""
        return tuple(sorted({line for line in map(self.line, layers) if line is not None}))

    def above_base(self, base_count: int) -> Iterator[tuple[Instruction, int | None]]:
        """Give the instructions above the base with their layers; each once, as the Dockerfile has them."""
        below = [index for index, step in enumerate(self.steps) if (step.layer_index or 0) < base_count]
        last = max((index for index in below if self.steps[index].layer_index is not None), default=-1)
        lined = any(step.instruction and step.instruction.dockerfile_line for step in self.steps)
        for step in self.steps[last + 1 :]:
            known = self._real(step.instruction)
            if known is None or (lined and base_count and known.dockerfile_line is None and step.layer_index is None):
                continue  # a setting of the base image, which the Dockerfile does not have
            if len(known.text) <= shelltext.MAX_COMMAND:
                yield known, step.layer_index

    def can_move(self, layer: int, place: int, text: str) -> bool:
        """Tell whether a command may run at another layer's step: nothing that it names comes in between."""
        low, high = sorted((self._step_of.get(layer, 0), self._step_of.get(place, 0)))
        for step in self.steps[low + 1 : high]:
            between = self._real(step.instruction)
            if between is None:
                continue
            if len(between.text) > shelltext.MAX_COMMAND:  # nobody looks through it
                return False
            if between.keyword == "SHELL" or (between.keyword in {"ENV", "ARG"} and _uses(text, between.text)):
                return False
            if between.keyword in {"COPY", "ADD"} and (
                _names_files(text, between.text) or (layer < place and _makes_owner(text, between.flags))
            ):
                return False
        return True

    def workdir(self, layer: int) -> str:
        """Give the WORKDIR in force when a layer was made, as far as history says."""
        directory = "/"
        for step in self.steps[: self._step_of.get(layer, 0) + 1]:
            if step.instruction and step.instruction.keyword == "WORKDIR":
                path = step.instruction.text.strip()
                directory = path if path.startswith("/") else f"{directory.rstrip('/')}/{path}"
        return directory.rstrip("/") or "/"

    def user(self, layer: int) -> str:
        """Give the USER in force when a layer was made; "" for root or where no step says it."""
        user = ""
        for step in self.steps[: self._step_of.get(layer, 0) + 1]:
            if step.instruction and step.instruction.keyword == "USER":
                user = step.instruction.text.strip()
        return "" if user.split(":")[0] in {"0", "root"} else user

    def between(self, first: int, last: int) -> Iterator[int]:
        """Give the layers between two."""
        return iter(range(first + 1, last))

    def edit(self, layer: int, lines: tuple[str, ...]) -> Edit:
        """Put lines in the place of a layer's instruction; none takes it out."""
        instruction = self.layers[layer].instruction
        first = instruction.dockerfile_line if instruction else None
        last = instruction.dockerfile_end_line if instruction else None
        return Edit(safe_lines(lines), first, last if last is not None else first, layer=layer)

    def base_count(self, known: int | None, *, has_system: bool) -> int:
        """Say how many layers to treat as the FROM image's: as known, as lines tell, or the layer with the system.

        `has_system`: layer 0 holds an operating system (`/etc/os-release`).
        """
        if known is not None:
            return known
        lined = [index for index in range(len(self.layers)) if self.line(index) is not None]
        if lined:
            return lined[0]
        return 1 if has_system and 0 not in self._shared and self.keyword(0) in {"", "ADD"} else 0
