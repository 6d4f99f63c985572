"""A Dockerfile written from the history, for images of which nobody has the real one.

Owns how instructions read back from history are written so that they parse again, and how to mark what is lost.
It invents nothing: what the history does not tell stands there as a comment.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice

from layerscope.frozen import dataclass, field
from layerscope.history.baselayers import named_base
from layerscope.history.forms import pairs_of
from layerscope.history.godump import as_json, json_words
from layerscope.history.grammar import heredocs_of
from layerscope.history.likeness import Observed, observe_all
from layerscope.model.history import Instruction, Step
from layerscope.model.image import ImageConfig
from layerscope.model.inspection import Inspection
from layerscope.patterns import regex
from layerscope.units import printable

_BARE = regex(r"[\w./:@%+,=~^-]*")
_NAME = regex(r" ([A-Za-z_][\w.-]{0,255})=")
_HASHED = regex(r"((?:file|dir|multi):\S+) in (.*)", re.DOTALL)
_INLINE_SCRIPT = "/dev/pipes/"
"""Where BuildKit puts a here-document that starts with #!."""
_OPERATORS = ("&&", "||")
_MOST_ODD_NAMES = 100


@dataclass(frozen=True, slots=True)
class _Known:
    """Variables or labels as the configuration has them."""

    values: Mapping[str, str]
    odd: tuple[str, ...] = ()
    """Names with blanks and the like, which text alone does not show; nobody has many."""

    @classmethod
    def of(cls, values: Mapping[str, str]) -> "_Known":
        """Look through the names once, not for every pair of every step."""
        odd = (name for name in values if name and not _NAME.fullmatch(f" {name}="))
        return cls(values, tuple(islice(odd, _MOST_ODD_NAMES)))


@dataclass(frozen=True, slots=True)
class Origin:
    """What is known of the image that the steps belong to."""

    reference: str
    base: str = ""
    """Name of the image that it is FROM; "" where not known."""
    base_step_count: int = 0
    """How many of the first steps are that image's."""
    config: ImageConfig = field(default_factory=ImageConfig)


@dataclass(frozen=True, slots=True)
class Reconstruction:
    """What was written, and which of its lines stand for which step."""

    lines: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]
    """By step: first and last line, from 1; comments that belong to it included."""

    @property
    def text(self) -> str:
        """The whole file."""
        return "\n".join(self.lines) + "\n"


def reconstruct(steps: Sequence[Step], origin: Origin) -> Reconstruction:
    """Write a Dockerfile that would have given this history; its first lines say what it is. No step is left out."""
    lines = [
        f"# Written by layerscope from the history of {printable(origin.reference)}.",
        "# This is not the original Dockerfile: names of copied files, comments and other stages are lost.",
        "",
        f"FROM {_base(origin)}",
    ]
    start = origin.base_step_count if _base(origin) != "scratch" else 0
    seen = observe_all(step.instruction for step in steps)
    env = _Known.of(dict(entry.partition("=")[::2] for entry in origin.config.env))
    labels = _Known.of(origin.config.labels)
    spans: list[tuple[int, int]] = []
    if start:
        lines.append("# Steps of that image:")
    for index, (step, observed) in enumerate(zip(steps, seen, strict=True)):
        first = len(lines) + 1
        for part in _of_base(step) if index < start else _written(step, observed, env, labels):
            lines += part.split("\n")
        spans.append((first, len(lines)))
    return Reconstruction(tuple(lines), tuple(spans))


def reconstruct_image(inspection: Inspection) -> Reconstruction:
    """Write a Dockerfile for an image that is read."""
    image, steps = inspection.image, inspection.steps
    base, count = named_base(steps, image.base_layer_count, image.annotations)
    origin = Origin(image.reference, base=base, base_step_count=count, config=image.config)
    return reconstruct(steps, origin)


def _of_base(step: Step) -> Iterator[str]:
    """Name a step of the image that FROM brings: it is not written again."""
    yield f"#   {printable(step.instruction.line if step.instruction else step.record.created_by)}".rstrip()


def _base(origin: Origin) -> str:
    return origin.base if origin.base_step_count and re.fullmatch(r"[\w./:@-]+", origin.base) else "scratch"


def _written(step: Step, seen: Observed | None, env: _Known, labels: _Known) -> Iterator[str]:
    """Write one step: its instruction, or a comment where there is none that could be parsed again."""
    instruction = step.instruction
    if instruction is None or not instruction.keyword:
        yield f"# {printable(instruction.text if instruction else step.record.created_by) or 'a step without a word'}"
        return
    text = _text(instruction, seen, env, labels) if _is_plain(instruction.line) else None
    if text is None:
        yield f"# cannot be written in a Dockerfile: {printable(instruction.line)}"
        return
    if seen is not None and seen.kind:
        yield "# what was copied is lost, but for its hash"
    elif text.startswith(_INLINE_SCRIPT):
        yield "# what this script contained is lost"
    yield " ".join(part for part in (instruction.keyword, *instruction.flags, text) if part)


def _is_plain(text: str) -> bool:
    """Say whether text can be shown as it is: nothing in it but new lines, tabs and what is visible."""
    bare = re.sub(r"[\n\t\\]", "", text)
    return printable(bare) == bare


