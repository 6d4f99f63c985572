"""What a range of layers did to the tree, as rows in pre-order: what a file pane shows and a report lists."""

from array import array

from layerscope.frozen import dataclass


@dataclass(slots=True)
class TreeDiff:
    """Rows for the paths of a comparison, each with its own change, apart from what happened below it.

    "Before" is the state without layer `first_layer` and all above, "after" the state with layers up to
    `last_layer`. Rows are in pre-order and always hold all ancestors of each other; row 0 is the root.
    """

    first_layer: int
    last_layer: int
    node: "array[int]"
    """By row: the path's node in the file tree."""
    end: "array[int]"
    """By row: the row after the last one of its subtree."""
    before: "array[int]"
    """By row: its entry before the range, or -1."""
    after: "array[int]"
    """By row: its entry after the range, or -1."""
    change: bytearray
    """By row: `Change` of the path itself."""
    aspects: bytearray
    """By row: the `Aspect` flags in which a modified path differs; 0 for all others."""
    inner: bytearray
    """By row: 1 when a path below it changed."""
    size: "array[int]"
    """By row: stored content bytes after the range, of the whole subtree; of what the range removed, the bytes
    removed. A directory that still exists does not count what was removed from it."""
    wasted: "array[int]"
    """By row: bytes of this subtree that are not in the final image: those that layers of the range shipped, and those
    of files below the range that are rows, unmodified."""

    def __len__(self) -> int:
        return len(self.node)
