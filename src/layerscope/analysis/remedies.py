"""Changes to a Dockerfile as edits: RUNs made one, commands moved to where they help, flags put in.

Owns how an edit is made from instructions; which edit helps is the detectors' business. Where text cannot be changed
safely (here-documents, exec form, other users) there is no edit, and the advice says in words what to do.
"""

import posixpath
import shlex
from collections.abc import Iterable, Mapping, Sequence
from itertools import takewhile

from layerscope.analysis import shelltext
from layerscope.analysis.bunch import Bunch, Places
from layerscope.analysis.evidence import Evidence
from layerscope.analysis.reach import first_entry
from layerscope.analysis.script import Script
from layerscope.model.findings import Edit
from layerscope.model.history import Instruction
from layerscope.patterns import regex

REMOVERS = ("rm", "unlink", "rmdir", "shred")
_MAKE_NOTHING = frozenset({*REMOVERS, "true", ":", "set", "cd", "test", "[", "ls"})
_FORCE = regex(r"\s(?:-[a-zA-Z]*f|--force\b)")
_CHANGERS = ("chown ", "chmod ", "chgrp ")
_COPY_FILES = ("COPY", "ADD")
_ANYWHERE = regex(
    r"(?:apt-get|apt|apk|dnf|microdnf|yum|zypper|pacman|useradd|groupadd|adduser|addgroup)\s[^|;./]*"
    r"|rm(?:\s+-\w+)*(?:\s+/[^\s|;]*)+"
    r"|(?:chown|chgrp|chmod)(?:\s+-\w+)*\s+[\w:+=.,]+(?:\s+/[^\s|;]*)+"
)
"""Commands that do the same in every directory."""


def merged_runs(
    script: Script, layers: Sequence[int], extra: Sequence[str] = (), *, at: int | None = None
) -> tuple[Edit, ...]:
    """Make one RUN of several, with commands at its end; () where that cannot be written down."""
    members = sorted(set(layers))
    place = _place(script, members) if at is None else at
    commands, flags = [], []
    for layer in members:
        text, instruction = script.run(layer), script.instruction(layer)
        if text is None or instruction is None or script.user(layer) != script.user(place):
            return ()
        here = script.workdir(layer)
        if not script.can_move(layer, place, text) or needing(script, members, [layer], place):
            return ()
        passed = range(min(layer, place) + 1, max(layer, place))
        if any(other not in members and script.crosses(layer, other, up=layer > place) for other in passed):
            return ()
        moved = here != script.workdir(place) and not works_anywhere(text)
        commands.append(f"(cd {shlex.quote(here)} && {' && '.join(shelltext.pieces(text) or ())})" if moved else text)
        flags += [flag for flag in instruction.flags if flag not in flags]
    if len(members) == 1 and not extra:
        return ()
    parts = _joined_parts(commands)
    lines = shelltext.written([*parts, *extra], tuple(flags))
    return tuple(script.edit(layer, lines if layer == place else ()) for layer in members)


def needing(script: Script, members: Sequence[int], moved: Iterable[int], place: int) -> list[int]:
    """Find the RUNs that stay behind and name a file that a moved one names: it would not be there yet, or no more.

    So do those that change the owner or the mode of all below a directory where it is.
    """
    found = set()
    for layer in moved:
        names = _files_named(script.run(layer) or "")
        paths = [posixpath.join(script.workdir(layer), name) for name in names]
        for other in range(min(layer, place) + 1, max(layer, place)) if names else ():
            if other not in members and script.keyword(other) == "RUN":
                text = script.run(other) or ""
                named = any(shelltext.mentions(text, name) for name in names)
                if named or _changes_all(text, script.workdir(other), paths):
                    found.add(other)
    return sorted(found)


def _changes_all(text: str, directory: str, paths: Sequence[str]) -> bool:
    """Tell whether a RUN changes owners or modes of what is below a directory that one of the files is in."""
    changing = (piece for piece in shelltext.pieces(text) or () if piece.startswith(_CHANGERS))
    tops = [
        posixpath.normpath(posixpath.join(directory, one)) for piece in changing for one in shelltext.arguments(piece)
    ]
    return any(path.startswith(f"{top.rstrip('/')}/") for path in paths for top in tops)


def _files_named(text: str) -> list[str]:
    """List the words of a command that are paths below some directory."""
    words = (word for piece in shelltext.pieces(text) or () for word in shelltext.arguments(piece))
    return [word for word in words if "/" in word.strip("/") and not any(char in word for char in "*?$=:{'\"")]


def works_anywhere(text: str) -> bool:
    """Tell whether a RUN does the same in every directory."""
    return all(map(_ANYWHERE.fullmatch, shelltext.pieces(text) or ()))


def _joined_parts(commands: list[str]) -> list[str]:
    if len(commands) == 1:
        return shelltext.pieces(commands[0]) or [commands[0]]
    parts: list[str] = []
    for command in commands:
        parts += shelltext.chained(command)
    return parts


