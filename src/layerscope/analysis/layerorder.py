"""The order of layers: which instruction makes others be built again, and what that costs in bytes.

Owns what "volatile" means (what a COPY brings changes often) and how a finding on order is put together. A change of a
layer makes it and all above it anew; what stands below is taken from the cache. Nothing here is waste of the image as
it is: these bytes are no part of any sum.
"""

from collections.abc import Iterable, Iterator

from layerscope.analysis.detecting import Rule, practice_finding
from layerscope.analysis.evidence import Evidence
from layerscope.analysis.remedies import copy_words
from layerscope.analysis.script import safe
from layerscope.frozen import dataclass, replace
from layerscope.model.files import Kind
from layerscope.model.findings import Edit, Finding
from layerscope.model.history import Instruction, Volatility
from layerscope.model.inspection import Layer
from layerscope.patterns import regex
from layerscope.units import format_size

LEAST_BYTES = 1_000_000
"""What a better order must save in a rebuild to be worth a line of anybody's time."""

_OFTEN = 0.1
"""Share of commits from which on sources count as volatile."""
_MANY_FILES = 5
"""A directory of sources has more files than this; a manifest or a script comes alone."""
_WHOLE = frozenset({".", "./", "/", "*", "./*"})
_MANIFEST = regex(
    r"(?:requirements[\w.-]*\.(?:txt|in)|(?:package(?:-lock)?|composer|npm-shrinkwrap)\.(?:json|lock)|package\*\.json|yarn\.lock"
    r"|pnpm-lock\.yaml|bun\.lockb?|poetry\.lock|uv\.lock|pdm\.lock|Pipfile(?:\.lock)?|pyproject\.toml|setup\.(?:py|cfg)"
    r"|Gemfile(?:\.lock)?|go\.(?:mod|sum|work)|Cargo\.(?:toml|lock)|pom\.xml|(?:build|settings)\.gradle(?:\.kts)?"
    r"|mix\.(?:exs|lock)|[\w.*-]+\.(?:csproj|fsproj|sln|gemspec|cabal))"
)


@dataclass(frozen=True, slots=True)
class Cost:
    """What layers cost when they are made anew."""

    content_bytes: int = 0
    stored_bytes: int = 0

    @classmethod
    def of(cls, layers: Iterable[Layer]) -> "Cost":
        """Add up whole layers."""
        found = list(layers)
        return cls(sum(one.content_bytes for one in found), sum(one.stored_bytes for one in found))

    def part(self, content_bytes: int) -> "Cost":
        """Give the share of some of the content; stored bytes in proportion."""
        share = content_bytes / self.content_bytes if self.content_bytes else 0.0
        return Cost(content_bytes, round(self.stored_bytes * share))

    def __str__(self) -> str:
        return f"{format_size(self.content_bytes)} ({format_size(self.stored_bytes)} as stored)"


@dataclass(frozen=True, slots=True)
class Place:
    """One instruction above the base, in the order of the build."""

    index: int
    instruction: Instruction
    layer: int | None
    """The layer that it alone made."""

    @property
    def is_copy(self) -> bool:
        """Tell whether it brings files of the build's context."""
        from_stage = any(flag.startswith("--from=") for flag in self.instruction.flags)
        return self.instruction.keyword in {"COPY", "ADD"} and not from_stage

    @property
    def text(self) -> str:
        """What follows the keyword."""
        return self.instruction.text


def places(evidence: Evidence) -> list[Place]:
    """List the instructions above the base; a layer that several made is nobody's."""
    script = evidence.script
    return [
        Place(index, instruction, layer if layer is not None and script.keyword(layer) else None)
        for index, (instruction, layer) in enumerate(script.above_base(evidence.base_count))
    ]


@dataclass(frozen=True, slots=True)
class VolatileCopy:
    """A COPY or ADD whose sources change often."""

    place: Place
    layer: int
    why: str
    """How that is known: "changed by 41 of 50 commits", "copies the whole directory"."""


def volatile_copies(evidence: Evidence, order: list[Place]) -> Iterator[VolatileCopy]:
    """Find them: by what the repository's history says where it was asked, else by what they copy."""
    known = evidence.inputs.beside.volatility if evidence.inputs.beside else {}
    for place in order:
        if not place.is_copy or place.layer is None:
            continue
        measured = known.get(place.instruction.dockerfile_line or 0)
        why = _measured(measured) if measured is not None else _looks_volatile(evidence, place, place.layer)
        if why:
            yield VolatileCopy(place, place.layer, why)


def _measured(found: Volatility) -> str:
    often = found.ratio >= _OFTEN and found.changed_count > 1
    return f"what it copies was changed by {found.changed_count} of {found.commit_count} commits" if often else ""


def _looks_volatile(evidence: Evidence, place: Place, layer: int) -> str:
    sources, _ = copy_words(place.instruction)
    if any(source in _WHOLE for source in sources):
        return "it copies the whole directory"
    if sources and all(is_manifest(source) for source in sources):
        return ""
    count = evidence.tree.tables[layer].kind.count(Kind.FILE)
    return f"it copies {count:,} files" if count > _MANY_FILES else ""


def is_manifest(source: str) -> bool:
    """Tell whether a file says which packages a program needs."""
    return _MANIFEST.fullmatch(source.rstrip("/").rpartition("/")[2]) is not None


def text_of(instruction: Instruction) -> str:
    """Name an instruction in a title: `COPY . .`, short and safe."""
    text = " ".join(safe(instruction.shown).split())
    return f"`{text if len(text) <= 50 else text[:49] + '…'}`"


def insertion(line: int | None, lines: tuple[str, ...]) -> Edit:
    """Put lines in before a line; text only where the line is not known."""
    return Edit(lines, line, line - 1 if line is not None else None)


def removal(instruction: Instruction) -> Edit:
    """Take an instruction out."""
    return Edit((), instruction.dockerfile_line, instruction.dockerfile_end_line)


def order_finding(
    rule: Rule, *, title: str, why: str, advice: str, layers: Iterable[int], line: int | None, saved: Cost,
    edits: tuple[Edit, ...] = (),
) -> Finding:  # fmt: skip
    """Write a finding on order, with what it saves in each rebuild; the image itself stays as large as it is."""
    found = practice_finding(
        rule, title=title, why=why, advice=advice, layers=layers, line=line, edits=edits if line is not None else ()
    )
    return replace(found, rebuild_content_bytes=saved.content_bytes, rebuild_stored_bytes=saved.stored_bytes)
