"""What to do about files that one layer ships and another deletes or overwrites: by who ships and who ends them."""

import posixpath

from layerscope.analysis import shelltext
from layerscope.analysis.bunch import Bunch
from layerscope.analysis.detecting import Remedy, common_directory
from layerscope.analysis.evidence import Evidence
from layerscope.analysis.remedies import (
    absolute,
    copy_words,
    forced,
    ignored_paths,
    merged_runs,
    removing_pieces,
    users_between,
    uses_before,
    with_pieces,
)
from layerscope.model.filetree import NONE
from layerscope.model.findings import Edit
from layerscope.model.history import Instruction
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
    ignored = _ignored(evidence, instruction, origin, bunch)
    pieces = removing_pieces(evidence, killer, bunch)
    if uses_before(script, killer, pieces, names):
        return None
    if not ignored or any(layer != owner for layer in users_between(script, origin, killer, names)):
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
    naming = users_between(script, owner, killer, _names(evidence, bunch))
    users = sorted({*naming, *_inside(evidence, owner, killer, bunch), *_refilling(evidence, owner, killer, bunch)})
    members = [owner, *users]
    if not pieces:
        edits = merged_runs(script, (owner, killer)) if killer - owner == 1 else ()
        return Remedy(f"Make one RUN of {script.place(owner)} and {script.place(killer)}.", edits)
    if uses_before(script, killer, pieces, _names(evidence, bunch)):
        members.append(killer)
        return Remedy(f"Make one RUN of {script.places(members)}.", merged_runs(script, members))
    own = [mine for mine, _rest in pieces.values()]
    moved = [absolute(piece, script.workdir(killer), script.workdir(members[0])) for piece in own]
    edits = merged_runs(script, members, moved)
    edits += with_pieces(script, killer, {piece: rest for piece, (_mine, rest) in pieces.items()}) if edits else ()
    shown = "` and `".join(own)
    if users:
        places = script.places(members)
        return Remedy(f"Make one RUN of {places}, ending with the `{shown}` of {script.place(killer)}.", edits)
    return Remedy(f"Move the `{shown}` of {script.place(killer)} to the end of {script.place(owner)}.", edits)


def _of_copy(evidence: Evidence, owner: int, killer: int, bunch: Bunch) -> Remedy:
    script = evidence.script
    instruction = script.instruction(owner)
    assert instruction is not None
    pieces = removing_pieces(evidence, killer, bunch)
    users = users_between(script, owner, killer, _names(evidence, bunch))
    rests = {piece: rest for piece, (_mine, rest) in pieces.items()}
    if _covers(evidence, owner, bunch):  # what was there before would be seen again
        rests = {piece: forced(piece) for piece in pieces}
    gone: tuple[Edit, ...] = with_pieces(script, killer, rests)
    sources, target = copy_words(instruction)
    used = uses_before(script, killer, pieces, _names(evidence, bunch))
    if evidence.tree.tables[owner].content_bytes == bunch.size_bytes and sources:
        if used:
            places = script.places((*users, killer))
            return Remedy(f"Do not copy it: mount it where it is used, in {places} (`RUN --mount=type=bind`).")
        if not users:
            return Remedy(
                f"Leave out {script.place(owner)}: nothing of it is in the image."
                if not any(rest != forced(piece) for piece, rest in rests.items())
                else f"Leave out {script.place(owner)} and the deleting in {script.place(killer)}: no step names it. "
                "One that needs it can mount it (`RUN --mount=type=bind`; a secret: `type=secret`).",
                (script.edit(owner, ()), *gone),
            )
        mounted = _mounted(evidence, owner, users, sources, target)
        return Remedy(
            f"Do not copy it: mount it where it is used, in {script.places(users)}.",
            (script.edit(owner, ()), *mounted, *gone) if mounted else (),
        )
    ignored = _ignored(evidence, instruction, owner, bunch)
    stage = any(flag.startswith("--from") for flag in instruction.flags)
    if stage:
        return Remedy(f"Copy only what stays from the other stage in {script.place(owner)}.")
    users += [killer] if used else []
    if not users and ignored:
        return Remedy(
            f"List them in .dockerignore, so that {script.place(owner)} does not copy them.",
            (Edit(ignored, file=".dockerignore"), *gone),
        )
    where = f" ({script.places(users)} names them: use `RUN --mount=type=bind` there)" if users else ""
    return Remedy(f"Keep these files out of {script.place(owner)}: .dockerignore, or a build stage{where}.")


def _ignored(evidence: Evidence, instruction: Instruction, layer: int, bunch: Bunch) -> tuple[str, ...]:
    """Name files for `.dockerignore`; () where another COPY brings the same ones, and they stay."""
    script, tree = evidence.script, evidence.tree
    found = ignored_paths(evidence, instruction, layer, bunch)
    for other in range(len(script.layers)) if found else ():
        copy = script.instruction(other)
        if other == layer or copy is None or script.keyword(other) not in _COPIES or evidence.in_base(other):
            continue
        table, first = tree.tables[other], tree.first_entry[other]
        stays = any(
            tree.live[node] == first + row and size
            for row, (node, size) in enumerate(zip(table.node, table.size, strict=True))
        )
        for source in copy_words(copy)[0] if stays else ():
            name = posixpath.normpath(source).lstrip("/")
            if name == "." or any(
                f"{path}/".startswith(f"{name}/") or f"{name}/".startswith(f"{path}/") for path in found
            ):
                return ()
    return found


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
        places = script.places(members)
        return Remedy(f"Write them once: make one RUN of {places}.", edits)
    return Remedy(f"Do not write these files in {script.place(owner)}: {script.place(killer)} writes them anyway.")


def _inside(evidence: Evidence, owner: int, killer: int, bunch: Bunch) -> list[int]:
    """Find the RUNs between two layers that work in a directory where the files are: they need not name them."""
    script = evidence.script
    path = evidence.tree.path(common_directory(evidence.tree, bunch)).decode("utf-8", "replace")
    found = []
    for layer in range(owner + 1, killer):
        text, directory = script.run(layer), script.workdir(layer)
        if text is not None and directory != "/" and f"{path}/".startswith(f"{directory}/"):
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
