"""How the files are looked at: which changes are left out, which columns stand beside a name, in what order.

Enums, one frozen `Looks`, and pure functions that make the next one. Knows no layer, no widget, no text of an image.
"""

import enum
from typing import TypeVar

from layerscope.frozen import dataclass, replace
from layerscope.model.files import ATTRIBUTES_ONLY, Aspect, Change

_Choice = TypeVar("_Choice", bound=enum.Enum)


class Sort(enum.Enum):
    """The order of the entries of a directory; the value is how the title says it."""

    NAME = "name"
    SIZE = "size"
    WASTE = "waste"


class Quiet(enum.Enum):
    """Which modifications are too small to be shown; the value is how the title says it."""

    NONE = ""
    TIMES = "no mtime-only"
    ATTRIBUTES = "no attr-only"

    @property
    def aspects(self) -> Aspect:
        """A modification within these is left out."""
        return {Quiet.NONE: Aspect.NONE, Quiet.TIMES: Aspect.MTIME, Quiet.ATTRIBUTES: ATTRIBUTES_ONLY}[self]


class Column(enum.Enum):
    """What can stand beside a name; the value is how a user calls it."""

    SIZE = "size"
    BAR = "bar"
    WASTE = "waste"
    CHANGE = "change"
    MODE = "mode"
    OWNER = "owner"


@dataclass(frozen=True, slots=True)
class Looks:
    """What a user chose to see of each comparison."""

    sort: Sort = Sort.NAME
    hidden: frozenset[Change] = frozenset()
    """Added, modified, removed: paths that are left out. Unmodified ones are a matter of the view."""
    quiet: Quiet = Quiet.NONE
    columns: frozenset[Column] = frozenset(Column)
    """Those that may be shown where there is room."""

    @property
    def left_out(self) -> tuple[str, ...]:
        """Say what is left out, as the title does."""
        changes = tuple(f"no {change.label}" for change in sorted(self.hidden, reverse=True))
        return (*changes, self.quiet.value) if self.quiet is not Quiet.NONE else changes

    @property
    def hides(self) -> bool:
        """Tell whether some paths are left out."""
        return bool(self.hidden) or self.quiet is not Quiet.NONE


def turn_sort(looks: Looks) -> Looks:
    """Switch to the next order."""
    return replace(looks, sort=next_of(looks.sort))


def turn_quiet(looks: Looks) -> Looks:
    """Leave out more of the small modifications, or show all again."""
    return replace(looks, quiet=next_of(looks.quiet))


def toggle_change(looks: Looks, change: Change) -> Looks:
    """Show or leave out the paths of one change."""
    return replace(looks, hidden=looks.hidden ^ {change})


def toggle_column(looks: Looks, column: Column) -> Looks:
    """Show or leave out one column."""
    return replace(looks, columns=looks.columns ^ {column})


def next_of(choice: _Choice) -> _Choice:
    """Give the next member of a choice, and after the last one the first."""
    members = list(type(choice))
    return members[(members.index(choice) + 1) % len(members)]
