"""What a file tree is, as the engine shows it and as layerscope says it, brought to one form to compare.

Owns the reading of `docker export` tars, of unpacked directories and of `layerscope ls --format json`, and the
list of what an engine adds when it creates a container. It knows nothing about how images are built.
"""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import tarfile
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

#: `docker create` puts these into an init layer above the image, in place of what the image has there.
MADE_BY_CREATE: Final = frozenset({
    "/.dockerenv",
    "/dev/console",
    "/dev/pts",
    "/dev/shm",
    "/etc/hostname",
    "/etc/hosts",
    "/etc/mtab",
    "/etc/resolv.conf",
    "/proc",
    "/sys",
})  # fmt: skip

#: Making them touches their parents, or makes them.
_TOUCHED_BY_CREATE: Final = frozenset({"/dev", "/etc"})

_SHOWN_DIFFERENCES: Final = 40

_TAR_KINDS: Final = {
    tarfile.REGTYPE: "file",
    tarfile.AREGTYPE: "file",
    tarfile.DIRTYPE: "directory",
    tarfile.SYMTYPE: "symlink",
    tarfile.LNKTYPE: "hardlink",
    tarfile.CHRTYPE: "character",
    tarfile.BLKTYPE: "block",
    tarfile.FIFOTYPE: "fifo",
}
_MODE_KINDS: Final = {
    stat.S_IFREG: "file",
    stat.S_IFDIR: "directory",
    stat.S_IFLNK: "symlink",
    stat.S_IFCHR: "character",
    stat.S_IFBLK: "block",
    stat.S_IFIFO: "fifo",
}


class Row(NamedTuple):
    """One path of a tree; `link_target` of a hard link is the first path of its group in sorted order."""

    kind: str
    size_bytes: int
    mode: int
    uid: int
    gid: int
    mtime_s: int
    link_target: str | None


Tree = dict[str, Row]


def tree_of_export(archive: Path) -> Tree:
    """Read what `docker export` or `podman export` wrote."""
    tree: Tree = {}
    with tarfile.open(archive) as tar:
        for member in tar:
            path = _absolute(member.name)
            target = member.linkname if member.issym() else _absolute(member.linkname)
            tree[path] = Row(
                kind=_TAR_KINDS[member.type],
                size_bytes=member.size if member.isreg() else 0,
                mode=stat.S_IMODE(member.mode),  # docker writes the kind's bits too
                uid=member.uid,
                gid=member.gid,
                mtime_s=int(member.mtime),
                link_target=_printable(target) if member.issym() or member.islnk() else None,
            )
    return _with_sorted_hard_links(tree)


