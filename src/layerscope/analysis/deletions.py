"""What to do about files that one layer ships and another deletes or overwrites: by who ships and who ends them."""

import posixpath
import shlex
from collections.abc import Iterable, Mapping

from layerscope.analysis import shelltext
from layerscope.analysis.bunch import Bunch
from layerscope.analysis.detecting import Remedy, common_directory
from layerscope.analysis.evidence import Evidence
from layerscope.analysis.ignoring import ignored_paths
from layerscope.analysis.reach import Range, names_within, ranges_of, shipped
from layerscope.analysis.remedies import (
    absolute,
    copy_words,
    forced,
    idle_removal,
    merged_runs,
    removals,
    removing_pieces,
    users_between,
    uses_before,
    with_pieces,
)
from layerscope.analysis.script import Script, safe
from layerscope.model.files import Kind
from layerscope.model.filetree import NONE
from layerscope.model.findings import Edit
from layerscope.model.ledger import Fate

_COPIES = ("COPY", "ADD")
_LONGEST_MERGE = 4
_MOST_SHOWN = 3


def deletion_remedy(evidence: Evidence, owner: int, killer: int, bunch: Bunch) -> Remedy:
    """Say how the files would not be shipped at all."""
    script = evidence.script
    if script.keyword(owner) in _COPIES:
        return _of_copy(evidence, owner, killer, bunch)
    found = _never_copied(evidence, owner, killer, bunch)
    if found is not None:
        return found
    if script.run(owner) is not None and script.run(killer) is not None:
        return _of_runs(evidence, owner, killer, bunch)
    return Remedy(f"Do not put these files into {script.place(owner)}, or delete them in the step that makes them.")


def _never_copied(evidence: Evidence, owner: int, killer: int, bunch: Bunch) -> Remedy | None:
    """Keep files out of the context that a COPY brings and a RUN only ships again: a chown of all, mostly."""
    script, tree = evidence.script, evidence.tree
    origins = set()
    for node in bunch.nodes:
        entry = next((one for one in tree.entries_at(node) if tree.layer_of(one) == owner), NONE)
        while entry != NONE and (below := tree.below[entry]) != NONE and tree.fate[below] == Fate.RESHIPPED:
            entry = below
        origins.add(tree.layer_of(entry) if entry != NONE else owner)
        if owner in origins or len(origins) > 1:
            return None
    origin = origins.pop() if origins else owner
    instruction = script.instruction(origin)
    if origin == owner or instruction is None or script.keyword(origin) not in _COPIES or evidence.in_base(origin):
        return None
    names = _names(evidence, bunch)
    names += ["git"] if any(".git" in tree.path(node).decode("utf-8", "replace") for node in bunch.nodes[:1]) else []
    pieces = removing_pieces(evidence, killer, bunch)
    ignored = ignored_paths(evidence, instruction, origin, bunch, but=pieces, killer=killer)
    if uses_before(script, killer, pieces, names):
        return None
    users = users_between(script, origin, killer, names)
    if not ignored or any(layer != owner for layer in users):
        return None
    gone = with_pieces(script, killer, {piece: rest for piece, (_mine, rest) in pieces.items()})
    shown = f"`{'`, `'.join(ignored)}`" if len(ignored) <= _MOST_SHOWN else "them"
    needless = f"; the deleting in {script.place(killer)} is not needed then" if gone else ""
    return Remedy(
        f"List {shown} in .dockerignore, so that {script.place(origin)} does not copy it{needless}.",
        (Edit(ignored, file=".dockerignore"), *gone),
    )