def _place(script: Script, members: list[int]) -> int:
    """Choose where the one RUN stands: at the first, unless files that it may need come in between.

    What stands above a COPY need not run again when the files change that it brings.
    """
    inside = [layer for layer in range(members[0], members[-1]) if layer not in members]
    copies = [layer for layer in inside if script.keyword(layer) in _COPY_FILES]
    runs = any(script.keyword(layer) == "RUN" for layer in inside)
    behind = [layer for layer in members if copies and layer > copies[0]]
    needed = not all(works_anywhere(script.run(layer) or "") for layer in behind)
    return members[-1] if copies and not runs and needed else members[0]


def without_pieces(script: Script, layer: int, dropped: Iterable[str]) -> tuple[Edit, ...]:
    """Take commands out of a RUN, or take it out whole when nothing is left."""
    return with_pieces(script, layer, dict.fromkeys(dropped, ""))


def with_pieces(script: Script, layer: int, instead: Mapping[str, str]) -> tuple[Edit, ...]:
    """Write other commands in the place of some of a RUN, "" for none; take it out whole when nothing is left."""
    text, instruction = script.run(layer), script.instruction(layer)
    if text is None or instruction is None or all(piece == new for piece, new in instead.items()):
        return ()
    left = [new for piece in shelltext.pieces(text) or () if (new := instead.get(piece, piece))]
    return (script.edit(layer, shelltext.written(left, instruction.flags) if left else ()),)


def with_flag(script: Script, layer: int, flag: str) -> tuple[Edit, ...]:
    """Put a flag into an instruction; () where its text is the builder's, not the Dockerfile's."""
    instruction = script.instruction(layer)
    if instruction is None or not has_sources(instruction):
        return ()
    name = flag.partition("=")[0]
    kept = tuple(old for old in instruction.flags if old.partition("=")[0] != name or name == "--mount")
    return (script.edit(layer, (" ".join((instruction.keyword, *kept, flag, instruction.text)),)),)


def has_sources(instruction: Instruction) -> bool:
    """Tell whether the text names what a Dockerfile names: the classic builder's COPY has hashes instead."""
    return instruction.keyword == "RUN" or not instruction.text.startswith(("file:", "dir:", "multi:"))


def copy_words(instruction: Instruction) -> tuple[list[str], str]:
    """Give the sources and the target of a COPY or ADD; ([], "") where they are not known."""
    if not has_sources(instruction) or "<<" in instruction.text:
        return [], ""
    text = instruction.text.strip()
    words = [word.strip('"') for word in text[1:-1].split(",")] if text.startswith("[") else shelltext.words(text)
    words = [word.strip().strip('"') for word in words]
    return (words[:-1], words[-1]) if len(words) > 1 else ([], "")


def removing_pieces(evidence: Evidence, layer: int, bunch: Bunch) -> dict[str, tuple[str, str]]:
    """Find the commands of a RUN that removed these files: each as it would remove them alone, and all it else removed.

    That is "" where it removed nothing else: the command is not needed any more where the files are not made. Behind
    commands that may have made what they name for a while, nobody knows what it removed: there it stays as it is.
    """
    text = evidence.script.run(layer)
    if text is None:
        return {}
    places, directory = Places(evidence.tree, bunch), evidence.script.workdir(layer)
    all_pieces = shelltext.pieces(text) or []
    stops = _stops_at_failures(evidence.script, all_pieces)
    found = [
        piece
        for piece in all_pieces
        if (";" not in piece or (len(shelltext.listed(piece)) > 1 and not stops))
        and any(acts_on(one, REMOVERS, directory, places) for one in shelltext.listed(piece))
    ]
    others = _also_removed(evidence, layer, bunch) if found else Bunch()
    kept = _behind_makers(shelltext.pieces(text) or ())
    shared = {piece: _shared(piece, directory, places, Places(evidence.tree, others)) for piece in found}
    for piece in found:
        if len(shelltext.listed(piece)) > 1:
            shared[piece] = _shared_list(piece, directory, places)
            kept.discard(piece)
    return {
        piece: (mine, forced(piece)) if piece in kept else (mine, rest) if rest else (piece, "")
        for piece, (mine, rest) in shared.items()
    }


def _stops_at_failures(script: Script, pieces: Iterable[str]) -> bool:
    """Tell whether a shell may end at a command that fails before a `;`."""
    strict = any(piece.startswith("set ") for piece in pieces)
    return strict or any(step.instruction is not None and step.instruction.keyword == "SHELL" for step in script.steps)


def _shared_list(piece: str, directory: str, places: Places) -> tuple[str, str]:
    """Split what stands between `;`: what removes the files, and all of it, for only its last command must not fail."""
    found = shelltext.listed(piece)
    mine = [one for one in found if acts_on(one, REMOVERS, directory, places)]
    alone = " && ".join(_shared(one, directory, places, places)[0] for one in mine)
    start, last = piece[: piece.rindex(found[-1])], piece[piece.rindex(found[-1]) :]
    return alone, f"{start}{forced(last)}" if found[-1] in mine else piece


