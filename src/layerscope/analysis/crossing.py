"""Whether a RUN may go past another step: what one names, the other must not write.

Owns that question, asked of what the layers hold; `remedies.py` asks it of every RUN that it moves.
"""

from layerscope.analysis import shelltext
from layerscope.analysis.reach import ended_nodes, names_within, ranges_of, shipped
from layerscope.analysis.script import Script
from layerscope.model.files import Kind
from layerscope.model.filetree import FileTree
from layerscope.model.ledger import Fate

_USERS = frozenset({b"/etc/passwd", b"/etc/group"})
_BY_USER = ("chown", "chgrp", "su", "sudo", "install", "usermod", "adduser", "setpriv", "gosu")
_CHANGERS = ("chown", "chgrp", "chmod", "touch", "cp -", "mv ", "tar ", "install ", "rsync ")
_MOST_NODES = 20_000
"""Of a layer; what writes more is an installation, and is asked by its words only."""


class Crossing:
    """What the steps of an image write, remembered."""

    def __init__(self, tree: FileTree, script: Script) -> None:
        self._tree = tree
        self._script = script
        self._written: dict[int, frozenset[int]] = {}
        self._known: dict[tuple[int, int, bool], bool] = {}

    def __call__(self, layer: int, other: int, *, up: bool) -> bool:
        """Tell whether a RUN cannot go up, or down, past another step, as far as words and layers tell."""
        key = layer, other, up
        if key not in self._known:
            self._known[key] = self._found(layer, other, up=up)
        return self._known[key]

    def meets(self, command: str, directory: str, layer: int) -> bool:
        """Tell whether a command that is put in above a step changes what this writes, names or works in."""
        if command.startswith("find / "):
            return False
        ranges = ranges_of(self._tree, shelltext.arguments(command), directory)
        if any(low <= node < high for node in self.written(layer) for low, high in ranges):
            return True
        text, place = self._text(layer), self._script.workdir(layer)
        if any(map(shelltext.looks_around, shelltext.pieces(text) or ([text] if text else []))):
            here = self._tree.find(place.encode("utf-8", "surrogateescape"))
            if here is not None and any(low <= here < high or self._tree.parent[low] == here for low, high in ranges):
                return True
        return names_within(text, place, self._tree, ranges)

    def written(self, layer: int) -> frozenset[int]:
        """Give the nodes that a layer writes or removes; directories that were there are not counted."""
        if layer not in self._written:
            tree = self._tree
            made = (
                one.node
                for one in shipped(tree, layer, [(0, tree.node_count)])
                if one.kind != Kind.DIRECTORY or one.below < 0
            )
            self._written[layer] = frozenset((*made, *ended_nodes(tree, layer)))
        return self._written[layer]

    def _found(self, layer: int, other: int, *, up: bool) -> bool:
        mine, others = self.written(layer), self.written(other)
        if mine & others or self._names(layer, self._seen(layer, other), looks=up):
            return True
        if self._names(other, self._seen(other, layer), looks=not up):
            return True
        if up and self._script.keyword(other) == "WORKDIR" and self._goes_into(layer, others):
            return True
        users = {node for node in map(self._tree.find, _USERS) if node is not None}
        return (self._asks_users(layer) and bool(users & others)) or (self._asks_users(other) and bool(users & mine))

    def _goes_into(self, layer: int, made: frozenset[int]) -> bool:
        """Tell whether a RUN works in a directory that a step makes."""
        return self._tree.find(self._script.workdir(layer).encode("utf-8", "surrogateescape")) in made

    def _seen(self, reader: int, writer: int) -> frozenset[int]:
        """Give what one step writes, as far as a RUN sees it: owners and modes matter to those that change them."""
        if any(piece.startswith(_CHANGERS) for piece in shelltext.pieces(self._text(reader)) or ()):
            return self.written(writer)
        return self.written(writer) - self._shipped_again(writer)

    def _shipped_again(self, layer: int) -> set[int]:
        tree, everything = self._tree, [(0, self._tree.node_count)]
        return {
            one.node
            for one in shipped(tree, layer, everything)
            if one.below >= 0 and tree.fate[one.below] == Fate.RESHIPPED
        }

    def _names(self, layer: int, nodes: frozenset[int], *, looks: bool) -> bool:
        """Tell whether a RUN names one of some paths, or a directory that holds one.

        `looks`: or works in such a directory, with files that it does not name; they would not be there.
        """
        text = self._text(layer)
        if not text or not nodes or len(nodes) > _MOST_NODES:
            return False
        directory = self._script.workdir(layer)
        if looks and directory != "/" and any(map(shelltext.looks_around, shelltext.pieces(text) or [text])):
            text = f"{text} && x {directory}"
        above = set(nodes)
        for node in nodes:
            up = self._tree.parent[node]
            while up > 0 and up not in above:
                above.add(up)
                up = self._tree.parent[up]
        return names_within(text, directory, self._tree, [(node, node + 1) for node in above])

    def _asks_users(self, layer: int) -> bool:
        text = self._text(layer)
        return any(piece.startswith(_BY_USER) for piece in shelltext.pieces(text) or ())

    def _text(self, layer: int) -> str:
        keyword, instruction = self._script.keyword(layer), self._script.instruction(layer)
        if keyword == "WORKDIR":  # makes it, where it is not there
            return f"mkdir {self._script.workdir(layer)}"
        return instruction.text if instruction and keyword == "RUN" else ""
