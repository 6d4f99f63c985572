"""A shell and a file system of a few commands, exact in what they do to contents, owners and modes.

Owns what a command does to a tree, and which paths it touched; knows no Dockerfile. What it does not understand ends
the build, as a shell would: so a plan that writes something else than these commands is no plan.
"""

import fnmatch
import posixpath
import re
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace


class BuildError(Exception):
    """The build ends here."""


@dataclass(frozen=True, slots=True)
class Node:
    """A file, or a directory where there is no content."""

    content: bytes | None = None
    mode: int = 0o644
    uid: int = 0
    gid: int = 0
    written: int = field(default=0, compare=False)
    """When: nobody expects this to be the same after a change of the Dockerfile."""

    @property
    def is_directory(self) -> bool:
        return self.content is None


DIRECTORY = Node(mode=0o755)
Files = dict[str, Node]
"""Absolute path → what is there; the root is not listed."""


@dataclass(slots=True)
class Shell:
    """One RUN: a tree that it changes, and what it touched (written, or only given the same owner again)."""

    files: Files
    directory: str = "/"
    touched: set[str] = field(default_factory=set)
    step: int = 0

    def run(self, text: str) -> None:
        """Do a chain of commands; raises `BuildError`."""
        for command in _chain(text):
            if command.startswith("(") and command.endswith(")"):
                inner = Shell(self.files, self.directory, self.touched, self.step)
                inner.run(command[1:-1])
            else:
                self._command(command)

    # --- paths

    def path(self, word: str) -> str:
        """Make a path absolute."""
        return posixpath.normpath(posixpath.join(self.directory, word)).replace("//", "/")

    def _file(self, word: str) -> str:
        path = self.path(word)
        if path not in self.files or self.files[path].is_directory:
            raise BuildError(f"{path}: no such file")
        return path

    def _any(self, word: str) -> str:
        path = self.path(word)
        if path not in self.files:
            raise BuildError(f"{path}: no such file or directory")
        return path

    def below(self, path: str) -> list[str]:
        """List a path and all below it."""
        return [one for one in self.files if one == path or one.startswith(f"{path.rstrip('/')}/")]

    def put(self, path: str, node: Node) -> None:
        """Put a file somewhere; its directory must be there."""
        parent = posixpath.dirname(path)
        if parent != "/" and (parent not in self.files or not self.files[parent].is_directory):
            raise BuildError(f"{parent}: no such directory")
        old = self.files.get(path)
        if old is not None and old.is_directory:
            raise BuildError(f"{path}: is a directory")
        self.files[path] = node
        self.touched.add(path)

    def make_directories(self, path: str, node: Node = DIRECTORY) -> None:
        """Make a directory and those above it."""
        if path == "/":
            return
        if path in self.files:
            if not self.files[path].is_directory:
                raise BuildError(f"{path}: is a file")
            return
        self.make_directories(posixpath.dirname(path), node)
        self.files[path] = node
        self.touched.add(path)

    def _write(self, path: str, content: bytes) -> None:
        """Write a file as `>` does: one that is there keeps its owner and mode."""
        old = self.files.get(path)
        new = Node(content) if old is None else replace(old, content=content)
        self.put(path, replace(new, written=self.step))

    # --- commands

    def _command(self, command: str) -> None:
        words = shlex.split(command)
        target, append = "", False
        for mark in (">", ">>"):
            if mark in words:
                at = words.index(mark)
                target, append = self.path(words[at + 1]), mark == ">>"
                words = words[:at] + words[at + 2 :]
        name, *rest = words
        if name not in _COMMANDS:
            raise BuildError(f"{name}: not found")
        said = _COMMANDS[name](self, self._expanded(rest))
        if target:
            old = self.files.get(target)
            before = old.content or b"" if append and old is not None else b""
            self._write(target, before + said)

    def _expanded(self, words: Sequence[str]) -> list[str]:
        found: list[str] = []
        for word in words:
            matches: list[str] = []
            if "*" in word:
                pattern = self.path(word)
                alike = (
                    one for one in self.files
                    if one.count("/") == pattern.count("/") and fnmatch.fnmatchcase(one, pattern)
                )  # fmt: skip
                matches = sorted(alike)
            found += matches or [word]
        return found

    def _mkdir(self, words: Sequence[str]) -> bytes:
        options, named = _split(words)
        for word in named:
            path = self.path(word)
            if "-p" not in options and path in self.files:
                raise BuildError(f"{path}: is there already")
            self.make_directories(path)
        return b""

    def _rm(self, words: Sequence[str]) -> bytes:
        options, named = _split(words)
        deep, force = any("r" in one for one in options), any("f" in one for one in options)
        for word in named:
            path = self.path(word)
            if path not in self.files:
                if not force:
                    raise BuildError(f"{path}: no such file")
                continue
            if self.files[path].is_directory and not deep:
                raise BuildError(f"{path}: is a directory")
            for one in self.below(path):
                del self.files[one]
        return b""

    def _printf(self, words: Sequence[str]) -> bytes:
        width = re.fullmatch(r"%0(\d+)d", words[0])
        if width is None:
            raise BuildError("printf")
        return words[1].zfill(int(width[1])).encode()

    def _cat(self, words: Sequence[str]) -> bytes:
        return b"".join(self.files[self._file(word)].content or b"" for word in words)

    def _cp(self, words: Sequence[str]) -> bytes:
        self._write(self.path(words[1]), self.files[self._file(words[0])].content or b"")
        return b""

    def _mv(self, words: Sequence[str]) -> bytes:
        old, new = self._file(words[0]), self.path(words[1])
        node = self.files.pop(old)
        self.put(new, node)
        return b""

    def _touch(self, words: Sequence[str]) -> bytes:
        for word in words:
            path = self.path(word)
            if path in self.files:
                self.files[path] = replace(self.files[path], written=self.step)
                self.touched.add(path)
            else:
                self._write(path, b"")
        return b""

    def _change(self, words: Sequence[str], change: Callable[[Node], Node]) -> bytes:
        options, named = _split(words)
        for word in named:
            path = self._any(word)
            for one in self.below(path) if "-R" in options else [path]:
                self.files[one] = change(self.files[one])
                self.touched.add(one)
        return b""

    def _owner(self, text: str) -> tuple[int, int]:
        user, _colon, group = text.partition(":")
        return self.user(user), self.user(group or user)

    def user(self, name: str) -> int:
        """Give the number of a user, or of a group of the same name."""
        if name.isdigit():
            return int(name)
        passwd = self.files.get("/etc/passwd")
        known = dict(line.split(":") for line in (passwd.content or b"").decode().split()) if passwd else {}
        if name not in known:
            raise BuildError(f"{name}: no such user")
        return int(known[name])

    def _chown(self, words: Sequence[str]) -> bytes:
        options, (owner, *named) = _split(words)
        uid, gid = self._owner(owner)
        return self._change([*options, *named], lambda node: replace(node, uid=uid, gid=gid))

    def _chmod(self, words: Sequence[str]) -> bytes:
        options, (mode, *named) = _split(words)
        if mode == "+x":
            return self._change([*options, *named], lambda node: replace(node, mode=node.mode | 0o111))
        return self._change([*options, *named], lambda node: replace(node, mode=int(mode, 8)))

    def _find(self, words: Sequence[str]) -> bytes:
        """Do `find PATH… [-maxdepth 0] ! -user U -exec chown -h V {} +`."""
        named = words[: next(at for at, word in enumerate(words) if word.startswith(("-", "!")))]
        rest = list(words[len(named) :])
        deep = rest[:2] != ["-maxdepth", "0"]
        _not, _user, user, _exec, _chown, _h, owner, _braces, _plus = rest[0 if deep else 2 :]
        wanted, (uid, gid) = self.user(user), self._owner(owner)
        for word in named:
            path = self._any(word)
            for one in self.below(path) if deep else [path]:
                if self.files[one].uid != wanted:
                    self.files[one] = replace(self.files[one], uid=uid, gid=gid)
                    self.touched.add(one)
        return b""

    def _make(self, words: Sequence[str]) -> bytes:
        """Make a file of all that is in this directory: nothing that it uses has a name in the command."""
        out = self.path(words[0])
        if self.directory != "/" and self.directory not in self.files:
            raise BuildError(f"{self.directory}: no such directory")
        here = [path for path in sorted(self.files) if posixpath.dirname(path) == self.directory and path != out]
        used = b"".join(self.files[path].content or b"" for path in here)
        self._write(out, b"made:" + used[:5000])
        return b""

    def _useradd(self, words: Sequence[str]) -> bytes:
        path = self._file("/etc/passwd")
        content = self.files[path].content or b""
        name = words[-1]
        if f"{name}:".encode() in content:
            raise BuildError(f"{name}: is there already")
        self._write(path, content + f"{name}:{1000 + content.count(b':')}\n".encode())
        return b""

    def _apt(self, words: Sequence[str]) -> bytes:
        """Do `apt-get update`, `apt-get install -y NAME…`, `apt-get purge -y NAME…`."""
        _options, (verb, *names) = _split(words)
        lists, status = "/var/lib/apt/lists/main", "/var/lib/dpkg/status"
        if verb == "update":
            self.make_directories("/var/lib/apt/lists")
            self._write(lists, b"L" * 70_000)
            return b""
        self.make_directories("/var/lib/dpkg")
        for name in names:
            known = self.files[status].content or b"" if status in self.files else b"status:"
            program = f"/usr/bin/{name}"
            if verb == "install":
                self._file(lists)
                self.make_directories("/usr/bin")
                self._write(program, name.encode() * 4000)
                self._write(status, known + f"+{name}".encode() * 50)
            else:
                self._rm([self._file(program)])
                self._write(status, known.replace(f"+{name}".encode() * 50, b""))
        return b""