def _of_runs(evidence: Evidence, owner: int, killer: int, bunch: Bunch) -> Remedy:
    script = evidence.script
    pieces = removing_pieces(evidence, killer, bunch)
    naming = _using(evidence, owner, killer, bunch, pieces)
    users = sorted({*naming, *_inside(evidence, owner, killer, bunch), *_refilling(evidence, owner, killer, bunch)})
    members = [owner, *users]
    if not pieces:
        edits = merged_runs(script, (owner, killer)) if killer - owner == 1 else ()
        return Remedy(f"Make one RUN of {script.place(owner)} and {script.place(killer)}.", edits)
    if _uses(evidence, killer, bunch, pieces):
        members.append(killer)
        return Remedy(f"Make one RUN of {_runs_of(script, members)}.", merged_runs(script, members))
    own = [mine for mine, _rest in pieces.values()]
    moved = [absolute(piece, script.workdir(killer), script.workdir(members[0])) for piece in own]
    edits = () if _takes_more(evidence, owner, killer, pieces) else merged_runs(script, members, moved)
    edits += with_pieces(script, killer, {piece: rest for piece, (_mine, rest) in pieces.items()}) if edits else ()
    shown = "` and `".join(own)
    if users:
        places = _runs_of(script, members)
        return Remedy(f"Make one RUN of {places}, ending with the `{shown}` of {script.place(killer)}.", edits)
    return Remedy(f"Move the `{shown}` of {script.place(killer)} to the end of {script.place(owner)}.", edits)


def _using(evidence: Evidence, owner: int, killer: int, bunch: Bunch, pieces: Iterable[str]) -> list[int]:
    """Find the RUNs between two layers that name one of some files, or a path that goes with them."""
    script = evidence.script
    named = set(users_between(script, owner, killer, _names(evidence, bunch)))
    ranges = _removed(evidence, killer, bunch, pieces)
    for layer in range(owner + 1, killer):
        text = script.run(layer)
        if text is not None and names_within(text, script.workdir(layer), evidence.tree, ranges, passing=True):
            named.add(layer)
    return sorted(named)


def _uses(evidence: Evidence, killer: int, bunch: Bunch, pieces: Iterable[str]) -> bool:
    """Tell whether the RUN that removes files does something with them, or works where they are, before."""
    script, removing = evidence.script, set(removals(pieces))
    if uses_before(script, killer, removing, _names(evidence, bunch)):
        return True
    tree, ranges, directory = evidence.tree, _removed(evidence, killer, bunch, removing), script.workdir(killer)
    found = [one for piece in shelltext.pieces(script.run(killer) or "") or [] for one in shelltext.listed(piece)]
    last = max((at for at, piece in enumerate(found) if piece in removing), default=0)
    before = [piece for piece in found[:last] if piece not in removing]
    here = tree.find(directory.encode("utf-8", "surrogateescape"))
    looking = any(map(shelltext.looks_around, before))
    if looking and here is not None and any(start <= here < end or tree.parent[start] == here for start, end in ranges):
        return True
    return any(names_within(piece, directory, tree, ranges, passing=True) for piece in before)


def _removed(evidence: Evidence, killer: int, bunch: Bunch, pieces: Iterable[str]) -> list[Range]:
    """Give the nodes of files, and of all that goes when commands run that remove them."""
    tree, directory = evidence.tree, evidence.script.workdir(killer)
    words = [word for one in removals(pieces) for word in shelltext.arguments(one)]
    found = [(low, high) for low, high in ranges_of(tree, words, directory) if low > 0]
    return [*((node, node + 1) for node in bunch.nodes if not any(low <= node < high for low, high in found)), *found]


def _takes_more(evidence: Evidence, owner: int, killer: int, pieces: Mapping[str, tuple[str, str]]) -> bool:
    """Tell whether removing commands, done where files are made, would take what is there already, and is used later.

    So would a WORKDIR in between that they remove: it makes its directory anew.
    """
    tree, script, directory = evidence.tree, evidence.script, evidence.script.workdir(killer)
    words = [word for mine, _rest in pieces.values() for word in shelltext.arguments(mine)]
    others = {script.workdir(layer) for layer in range(owner + 1, killer + 1)} - {script.workdir(owner)}
    if any(names_within(f"x {one}", "/", tree, ranges_of(tree, words, directory)) for one in others):
        return True
    for mine, rest in pieces.values():
        both = set(shelltext.arguments(mine)) & set(shelltext.arguments(rest))
        for low, high in ranges_of(tree, both, directory):
            for entry in tree.removed[killer]:
                table, row = tree.place_of(entry)
                if low <= table.node[row] < high and tree.layer_of(entry) != owner:
                    return True
    return False


