"""Whether what changes owners and modes may be done elsewhere, so that all is in the end as it was, and fewer bytes.

Owns these questions, asked of what the layers hold; `reshipping.py` writes the advice. Where it is not certain the
answer is no: people get told what to do in words, and no lines to paste.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from layerscope.analysis import shelltext
from layerscope.analysis.bunch import Bunch, Places, joined
from layerscope.analysis.detecting import Deaths
from layerscope.analysis.evidence import Evidence
from layerscope.analysis.reach import (
    Range,
    Shipped,
    attributes,
    ended,
    first_entry,
    is_plain_directory,
    named,
    names_within,
    ranges_of,
    shipped,
)
from layerscope.analysis.remedies import REMOVERS, acts_on, elsewhere, merged_runs, without_pieces
from layerscope.frozen import cached_property
from layerscope.model.files import Kind
from layerscope.model.filetree import NONE
from layerscope.model.findings import Edit

CHANGERS = {
    "chown": ("chown", "chgrp"),
    "chmod": ("chmod", "setcap", "setfacl", "chattr", "install"),
    "touch": ("touch",),
}
"""What ships files again, by what it is called in findings."""

_ALL_CHANGERS = tuple(name for names in CHANGERS.values() for name in names)
_MOVABLE = frozenset({"chown", "chgrp", "chmod", "touch"})
"""They are in every image; `setcap` may have been installed for this one use."""
_CARRIERS = frozenset({"cp", "mv", "tar", "install", "rsync", "cpio"})
"""What they make has the owner and mode of what it was made of, or is not where it was."""
_QUIET = frozenset({
    "mkdir", "rm", "rmdir", "unlink", "true", ":", "test", "[", "useradd", "groupadd", "adduser", "addgroup", "echo",
    "printf", "cat", "ls", "cd", "set", "chown", "chgrp", "chmod", "touch",
})  # fmt: skip
"""They write what they name, and nothing else but lists of users."""
_USERS = (b"/etc/passwd", b"/etc/group")


class Move:
    """Commands of one RUN, and the layers that shipped first what they ship again."""

    def __init__(self, evidence: Evidence, pieces: Sequence[str], killer: int, origins: Mapping[int, Bunch]) -> None:
        """`origins`: by layer, the files."""
        self.evidence = evidence
        self.pieces = pieces
        self.killer = killer
        self.origins = origins

    @property
    def origin(self) -> int:
        """The first of these layers."""
        return min(self.origins)

    def edits(self) -> tuple[Edit, ...]:
        """Do it at the end of the RUN that made the files."""
        script = self.evidence.script
        directory, place = script.workdir(self.killer), script.workdir(self.origin)
        moved = [elsewhere(piece, directory, place) for piece in self._changing]
        return merged_runs(script, (self.origin,), moved) + without_pieces(script, self.killer, self._changing)

    # --- what is asked

    def is_safe(self) -> bool:
        """Tell whether commands may be done at the end of the one RUN that made the files."""
        evidence, script = self.evidence, self.evidence.script
        same_user = {script.user(layer) for layer in self._layers() if script.keyword(layer) == "RUN"}
        same_user.add(script.user(self.origin))
        return (
            len(same_user) == 1
            and not evidence.in_base(self.origin)
            and all(piece.split()[0] in _MOVABLE for piece in self._changing)
            and script.can_move(self.killer, self.origin, " && ".join(self._changing))
            and self._knows_owners()
            and self._reaches_all()
            and self._meets_the_same()
            and self._is_not_carried()
        )

    def only_ships_again(self) -> bool:
        """Tell whether the RUN does nothing by these commands but ship files again, and by no other."""
        nodes = set(joined(self.origins.values()).nodes)
        return self._ranges is not None and self._covers_all() and self._others_are_quiet() and all(
            is_plain_directory(self.evidence.tree, one) or (one.below != NONE and one.node in nodes)
            for one in shipped(self.evidence.tree, self.killer, self._ranges)
        )  # fmt: skip

    def only_these_change(self, group: Deaths) -> bool:
        """Tell whether nothing else ships these files again: no other command of the RUN, and no RUN in between."""
        between = any(death.owner != death.origin for death in group)
        return not between and self._ranges is not None and self._covers_all()

    def leaves_as_it_was(self, copies: Sequence[int], command: str) -> bool:
        """Tell whether an option of COPYs, in the place of the commands, gives everything the owner and mode it has."""
        return (
            not any(piece.startswith("chgrp") for piece in self.pieces)
            and self._is_not_carried(copies)
            and all(map(self._option_fits, copies))
            and all(self._is_left(one, copies, command) for one in self._shipped_by_killer())
        )

    # --- what is looked at

    @cached_property
    def _pieces_of_killer(self) -> list[str]:
        return shelltext.pieces(self.evidence.script.run(self.killer) or "") or []

    @cached_property
    def _changing(self) -> list[str]:
        """All commands of the RUN that change owner, mode or time of these files, asked for or not."""
        directory = self.evidence.script.workdir(self.killer)
        places = Places(self.evidence.tree, joined(self.origins.values()))
        return [one for one in self._pieces_of_killer if acts_on(one, _ALL_CHANGERS, directory, places)]

    @cached_property
    def _ranges(self) -> list[Range] | None:
        """All that they may change; None where it is not known."""
        directory = self.evidence.script.workdir(self.killer)
        found: list[Range] = []
        for piece in self._changing:
            paths = named(piece)
            if not paths:
                return None
            found += ranges_of(self.evidence.tree, paths, directory)
        return found

    def _layers(self) -> range:
        return range(self.origin + 1, self.killer + 1)

    def _shipped_by_killer(self) -> Iterator[Shipped]:
        return shipped(self.evidence.tree, self.killer, self._ranges or ())

    def _knows_owners(self) -> bool:
        """Tell whether users are the same where the files are made: a name may be made later."""
        owners = [piece.split() for piece in self._changing if piece.startswith(CHANGERS["chown"])]
        words = (next((word for word in words[1:] if not word.startswith("-")), "") for words in owners)
        if all(part.isdigit() for word in words for part in word.split(":") if part):
            return True
        tree = self.evidence.tree
        nodes = [node for node in map(tree.find, _USERS) if node is not None]
        return not any(tree.ships_within(node, node + 1, layer) for node in nodes for layer in self._layers())

    def _meets_the_same(self) -> bool:
        """Tell whether the commands find, where the files are made, what they find now; nothing is written later."""
        tree, ranges = self.evidence.tree, self._ranges
        if ranges is None:
            return False
        mine = set(joined(self.origins.values()).nodes)
        for layer in self._layers():
            if any(owner < self.origin and size for owner, size in ended(tree, layer, ranges)):
                return False
            for one in shipped(tree, layer, ranges):
                if one.below == NONE or tree.layer_of(one.below) > self.origin:
                    return False
                same = one.kind != Kind.DIRECTORY and tree.tables[layer].size[one.row] == 0
                if layer < self.killer and not is_plain_directory(tree, one):
                    return False
                if one.kind != Kind.DIRECTORY and not self._is_as_old(one):
                    return False
                if one.kind != Kind.DIRECTORY and one.node not in mine and not (same and self._is_empty(one.below)):
                    return False
        return True

    def _is_as_old(self, one: Shipped) -> bool:
        """Tell whether a file was not written again, with the same content; where `touch` did that, nobody can tell."""
        if any(piece.startswith("touch") for piece in self._changing):
            return self._others_are_quiet()
        (table, row), (old, old_row) = map(self.evidence.tree.place_of, (one.entry, one.below))
        return table.mtime_s[row] == old.mtime_s[old_row]

    def _others_are_quiet(self) -> bool:
        """Tell whether no other command of the RUN may write these files."""
        others = [piece for piece in self._pieces_of_killer if piece not in self._changing]
        directory, tree = self.evidence.script.workdir(self.killer), self.evidence.tree
        naming = (names_within(one, directory, tree, self._ranges or ()) for one in others)
        return all((shelltext.words(one) or [""])[0] in _QUIET for one in others) and not any(naming)

    def _reaches_all(self) -> bool:
        """Tell whether the commands name all the files, or directories above them: else others ship some again."""
        nodes = set(joined(self.origins.values()).nodes)
        return all(any(low <= node < high for low, high in self._ranges or ()) for node in nodes)

    def _covers_all(self) -> bool:
        """Tell whether what was asked for is all that ships the files again."""
        return set(self._changing) == set(self.pieces) and self._reaches_all()

    def _is_empty(self, entry: int) -> bool:
        table, row = self.evidence.tree.place_of(entry)
        return table.size[row] == 0

    def _is_not_carried(self, origins: Iterable[int] = ()) -> bool:
        """Tell whether nothing takes the files along, with owner and mode as they are before."""
        script, tree = self.evidence.script, self.evidence.tree
        first = min(origins, default=self.origin)
        ranges = list(self._ranges or ())
        for layer in range(first + 1, self.killer + 1):
            text = script.run(layer)
            if script.keyword(layer) == "RUN" and text is None:
                return False
            carrying = (
                one for one in shelltext.pieces(text or "") or () if (shelltext.words(one) or [""])[0] in _CARRIERS
            )
            if any(names_within(one, script.workdir(layer), tree, ranges) for one in carrying):
                return False
        before = self._pieces_of_killer[: max(map(self._pieces_of_killer.index, self._changing), default=0)]
        others = [one for one in before if one not in self._changing and one.split()[0] not in REMOVERS]
        directory = script.workdir(self.killer)
        return bool(origins) or not any(names_within(one, directory, tree, ranges) for one in others)

    def _option_fits(self, copy: int) -> bool:
        """Tell whether all that a COPY makes has, behind the commands, what its option would give it."""
        tree = self.evidence.tree
        wanted = {self._value(tree.alive_after(node, self.killer)) for node in self.origins[copy].nodes}
        for one in shipped(tree, copy, [(0, tree.node_count)]):
            if one.kind == Kind.DIRECTORY and one.below != NONE:
                continue
            then = tree.alive_after(one.node, self.killer)
            if then != NONE and self._value(then) not in wanted:
                return False
            if one.kind == Kind.DIRECTORY and self.pieces[0].startswith("chmod") and wanted != {0o755}:
                return False  # those above the target get 0755, those below it the option's
        return len(wanted) == 1

    def _value(self, entry: int) -> object:
        uid, gid, mode, _more = attributes(self.evidence.tree, entry)
        return mode if self.pieces[0].startswith("chmod") else (uid, gid)

    def _is_left(self, one: Shipped, copies: Sequence[int], command: str) -> bool:
        """Tell whether what the RUN ships is as it is without the commands, or is changed by what is left of them."""
        tree = self.evidence.tree
        mine = {node for copy in copies for node in self.origins[copy].nodes}
        if one.node in mine:
            return self._differs_only(one, command)
        if command == "chown":  # the rest is changed as before, but for what has the right user and another group
            before = attributes(tree, one.below) if one.below != NONE else (-1, -1, 0, None)
            now = attributes(tree, one.entry)
            return before[0] != now[0] or before[1] == now[1]
        made = (
            one.kind == Kind.DIRECTORY and one.below != NONE and tree.layer_of(first_entry(tree, one.below)) in copies
        )
        return made or is_plain_directory(tree, one)

    def _differs_only(self, one: Shipped, command: str) -> bool:
        """Tell whether a file differs from what it was in what the option sets, and was not touched otherwise."""
        tree = self.evidence.tree
        if one.below == NONE:
            return False
        now, before = attributes(tree, one.entry), attributes(tree, one.below)
        same = now[2:] == before[2:] if command == "chown" else (*now[:2], now[3]) == (*before[:2], before[3])
        return same and self._is_as_old(one)