def tree_of_directory(root: Path) -> Tree:
    """Read a tree that is unpacked or mounted."""
    tree: Tree = {}
    first_names: dict[tuple[int, int], str] = {}
    for path in sorted(root.rglob("*")):
        name, status = _absolute(str(path.relative_to(root))), path.lstat()
        kind, target = _MODE_KINDS[stat.S_IFMT(status.st_mode)], None
        if kind == "symlink":
            target = _printable(os.readlink(path))  # noqa: PTH115 - pathlib would tidy the target up
        elif kind == "file" and status.st_nlink > 1:
            first = first_names.setdefault((status.st_dev, status.st_ino), name)
            kind, target = ("file", None) if first == name else ("hardlink", first)
        tree[name] = Row(
            kind=kind,
            size_bytes=status.st_size if kind == "file" else 0,
            mode=stat.S_IMODE(status.st_mode),
            uid=status.st_uid,
            gid=status.st_gid,
            mtime_s=int(status.st_mtime // 1),
            link_target=target,
        )
    return _with_sorted_hard_links(tree)


def tree_of_listing(lines: Iterable[str]) -> Tree:
    """Read the JSON lines of `layerscope ls --format json`."""
    tree: Tree = {}
    for line in lines:
        row = json.loads(line)
        size_bytes = row["size_bytes"] if row["kind"] == "file" else 0
        tree[row["path"]] = Row(
            row["kind"], size_bytes, row["mode"], row["uid"], row["gid"], int(row["mtime_s"] // 1), row["link_target"]
        )
    tree.pop("/", None)  # exports have no entry for it
    return _with_sorted_hard_links(tree)


def without_container_files(tree: Mapping[str, Row]) -> Tree:
    """Leave out what creating a container added or replaced, and what it did to the directories around."""
    kept = {path: row for path, row in tree.items() if path not in MADE_BY_CREATE}
    for parent in _TOUCHED_BY_CREATE & kept.keys():
        if any(path.startswith(f"{parent}/") for path in kept):
            kept[parent] = kept[parent]._replace(mtime_s=0)
        else:
            del kept[parent]  # perhaps made for the files in it
    return kept


def assert_same_files(engine: Mapping[str, Row], ours: Mapping[str, Row]) -> None:
    """Fail with a line a path where the two trees disagree about what the image has."""
    engine, ours = without_container_files(engine), without_container_files(ours)
    lines = [f"{path}: only the engine has it" for path in sorted(engine.keys() - ours.keys())]
    lines += [f"{path}: only layerscope has it" for path in sorted(ours.keys() - engine.keys())]
    for path in sorted(engine.keys() & ours.keys()):
        if _since_1970(engine[path]) != _since_1970(ours[path]):
            lines.append(f"{path}:\n  engine     {engine[path]}\n  layerscope {ours[path]}")
    assert not lines, "\n".join([f"{len(lines)} paths differ", *lines[:_SHOWN_DIFFERENCES]])


def _since_1970(row: Row) -> Row:
    """Move earlier times to 1970, as engines do when they unpack a layer; the layer itself keeps them."""
    return row._replace(mtime_s=max(0, row.mtime_s))


def content_bytes(tree: Mapping[str, Row]) -> int:
    """Add up the regular files, each inode once."""
    return sum(row.size_bytes for row in tree.values())


def layerscope(*args: str | Path, env: Mapping[str, str] | None = None) -> str:
    """Run the command line as a user would and give its stdout."""
    command = [sys.executable, "-m", "layerscope", *args]
    done = subprocess.run(command, env=env, capture_output=True, check=False)
    assert done.returncode == 0, f"{command} ended with {done.returncode}:\n{done.stderr.decode()[-3000:]}"
    return done.stdout.decode()


def layerscope_tree(image: str | Path, env: Mapping[str, str] | None = None) -> Tree:
    """List the final image's files with `layerscope ls`."""
    return tree_of_listing(layerscope("ls", "--format", "json", image, env=env).splitlines())


def layerscope_report(image: str | Path, env: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Give the JSON report."""
    report: dict[str, Any] = json.loads(layerscope("report", image, "--format", "json", env=env))
    return report


def _absolute(name: str) -> str:
    return "/" + _printable(name).removeprefix("./").strip("/")


def _printable(name: str) -> str:
    """Write bytes that are not UTF-8 as the JSON contract does."""
    return os.fsencode(name).decode(errors="backslashreplace")


def _with_sorted_hard_links(tree: Tree) -> Tree:
    """Make the first path of each group of hard links the file, whichever the tar or the walk met first."""
    groups: dict[str, list[str]] = defaultdict(list)
    for path, row in tree.items():
        if row.kind == "hardlink" and row.link_target is not None:
            groups[row.link_target].append(path)
    for target, links in groups.items():
        if target not in tree:
            continue  # left as it is, so that the comparison shows it
        first, *others = sorted([target, *links])
        inode = tree[first] = tree[target]
        for path in others:
            # Only of files is it worth knowing; some walks do not tell it of links, pipes and devices.
            is_file = inode.kind == "file"
            tree[path] = inode._replace(kind="hardlink", size_bytes=0, link_target=first) if is_file else inode
    return tree