def _of_copy(evidence: Evidence, owner: int, killer: int, bunch: Bunch) -> Remedy:
    script = evidence.script
    instruction = script.instruction(owner)
    assert instruction is not None
    pieces = removing_pieces(evidence, killer, bunch)
    users = _using(evidence, owner, killer, bunch, pieces)
    rests = {piece: rest for piece, (_mine, rest) in pieces.items()}
    if _covers(evidence, owner, bunch):  # what was there before would be seen again
        rests = {piece: forced(piece) for piece in pieces}
    gone: tuple[Edit, ...] = with_pieces(script, killer, rests)
    sources, target = copy_words(instruction)
    used = _uses(evidence, killer, bunch, pieces)
    if not pieces and script.keyword(killer) == "RUN":
        where = script.place(killer)
        return Remedy(f"Keep these files out of {script.place(owner)}, and have {where} do without them.")
    if evidence.tree.tables[owner].content_bytes == bunch.size_bytes and sources:
        out = _taken_out(evidence, owner, killer)
        if used:
            places = script.places((*users, killer))
            return Remedy(f"Do not copy it: mount it where it is used, in {places} (`RUN --mount=type=bind`).")
        if not users:
            return Remedy(
                f"Leave out {script.place(owner)}: nothing of it is in the image."
                if not any(rest != forced(piece) for piece, rest in rests.items())
                else f"Leave out {script.place(owner)} and the deleting in {script.place(killer)}: no step names it. "
                "One that needs it can mount it (`RUN --mount=type=bind`; a secret: `type=secret`).",
                (*out, *gone) if out else (),
            )
        mounted = _mounted(evidence, owner, users, sources, target)
        return Remedy(
            f"Do not copy it: mount it where it is used, in {script.places(users)}.",
            (*out, *mounted, *gone) if mounted and out else (),
        )
    ignored = ignored_paths(evidence, instruction, owner, bunch, but=pieces, killer=killer)
    stage = any(flag.startswith("--from") for flag in instruction.flags)
    if stage:
        return Remedy(f"Copy only what stays from the other stage in {script.place(owner)}.")
    users += [killer] if used else []
    if not users and ignored:
        return Remedy(
            f"List them in .dockerignore, so that {script.place(owner)} does not copy them. "
            f"{idle_removal(script, killer, pieces)}".rstrip(),
            (Edit(ignored, file=".dockerignore"), *gone),
        )
    where = f" ({script.places(users)} names them: use `RUN --mount=type=bind` there)" if users else ""
    return Remedy(f"Keep these files out of {script.place(owner)}: .dockerignore, or a build stage{where}.")


def _taken_out(evidence: Evidence, owner: int, killer: int) -> tuple[Edit, ...]:
    """Take a COPY out; where directories that it makes stay, make these; () where that cannot be written."""
    script, tree = evidence.script, evidence.tree
    made = [
        one.node
        for one in shipped(tree, owner, [(0, tree.node_count)])
        if one.kind == Kind.DIRECTORY and one.below == NONE and tree.alive_after(one.node, killer) != NONE
    ]
    lowest = [node for node in made if not any(node < other < tree.end[node] for other in made)]
    if not lowest:
        return (script.edit(owner, ()),)
    paths = [tree.path(node).decode("utf-8", "surrogateescape") for node in lowest]
    instruction = script.instruction(owner)
    if script.user(owner) or (instruction and instruction.flags) or any(safe(path) != path for path in paths):
        return ()
    return (script.edit(owner, (f"RUN mkdir -p {' '.join(map(shlex.quote, paths))}",)),)


def _covers(evidence: Evidence, owner: int, bunch: Bunch) -> bool:
    """Tell whether a layer put files in the place of others."""
    tree = evidence.tree
    mine = (entry for node in bunch.nodes for entry in tree.entries_at(node) if tree.layer_of(entry) == owner)
    return any(tree.below[entry] != NONE for entry in mine)


def _mounted(evidence: Evidence, owner: int, users: list[int], sources: list[str], target: str) -> tuple[Edit, ...]:
    """Mount the one source of a COPY in the RUNs that use it."""
    script = evidence.script
    if len(sources) != 1 or any(char in sources[0] for char in "*?[$"):
        return ()
    place = posixpath.join(script.workdir(owner), target)
    if target.endswith("/") and not sources[0].endswith("/"):
        place = posixpath.join(place, posixpath.basename(sources[0]))
    node = evidence.tree.find(posixpath.normpath(place).encode("utf-8", "surrogateescape"))
    if node is None or (owner and evidence.tree.alive_after(node, owner - 1) != NONE):
        return ()  # what is there already would be hidden
    flag = f"--mount=type=bind,source={sources[0]},target={posixpath.normpath(place)}"
    edits = []
    for layer in users:
        instruction = script.instruction(layer)
        assert instruction is not None
        edits.append(script.edit(layer, (" ".join(("RUN", *instruction.flags, flag, instruction.text)),)))
    return tuple(edits)


