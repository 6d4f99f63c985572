"""A path's life: what each layer did to it."""

from layerscope.frozen import dataclass
from layerscope.model.files import Aspect, Change
from layerscope.model.ledger import Fate


@dataclass(frozen=True, slots=True)
class TimelineEvent:
    """One layer's doing to one path; layers that left it alone have none."""

    layer_index: int
    change: Change
    """UNMODIFIED when the layer shipped it again, the same in every respect."""
    aspects: Aspect
    """In what it differs from before; NONE unless modified."""
    entry: int | None
    """What the path is afterwards; None once removed."""
    size_bytes: int
    """Apparent size afterwards; 0 once removed."""
    stored_bytes: int
    """What the layer shipped at this path, superseded entries of the same layer included."""
    fate: Fate
    """What became of those bytes (of the last entry's)."""
    killer: int | None
    """The layer that ended them, or None."""