def idle_removal(script: Script, layer: int, pieces: Mapping[str, tuple[str, str]]) -> str:
    """Say of a removing command that stays what becomes of it where there is nothing to remove; "" for none."""
    idle = any(piece == rest and len(shelltext.listed(piece)) > 1 for piece, (_mine, rest) in pieces.items())
    return (
        f"The deleting in {script.place(layer)} finds nothing then, which is no failure before its `;`." if idle else ""
    )


def removals(pieces: Iterable[str]) -> list[str]:
    """List the commands of some pieces of a RUN that remove something."""
    return [one for piece in pieces for one in shelltext.listed(piece) if (shelltext.words(one) or [""])[0] in REMOVERS]


def _also_removed(evidence: Evidence, layer: int, bunch: Bunch) -> Bunch:
    """Find what a layer removes beside some files: also directories, but for those that came with these files."""
    tree, mine, others = evidence.tree, set(bunch.nodes), Bunch()
    rows = [(entry, *tree.place_of(entry)) for entry in tree.removed[layer]]
    owners = {tree.layer_of(one) for entry, table, row in rows if table.node[row] in mine
              for one in (entry, first_entry(tree, entry))}  # fmt: skip
    for entry, table, row in rows:
        if table.node[row] not in mine and (table.size[row] or tree.layer_of(first_entry(tree, entry)) not in owners):
            others.add(table.size[row], table.node[row])
    return others


def _behind_makers(pieces: Iterable[str]) -> set[str]:
    """List the commands of a RUN that stand behind others that may make files."""
    found, makes = set(), False
    for piece in pieces:
        found |= {piece} if makes else set()
        makes = makes or (shelltext.words(piece) or [""])[0] not in _MAKE_NOTHING
    return found


def forced(piece: str) -> str:
    """Write a removing command so that it does not fail where there is nothing any more."""
    return f"rm -f {piece[3:].lstrip()}" if piece.startswith("rm ") and not _FORCE.search(piece) else piece


def _shared(piece: str, directory: str, places: Places, others: Places) -> tuple[str, str]:
    """Split a removing command in two: what removes files of the one kind, and what removes files of the other."""
    words = piece.split()
    if words != shelltext.words(piece):  # quotes
        return piece, piece if acts_on(piece, REMOVERS, directory, others) else ""
    head = [word for word in words[1:] if word.startswith("-")]
    named = [word for word in words[1:] if not word.startswith("-")]

    def limited(where: Places) -> str:
        some = [word for word in named if acts_on(f"{words[0]} {word}", REMOVERS, directory, where)]
        return " ".join((words[0], *head, *some)) if some else ""

    return limited(places) or piece, limited(others)


def acts_on(piece: str, commands: Sequence[str], directory: str, places: Places) -> bool:
    """Tell whether a piece is one of the commands and names one of the files, or a directory above it."""
    words = shelltext.words(piece)
    if not words or words[0] not in commands:
        return False
    for argument in shelltext.arguments(piece):
        fixed = posixpath.normpath(posixpath.join(directory, argument.replace("~", "/root", 1)))
        start = fixed[: min((fixed.find(char) for char in "*?[{$" if char in fixed), default=len(fixed))]
        path = start.encode("utf-8", "replace")
        if places.any_at(path) if start == fixed else places.any_beginning(path):
            return True
    return False


def elsewhere(piece: str, directory: str, place: str) -> str:
    """Write a command that changes owners, modes or times so that it works from another directory."""
    words = [word for word in shelltext.words(piece)[1:] if not word.startswith("-")]
    paths = words if piece.startswith("touch ") else words[1:]
    if directory == place or all(word.startswith("/") for word in paths):
        return piece
    return f"(cd {shlex.quote(directory)} && {piece})"


def absolute(piece: str, directory: str, place: str) -> str:
    """Write a removing command so that it works from another directory."""
    if directory == place or all(word.startswith(("/", "~", "-", "$")) for word in shelltext.words(piece)[1:]):
        return piece
    return f"(cd {shlex.quote(directory)} && {piece})"


def uses_before(script: Script, layer: int, removing: Iterable[str], names: Iterable[str]) -> bool:
    """Tell whether a RUN names something before it removes it: unpacks an archive, say."""
    gone = set(removals(removing))
    found = (one for piece in shelltext.pieces(script.run(layer) or "") or () for one in shelltext.listed(piece))
    before = takewhile(lambda piece: piece not in gone, found)
    texts = [piece for piece in before if piece.split()[0] not in _MAKE_NOTHING]
    return any(shelltext.mentions(text, name) for text in texts for name in names if len(name) > 1)


def users_between(script: Script, owner: int, killer: int, names: Iterable[str]) -> list[int]:
    """Find the RUNs between two layers that name something, so that it must still be there."""
    wanted = [name for name in names if len(name) > 1]
    found = []
    for layer in range(owner + 1, killer):
        text = script.run(layer)
        if text is not None and any(shelltext.mentions(text, name) for name in wanted):
            found.append(layer)
    return found