def overwriting_remedy(evidence: Evidence, owner: int, killer: int, bunch: Bunch) -> Remedy:
    """Say how only the last version would be shipped."""
    script = evidence.script
    users = users_between(script, owner, killer, _names(evidence, bunch))
    if script.keyword(owner) in _COPIES:
        if evidence.tree.tables[owner].content_bytes == bunch.size_bytes and not users:
            if script.keyword(killer) in _COPIES:
                return Remedy(
                    f"Leave out {script.place(owner)}: {script.place(killer)} copies over all of it.",
                    (script.edit(owner, ()),),
                )
            return Remedy(
                f"Bring the final version in {script.place(owner)}, or mount it in {script.place(killer)} with "
                "`RUN --mount=type=bind` and write the result."
            )
        return Remedy(f"Keep these files out of {script.place(owner)}: {script.place(killer)} writes them anyway.")
    if script.run(owner) is not None and script.run(killer) is not None:
        close = killer - owner <= _LONGEST_MERGE
        members = [layer for layer in range(owner, killer + 1) if close or layer in {owner, killer}]
        edits = merged_runs(script, members) if close else ()
        return Remedy(f"Write them once: make one RUN of {_runs_of(script, members)}.", edits)
    return Remedy(f"Do not write these files in {script.place(owner)}: {script.place(killer)} writes them anyway.")


def _runs_of(script: Script, members: Iterable[int]) -> str:
    """Name the RUNs of which one is to be made, and what else stands between them: that cannot be a part of it."""
    known = sorted(set(members))
    others = [layer for layer in known if script.keyword(layer) != "RUN"]
    runs = script.places([layer for layer in known if layer not in others])
    kinds = ", ".join(dict.fromkeys(script.keyword(layer) for layer in others if script.keyword(layer)))
    named = f" ({kinds})" if kinds else ""
    return f"{runs}, with {script.places(others)}{named} before it" if others else runs


def _inside(evidence: Evidence, owner: int, killer: int, bunch: Bunch) -> list[int]:
    """Find the RUNs between two layers that work in a directory where the files are: they need not name them."""
    script = evidence.script
    path = evidence.tree.path(common_directory(evidence.tree, bunch)).decode("utf-8", "replace")
    found = []
    for layer in range(owner + 1, killer):
        text, directory = script.run(layer), script.workdir(layer)
        inside = posixpath.dirname(path) == "/" if directory == "/" else f"{path}/".startswith(f"{directory}/")
        if text is not None and inside:
            found += [layer] if any(map(shelltext.looks_around, shelltext.pieces(text) or ())) else []
    return found


def _refilling(evidence: Evidence, owner: int, killer: int, bunch: Bunch) -> list[int]:
    """Find the layers between two that put something into a directory that the later one removes."""
    tree = evidence.tree
    gone: dict[int, bool] = {}

    def is_gone(node: int) -> bool:
        if node not in gone:
            gone[node] = node > 0 and tree.alive_after(node, killer) == NONE
        return gone[node]

    tops = set()
    for node in map(tree.parent.__getitem__, bunch.nodes):
        top = node
        while is_gone(top) and is_gone(tree.parent[top]):
            top = tree.parent[top]
        if is_gone(top):
            tops.add(top)
    return [
        layer for layer in range(owner + 1, killer) if any(tree.ships_within(top, tree.end[top], layer) for top in tops)
    ]


def _names(evidence: Evidence, bunch: Bunch) -> list[str]:
    """Name files and their directory as a command might."""
    rows = bunch.top(5)
    names = [evidence.tree.name(node).decode("utf-8", "replace") for _, node in rows]
    parents = {evidence.tree.parent[node] for _, node in rows}
    if len(parents) == 1 and len(rows) > 1:
        names.append(evidence.tree.path(parents.pop()).decode("utf-8", "replace"))
    return names
