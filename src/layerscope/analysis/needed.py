"""Whether a path can be missing after a step: what stands behind it writes there, reads it, works in it or starts it.

Owns this one question, asked before lines are written that take a path away. Nobody can know all that a program reads;
where it is not certain the answer is that the path is needed, and people get told why instead of lines to paste.
"""

import posixpath
from collections.abc import Iterable, Iterator, Mapping

from layerscope.analysis import shelltext
from layerscope.analysis.evidence import Evidence
from layerscope.analysis.reach import ranges_of
from layerscope.analysis.remedies import copy_words, removals
from layerscope.frozen import dataclass
from layerscope.model.files import Kind
from layerscope.model.history import Instruction
from layerscope.patterns import regex

_SYSTEM = frozenset({
    "/", "/bin", "/boot", "/dev", "/etc", "/home", "/lib", "/lib32", "/lib64", "/libx32", "/proc", "/root", "/run",
    "/sbin", "/sys", "/usr", "/usr/bin", "/usr/lib", "/usr/lib64", "/usr/libexec", "/usr/local", "/usr/local/bin",
    "/usr/local/lib", "/usr/sbin", "/usr/share", "/var", "/var/lib",
})  # fmt: skip
"""Nobody can do without one of these as a whole."""
_OF_PROGRAMS = (
    "/bin", "/etc", "/lib", "/lib32", "/lib64", "/libx32", "/sbin", "/usr/bin", "/usr/lib", "/usr/lib64",
    "/usr/libexec", "/usr/local/bin", "/usr/local/lib", "/usr/local/sbin", "/usr/sbin", "/var/lib",
)  # fmt: skip
"""What is below these is used without being named."""
_SPARE = (
    "/root/.cache", "/usr/share/doc", "/usr/share/info", "/usr/share/locale", "/usr/share/man", "/var/cache",
    "/var/log", "/tmp", "/var/tmp",  # noqa: S108 - of an image
)  # fmt: skip
"""What is below these is made again where it is missing, or read by people only."""
_CHANGERS = frozenset({"chown", "chgrp", "chmod"})
_STARTERS = frozenset({"CMD", "ENTRYPOINT", "HEALTHCHECK", "ENV", "VOLUME"})
_TOKENS = regex(r"[\s:=,;\"'\[\]()]+")


def is_of_the_system(path: str) -> bool:
    """Tell whether a path is a directory that no image can do without as a whole."""
    return path in _SYSTEM


def is_inside(path: str, top: str) -> bool:
    """Tell whether a path is another one, or below it."""
    return top in {path, "/"} or path.startswith(f"{top}/")


@dataclass(frozen=True, slots=True)
class Need:
    """Why a path is needed: `line 23 names it`."""

    why: str
    is_sure: bool = True