def _split(words: Sequence[str]) -> tuple[list[str], list[str]]:
    return [one for one in words if one.startswith("-")], [one for one in words if not one.startswith("-")]


def _chain(text: str) -> list[str]:
    found, depth, last = [], 0, 0
    for at, char in enumerate(text):
        depth += (char == "(") - (char == ")")
        if text.startswith("&&", at) and depth == 0:
            found.append(text[last:at].strip())
            last = at + 2
    return [*found, text[last:].strip()]


def _cd(shell: Shell, words: Sequence[str]) -> bytes:
    path = shell.path(words[0])
    if path != "/" and (path not in shell.files or not shell.files[path].is_directory):
        raise BuildError(f"{path}: no such directory")
    shell.directory = path
    return b""


_COMMANDS: dict[str, Callable[[Shell, Sequence[str]], bytes]] = {
    "cd": _cd,
    "true": lambda _shell, _words: b"",
    "mkdir": Shell._mkdir,
    "rm": Shell._rm,
    "printf": Shell._printf,
    "cat": Shell._cat,
    "cp": Shell._cp,
    "mv": Shell._mv,
    "touch": Shell._touch,
    "chown": Shell._chown,
    "chmod": Shell._chmod,
    "find": Shell._find,
    "./make": Shell._make,
    "useradd": Shell._useradd,
    "apt-get": Shell._apt,
}