def _text(instruction: Instruction, seen: Observed | None, env: _Known, labels: _Known) -> str | None:
    """Write what follows the keyword; None where the grammar has no way to say it, or the history lost it."""
    keyword, text = instruction.keyword, instruction.text
    match = _HASHED.fullmatch(text)
    if keyword == "RUN":
        return _run(text)
    if keyword in {"ADD", "COPY"} and match is not None:
        return _words((match[1], match[2]))
    if keyword == "ENV":
        return _pairs(text, env)
    if keyword == "LABEL":
        return _pairs(text, labels)
    if keyword == "ARG" and "=" in text:
        name, _, value = text.partition("=")
        return _pairs(text, _Known.of({name: value}))
    if keyword == "ARG":  # buildah lists all names so far: the new one is meant
        text = seen.text if seen is not None else ""
    if keyword == "FROM" or (keyword == "SHELL" and json_words(text) is None):
        return None
    lost = keyword in {"ADD", "COPY", "ONBUILD"} and heredocs_of(text)
    return None if lost or not _fits_one_line(text) else text


def _fits_one_line(text: str) -> bool:
    return bool(text.strip()) and "\n" not in text and not text.rstrip().endswith("\\") and not text.startswith("--")


def _words(words: Iterable[str]) -> str | None:
    """Write sources and destination, in JSON form where one has blanks."""
    listed = tuple(words)
    if any("\n" in word for word in listed):
        return None
    return " ".join(listed) if all(_BARE.fullmatch(word) and word for word in listed) else as_json(listed)


def _run(text: str) -> str | None:
    """Write a command: on lines of its own after each `&&`, or as a here-document where it would not survive that."""
    if not text.strip():
        return None
    if not _fits_one_line(text) or text.startswith("#") or heredocs_of(text):
        taken = re.findall("EOFF*", text)
        name = max(taken, key=len) + "F" if taken else "EOF"
        return f"<<{name}\n{text}\n{name}"
    return " \\\n    ".join(_clauses(text))


def _clauses(text: str) -> Iterator[str]:
    """Split a command before each `&&` and `||` outside quotes and parentheses; blanks there mean nothing."""
    quote, depth, start, index = "", 0, 0, 0
    begun = False
    """Something stands between start and index."""
    if not any(operator in text for operator in _OPERATORS):
        index = len(text)
    while index < len(text):
        char = text[index]
        if char == "\\" and quote != "'":
            index += 1
        elif quote:
            quote = "" if char == quote else quote
        elif char in "'\"`":
            quote = char
        elif char in "({":
            depth += 1
        elif char in ")}":
            depth = max(depth - 1, 0)
        elif not depth and begun and text.startswith(_OPERATORS, index):
            if text[index - 1] in " \t":
                yield text[start:index].rstrip()
                start = index
            index += 1
        begun = begun or not char.isspace()
        index += 1
    yield text[start:].rstrip()


def _pairs(text: str, known: _Known) -> str | None:
    """Write `A=1 B=two words` with the quotes that it lost; None where a value cannot be written.

    Where values may end in several places, the configuration decides.
    """
    pairs, certain = _split_pairs(text, known)
    if not pairs or (not certain and any(char in text for char in "\"'\\")):
        return text if _fits_one_line(text) and pairs_of(text) else None  # buildah and kaniko keep what was written
    written = [(_quoted(name), _quoted(value)) for name, value in pairs]
    if any(name is None or value is None for name, value in written):
        return None
    return " ".join(f"{name}={value}" for name, value in written)


def _split_pairs(text: str, known: _Known) -> tuple[list[tuple[str, str]], bool]:
    """Split `A=1 B=two words` into its pairs; whether the configuration confirms every one of them."""
    found: list[tuple[str, str]] = []
    certain = True
    position = 0
    while position < len(text):
        name = _name_at(text, position, known)
        if name is None:
            return [], False
        start = position + len(name) + 1
        value = known.values.get(name)
        end = len(text) if value is None else start + len(value)
        if value is None or not text.startswith(value, start) or not _may_end(text, end, known):
            following = _NAME.search(text, start)
            end = len(text) if following is None else following.start()
            certain = False
        found.append((name, text[start:end]))
        position = end + 1
    return found, certain


def _name_at(text: str, position: int, known: _Known) -> str | None:
    """Read the name that stands at a position; those with blanks only the configuration knows."""
    match = _NAME.match(" " + text[position : position + 300])
    if match is not None:
        return match[1]
    return next((name for name in known.odd if text.startswith(f"{name}=", position)), None)


def _may_end(text: str, position: int, known: _Known) -> bool:
    """Say whether a pair may end at a position: at the end, or where another begins."""
    return position == len(text) or (text[position] == " " and _name_at(text, position + 1, known) is not None)


def _quoted(value: str) -> str | None:
    """Write a value so that it comes out as it is; None for one with a new line."""
    if "\n" in value:
        return None
    if _BARE.fullmatch(value) and value:
        return value
    escaped = re.sub(r'([\\"$])', r"\\\1", value)
    return f'"{escaped}"'
