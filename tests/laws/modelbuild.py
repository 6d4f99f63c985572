"""A builder for small Dockerfiles: each instruction changes a tree, and what it touched is its layer.

Owns COPY, `.dockerignore`, RUN with mounts, WORKDIR; the shell is `modelshell.py`'s. Layers are as an engine with an
overlay writes them: what a step touched is shipped, though it be the same as before.
"""

import posixpath
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from builder import Entry, ImageBuilder, directory, file
from laws.modelshell import BuildError, Files, Node, Shell
from layerscope.history.dockerfile import parse_dockerfile
from layerscope.model.history import Instruction

BASE: Files = {
    "/etc": Node(mode=0o755),
    "/etc/os-release": Node(b"ID=model"),
    "/etc/passwd": Node(b"root:0\n"),
    "/d": Node(mode=0o755),
    "/d/base": Node(b"B" * 3100),
}


@dataclass(slots=True)
class Build:
    """An image that is being built."""

    context: Mapping[str, bytes]
    """Path in the context → content."""
    ignored: Sequence[str] = ()
    files: Files = field(default_factory=lambda: dict(BASE))
    directory: str = "/"
    image: ImageBuilder = field(default_factory=lambda: ImageBuilder("model:1"))
    layer_bytes: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._layer({}, set(self.files), "ADD rootfs.tar / # buildkit")

    def run_file(self, text: str) -> None:
        """Do all that a Dockerfile says; raises `BuildError`."""
        for instruction in parse_dockerfile(text).instructions:
            if instruction.keyword != "FROM":
                self.step(instruction)

    def step(self, instruction: Instruction) -> None:
        """Do one instruction."""
        before, text = dict(self.files), instruction.text
        if instruction.keyword == "RUN":
            shell = Shell(self.files, self.directory, step=len(self.layer_bytes))
            self._with_mounts(shell, instruction)
            self._layer(before, shell.touched, f"RUN {' '.join((*instruction.flags, '/bin/sh -c', text))} # buildkit")
        elif instruction.keyword == "COPY":
            shell = Shell(self.files, self.directory, step=len(self.layer_bytes))
            self._copy(shell, instruction)
            self._layer(before, shell.touched, f"{instruction.line} # buildkit")
        elif instruction.keyword == "WORKDIR":
            shell = Shell(self.files, self.directory, step=len(self.layer_bytes))
            self.directory = shell.path(text)
            shell.make_directories(self.directory)
            self._layer(before, shell.touched, f"WORKDIR {self.directory}")
        else:
            self.image.step(instruction.line)

    def _with_mounts(self, shell: Shell, instruction: Instruction) -> None:
        mounted: dict[str, Node | None] = {}
        before = set(self.files)
        for flag in instruction.flags:
            options = dict(one.partition("=")[::2] for one in flag.removeprefix("--mount=").split(","))
            if options["type"] != "bind":
                raise BuildError(flag)
            for path, content in self._sources(options["source"]).items():
                target = posixpath.normpath(posixpath.join(options["target"], path)) if path else options["target"]
                mounted[target] = self.files.get(target)
                shell.make_directories(posixpath.dirname(target))
                self.files[target] = Node(content)
        stubs = set(self.files) - before - set(mounted)
        shell.run(instruction.text)
        for target, old in mounted.items():
            shell.touched.discard(target)
            if target not in self.files:
                raise BuildError(f"{target}: is mounted, and cannot be removed")
            if old is None:
                del self.files[target]
            else:
                self.files[target] = old
        for stub in sorted(stubs, reverse=True):  # directories that were made to mount in, where they are empty
            if stub in self.files and len(shell.below(stub)) == 1:
                del self.files[stub]

    def _sources(self, source: str) -> dict[str, bytes]:
        """Find the files of a source; "" is the source itself."""
        name = posixpath.normpath(source).lstrip("/") or "."
        here = {path: content for path, content in self.context.items() if not self._is_ignored(path)}
        if name in here:
            return {"": here[name]}
        top = "" if name == "." else f"{name}/"
        found = {path[len(top) :]: content for path, content in here.items() if path.startswith(top)}
        is_there = any(path.startswith(top) for path in self.context) and not self._is_ignored(name)
        if not found and not is_there:
            raise BuildError(f"{source}: not found in the context")
        return found

    def _directories(self, source: str) -> list[str]:
        """List the directories of a source that are in the context, empty ones too."""
        name = posixpath.normpath(source).lstrip("/") or "."
        top = "" if name == "." else f"{name}/"
        inside = {posixpath.dirname(path[len(top) :]) for path in self.context if path.startswith(top)}
        return [path for path in sorted(inside) if not path or not self._is_ignored(top + path)]

    def _is_ignored(self, path: str) -> bool:
        return any(f"{path}/".startswith(f"{line.removesuffix('*').removesuffix('/')}/") and path != line[:-2]
                   for line in self.ignored)  # fmt: skip

    def _copy(self, shell: Shell, instruction: Instruction) -> None:
        uid = gid = 0
        mode: int | None = None
        for flag in instruction.flags:
            name, _equals, value = flag.partition("=")
            if name == "--chown":
                user, _colon, group = value.partition(":")
                uid, gid = shell.user(user), shell.user(group or user)
            elif name == "--chmod":
                mode = int(value, 8)
            else:
                raise BuildError(flag)
        *sources, target = instruction.text.split()
        home = shell.path(target)
        into = target.endswith("/") or len(sources) > 1 or self.files.get(home, Node(b"")).is_directory
        above = Node(None, 0o755, uid, gid)
        top = above if mode is None else replace(above, mode=mode)
        shell.make_directories(posixpath.dirname(home) if not target.endswith("/") else home, above)
        for source in sources:
            for path, content in self._sources(source).items():
                inside = path or (posixpath.basename(source) if into else "")
                place = posixpath.normpath(posixpath.join(home, inside)) if inside else home
                shell.make_directories(posixpath.dirname(place), top)
                shell.put(place, Node(content, 0o644 if mode is None else mode, uid, gid))
            if source not in self.context:
                for path in self._directories(source):
                    shell.make_directories(posixpath.normpath(posixpath.join(home, path)), top)

    def _layer(self, before: Files, touched: set[str], created_by: str) -> None:
        gone = [path for path in before if path not in self.files]
        gone = [path for path in gone if posixpath.dirname(path) not in gone]
        shipped = {path for path in touched if path in self.files}
        shipped |= {path for path, node in self.files.items() if before.get(path) != node}
        above = {up for path in (*shipped, *gone) for up in _above(path) if up in self.files}
        entries = [(path[1:], _entry(self.files[path])) for path in sorted(shipped | above)]
        self.image.layer(entries, remove=[path[1:] for path in gone]).run(created_by)
        self.layer_bytes.append(sum(len(self.files[path].content or b"") for path in shipped))


def _above(path: str) -> list[str]:
    found = []
    while (path := posixpath.dirname(path)) != "/":
        found.append(path)
    return found


def _entry(node: Node) -> Entry:
    if node.content is None:
        return directory(node.mode, uid=node.uid, gid=node.gid)
    return file(node.content, mode=node.mode, uid=node.uid, gid=node.gid, mtime=1_700_000_000 + node.written)


def built(text: str, context: Mapping[str, bytes], ignored: Sequence[str] = ()) -> Build:
    """Build a Dockerfile."""
    build = Build(context, ignored)
    build.run_file(text)
    return build
