"""What if: changes to an image that somebody thinks about, and the image as it would be then.

Holds them; `analysis/plan.py` works them out.
"""

from collections.abc import Mapping

from layerscope.frozen import dataclass, field, replace
from layerscope.model.findings import Edit


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be changed; empty at first."""

    squashes: tuple[tuple[int, int], ...] = ()
    """(first, last) layers, ascending, apart from each other."""
    dropped: frozenset[int] = frozenset()
    """Nodes of paths, each with all that is below it."""
    fixed: frozenset[int] = frozenset()
    """Indexes of findings."""
    kept: frozenset[tuple[int, int, int]] = frozenset()
    """Of dropped paths what stays nevertheless: (node, layer that ships it, layer that hides it then or -1)."""

    def __bool__(self) -> bool:
        return bool(self.squashes or self.dropped or self.fixed)

    def squashed(self, first: int, last: int) -> "Plan":
        """Squash layers; ranges that overlap become one."""
        first, last = min(first, last), max(first, last)
        apart = [one for one in self.squashes if one[1] < first or last < one[0]]
        joined = [one for one in self.squashes if one not in apart]
        whole = min([first, *(one[0] for one in joined)]), max([last, *(one[1] for one in joined)])
        return replace(self, squashes=tuple(sorted([*apart, whole])))

    def unsquashed(self, layer: int) -> "Plan":
        """Leave the layers apart that are squashed with one."""
        return replace(self, squashes=tuple(one for one in self.squashes if not one[0] <= layer <= one[1]))

    def turned_path(self, node: int) -> "Plan":
        """Drop a path, or keep it after all."""
        return replace(self, dropped=self.dropped ^ {node})

    def turned_finding(self, index: int) -> "Plan":
        """Fix a finding, or leave it after all."""
        return replace(self, fixed=self.fixed ^ {index})


@dataclass(frozen=True, slots=True)
class AllFixes:
    """A plan of everything, by indexes of findings."""

    fixed: frozenset[int]
    held_back: Mapping[int, str]
    """Those that save bytes and are no part of it → why. Text is safe to show."""


@dataclass(frozen=True, slots=True)
class PlannedLayer:
    """A layer as it would be: one of the image, or several squashed."""

    first: int
    last: int
    content_bytes: int
    live_bytes: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """An image as it would be."""

    layers: tuple[PlannedLayer, ...]
    places: tuple[int, ...] = ()
    """Layer of the image as it is → the layer at whose place its instruction then stands; () where none moves."""

    @property
    def total_bytes(self) -> int:
        """All content bytes shipped."""
        return sum(layer.content_bytes for layer in self.layers)

    @property
    def live_bytes(self) -> int:
        """Those of them that are in the final image."""
        return sum(layer.live_bytes for layer in self.layers)

    @property
    def wasted_bytes(self) -> int:
        """Those that are not."""
        return self.total_bytes - self.live_bytes

    @property
    def efficiency(self) -> float:
        """Live / total, 0-1; 1.0 where nothing is shipped."""
        return self.live_bytes / self.total_bytes if self.total_bytes else 1.0

    def rebuilt_bytes(self, layer: int) -> int:
        """Count what is built, pushed and pulled again when a layer of the image as it is now changes."""
        at = max((self._place(one) for one in self.layers if one.first <= layer <= one.last), default=layer)
        return sum(one.content_bytes for one in self.layers if self._place(one) >= at)

    def moved_below(self, layer: int) -> tuple[PlannedLayer, ...]:
        """List what stands above the instruction of a layer now, and below it then: it is built again with it."""
        return tuple(one for one in self.layers if one.last < layer < self._place(one))

    def _place(self, layer: PlannedLayer) -> int:
        return max(self.places[layer.first : layer.last + 1], default=layer.last)


@dataclass(frozen=True, slots=True)
class Costlier:
    """An instruction that brings files, with RUNs that are joined below it: they run again when these change."""

    line: int
    run_lines: tuple[int, ...]
    run_bytes: int
    """What these RUNs ship then."""
    now_bytes: int
    """Built, pushed and pulled again after a change, as the Dockerfile is."""
    then_bytes: int


@dataclass(frozen=True, slots=True)
class TakenOut:
    """An instruction that brings files and goes, with the RUNs below it that may need them. Text is safe to show."""

    line: int
    text: str
    run_lines: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class FileOutlook:
    """What is known of the new Dockerfile before it is written."""

    layer_count: int
    built: Outcome
    """The image that it makes, with each layer where it then stands; that of the plan where there is no file."""
    left_out: dict[str, str] | None = None
    """By title of a change: why it is not in it; None where the Dockerfile is not known."""
    costlier: tuple[Costlier, ...] = ()
    notes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """By title of a change: see `PlannedChange.notes`."""
    advice: dict[str, str] = field(default_factory=dict)
    """By title of a change: what is to be done, and why it is not done here; of dropped paths it takes long to say."""
    is_nothing: bool = False
    """None of the changes is in the new Dockerfile: there is none."""


@dataclass(frozen=True, slots=True)
class PlannedChange:
    """One change of a plan, as it is said and done. All text is safe to show."""

    title: str
    saving_bytes: int
    """What the image ships less than without this change, the others made; they do not add up where they overlap."""
    advice: str
    edits: tuple[Edit, ...] = ()
    """Text to paste; empty where there is only advice."""
    left_out: str = ""
    """Why it is not in the whole Dockerfile of the plan; "" where it is, or there is none."""
    notes: tuple[str, ...] = ()
    """What of it is out of reach, or is not in the Dockerfile though the rest of it is."""


@dataclass(frozen=True, slots=True)
class ChangedFile:
    """A whole Dockerfile with the changes of a plan in it. All lines are safe to show and to paste."""

    name: str
    before: tuple[str, ...]
    lines: tuple[str, ...]
    outcome: Outcome
    """The image that it makes: that of the plan, unless changes are left out."""
    layer_count: int
    """How many layers it makes: fixes take out, join and add instructions."""
    ignored: tuple[str, ...] = ()
    """Lines that belong into `.dockerignore`."""
    line_end: str = "\n"
    """How the lines of the file end now; a difference only fits with the same."""
    is_ended: bool = True
    """Its last line ends like the others."""
    is_real: bool = True
    """Somebody wrote it; else it was written from the history, and what that does not tell is lost."""
    altered: frozenset[int] = frozenset()
    """Lines of `before`, from 0, that the file has in another form: with a secret's value, with control codes."""