class Needs:
    """Who needs a path behind a layer.

    `removing`: by layer, the commands that remove the path, and are written so that they need not find it.
    """

    def __init__(
        self, evidence: Evidence, node: int, base_count: int, removing: Mapping[int, Iterable[str]] | None = None
    ) -> None:
        self._removing = removing or {}
        self._base_count = base_count
        self._evidence = evidence
        self._script = evidence.script
        self._tree = evidence.tree
        self._node = node
        self._end = evidence.tree.end[node]
        self._path = evidence.tree.path(node).decode("utf-8", "surrogateescape")
        self._is_spare = any(is_inside(self._path, top) for top in _SPARE)

    def system(self) -> str:
        """Say why no step can take the path away, whichever it is; "" where one may."""
        if is_of_the_system(self._path):
            return "the system and later steps need it"
        if self._is_spare:
            return ""
        if any(self._holds_files(layer) for layer in range(self._base_count)):
            return "files of the base image are there, which no later step takes out, only hides"
        return ""

    def after(self, layer: int) -> Iterator[Need]:
        """Say why the path must be there when a layer is made; nothing where it may be missing."""
        if self._is_spare:
            return
        config, directory = self._evidence.config, self._script.workdir(layer)
        at = next((number for number, step in enumerate(self._script.steps) if step.layer_index == layer), -1)
        for step in self._script.steps[at + 1 :]:
            one = step.instruction if step.layer_index is None else self._script.instruction(step.layer_index)
            if one is not None and one.keyword == "WORKDIR":
                directory = posixpath.normpath(posixpath.join(directory, one.text.strip()))
            why = self._why(one, step.layer_index, directory)
            if why:
                yield Need(why)
            elif one is not None and one.keyword == "RUN" and (why := self._guess(one, step.layer_index, directory)):
                yield Need(why, is_sure=False)
        if config.working_dir and is_inside(posixpath.normpath(config.working_dir), self._path):
            yield Need("the image starts in it")

    def _why(self, one: Instruction | None, layer: int | None, directory: str) -> str:
        keyword = one.keyword if one is not None else ""
        where = self._where(one, layer)
        if is_inside(directory, self._path) and keyword in {"WORKDIR", "RUN", "CMD", "ENTRYPOINT"}:
            return f"{where} works in it"
        if layer is not None and keyword != "RUN" and self._is_touched(layer):
            return f"{where} writes there"
        if keyword in {"COPY", "ADD"} and one is not None:
            target = copy_words(one)[1]
            is_there = bool(target) and is_inside(posixpath.normpath(posixpath.join(directory, target)), self._path)
            return f"{where} copies into it" if is_there else ""
        if keyword == "RUN" and one is not None:
            return self._why_run(one, layer, directory, where)
        if keyword in _STARTERS and one is not None and self._is_named(one.text, directory):
            return f"{where} names it"
        return ""

    def _why_run(self, one: Instruction, layer: int | None, directory: str, where: str) -> str:
        found = shelltext.pieces(one.text)
        others = self._others(found or [one.text], layer, directory)
        if layer is not None and self._is_touched(layer) and not self._only_passes(found or [], layer, directory):
            writes = self._tree.ships_within(self._node, self._end, layer)
            return f"{where} writes there" if writes else f"{where} removes it, and may fail where there is none"
        if any(self._reads(piece, directory) for piece in others):
            return f"{where} names it"
        return ""

    def _guess(self, one: Instruction, layer: int | None, directory: str) -> str:
        """Say why a RUN may need the path that does not name it."""
        where = self._where(one, layer)
        found = shelltext.pieces(one.text)
        if found is None:
            return f"{where} may need it"
        others = self._others(found, layer, directory)
        looking = [piece for piece in others if shelltext.looks_around(piece)]
        is_around = posixpath.dirname(self._path) == "/" if directory == "/" else is_inside(self._path, directory)
        if looking and is_around:
            return f"{where} may use it"
        if others and any(is_inside(self._path, top) for top in _OF_PROGRAMS):
            return f"programs of {where} may use it"
        return ""

    def _others(self, found: Iterable[str], layer: int | None, directory: str) -> list[str]:
        """List the commands of a RUN that may not do as well where the path is missing."""
        gone = set(self._removing.get(-1 if layer is None else layer, ()))
        return [
            one
            for piece in found
            for one in shelltext.listed(piece)
            if not (piece in gone and removals([one])) and not self._is_harmless(one, directory)
        ]

    def _only_passes(self, found: list[str], layer: int, directory: str) -> bool:
        """Tell whether a RUN touches the path only by commands that do as well without it."""
        others = self._others(found, layer, directory)
        harmless = [one for piece in found for one in shelltext.listed(piece) if one not in others]
        if not self._tree.ships_within(self._node, self._end, layer):  # it only removes
            return any(self._reads(one, directory) for one in removals(harmless))
        quiet = all(shelltext.words(piece)[:1] and not shelltext.looks_around(piece) for piece in others)
        return quiet and any(self._reads(piece, directory) for piece in harmless)

    def _is_harmless(self, piece: str, directory: str) -> bool:
        """Tell whether a command does as well where the path is missing: a forced removal, a change of all above."""
        words = shelltext.words(piece)
        if not words:
            return False
        if words[0] == "rm":
            return any(word.startswith("-") and not word.startswith("--") and "f" in word for word in words[1:])
        if words[0] in _CHANGERS:
            ranges = ranges_of(self._tree, shelltext.arguments(piece)[1:], directory)
            return not any(self._node <= low < self._end for low, _high in ranges)
        return False

    def _reads(self, piece: str, directory: str) -> bool:
        """Tell whether a command names the path, something below it, or a directory above it."""
        words = [word for word in shelltext.words(piece) if not word.startswith("-") and "$" not in word]
        words = [word for word in words if word != "/"]
        return any(low < self._end and self._node < high for low, high in ranges_of(self._tree, words, directory))

    def _is_named(self, text: str, directory: str) -> bool:
        words = (word for word in _TOKENS.split(text) if word)
        return any(is_inside(posixpath.normpath(posixpath.join(directory, word)), self._path) for word in words)

    def _is_touched(self, layer: int) -> bool:
        """Tell whether a layer ships something there, or takes something away."""
        if self._tree.ships_within(self._node, self._end, layer):
            return True
        rows = (self._tree.place_of(entry) for entry in self._tree.removed[layer])
        return any(self._node <= table.node[row] < self._end for table, row in rows)

    def _holds_files(self, layer: int) -> bool:
        if not self._tree.ships_within(self._node, self._end, layer):
            return False
        table = self._tree.tables[layer]
        rows: Iterator[tuple[int, int]] = zip(table.node, table.kind, strict=False)
        return any(self._node <= node < self._end and kind != Kind.DIRECTORY for node, kind in rows)

    def _where(self, one: Instruction | None, layer: int | None) -> str:
        if layer is not None:
            return self._script.place(layer)
        if one is not None and one.dockerfile_line is not None:
            return f"line {one.dockerfile_line}"
        return one.keyword if one is not None and one.keyword else "a later step"
