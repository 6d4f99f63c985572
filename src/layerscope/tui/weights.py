"""What every path of an image weighs, with all that is below it: bytes shipped by all layers, and those wasted."""

from array import array
from itertools import compress

from layerscope.frozen import dataclass
from layerscope.model.filetree import FileTree


@dataclass(frozen=True, slots=True)
class Weights:
    """By node."""

    tree: FileTree
    shipped: "array[int]"
    wasted: "array[int]"

    def inside(self, node: int) -> list[int]:
        """List what is in a directory and was ever of some weight, the heaviest first."""
        found = [child for child in self.tree.children(node) if self.shipped[child]]
        return sorted(found, key=lambda child: (-self.shipped[child], child))

    def is_directory(self, node: int) -> bool:
        """Tell whether something is below a path."""
        return self.tree.end[node] > node + 1


def weigh(tree: FileTree) -> Weights:
    """Add up; linear in entries and paths."""
    shipped, wasted = array("Q", bytes(8 * tree.node_count)), array("Q", bytes(8 * tree.node_count))
    for layer, table in enumerate(tree.tables):
        fates = tree.fate[tree.first_entry[layer] : tree.first_entry[layer] + len(table)]
        for node, size in compress(zip(table.node, table.size, strict=True), table.size):
            shipped[node] += size
        for node, size in compress(zip(table.node, table.size, strict=True), fates):
            wasted[node] += size
    for sums in (shipped, wasted):
        for node in range(tree.node_count - 1, 0, -1):  # a directory comes before what is in it
            if sums[node]:
                sums[tree.parent[node]] += sums[node]
    return Weights(tree, shipped, wasted)