@dataclass(frozen=True, slots=True)
class Foreseen:
    """A plan worked out: what it does to the image, change by change, and to the Dockerfile."""

    now: Outcome
    then: Outcome
    layer_count: int
    """How many layers there are then: squashes, and what fixes take out, join and add."""
    changes: tuple[PlannedChange, ...]
    file: ChangedFile | None
    """None where the Dockerfile is not known."""
    taken_out: tuple[TakenOut, ...] = ()
    """What brings files now and is not in the file."""
    costlier: tuple[Costlier, ...] = ()
    """What makes more be run again after a change than now, though the image is smaller."""

    @property
    def built(self) -> Outcome:
        """The image that is built then: by the new Dockerfile, where there is one."""
        return self.then if self.file is None else self.file.outcome

    @property
    def is_nothing(self) -> bool:
        """Tell whether none of the changes is in the Dockerfile: then there is no new one to offer."""
        return bool(self.changes) and self.file is not None and len(self.left_out) == len(self.changes)

    @property
    def shared_bytes(self) -> int:
        """What is saved beside the changes' own savings: by each of several, so that none alone is missed."""
        return self.now.total_bytes - self.then.total_bytes - sum(change.saving_bytes for change in self.changes)

    @property
    def left_out(self) -> tuple[PlannedChange, ...]:
        """The changes that are not in the file."""
        return tuple(change for change in self.changes if change.left_out)
