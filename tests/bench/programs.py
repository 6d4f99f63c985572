"""The programs that are compared: how each is started, what its screen shows when it is ready, which keys do what.

Owns what is known of layerscope, Dive 0.13 and xray-tui as a user sees them; measures nothing.
"""

import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final

DOWN: Final = b"\x1b[B"
PAGE_DOWN: Final = b"\x1b[6~"
ESCAPE: Final = b"\x1b"

KEY_KINDS: Final = ("cursor down", "page down", "change layer", "expand all", "type in the filter")
_QUERY: Final = tuple(bytes([letter]) for letter in b"python3")
"""What is typed in the filter: a part of names in the synthetic images and in Debian's."""


@dataclass(frozen=True, slots=True)
class Keys:
    """One kind of key press: what leads there, what is timed, and what is pressed besides."""

    before: tuple[bytes, ...]
    timed: tuple[bytes, ...]
    """In turn; each press is a sample."""
    between: tuple[bytes, ...] = ()
    after: tuple[bytes, ...] = ()
    rounds: int = 1
    place: str = ""
    """What the screen shows where the keys are to be pressed; until it does, `before` is pressed again."""


@dataclass(frozen=True, slots=True)
class Program:
    """One of the programs."""

    name: str
    executable: str
    judge: tuple[str, ...]
    """Arguments before an archive that make it judge the image and end; () when it cannot."""
    show: tuple[str, ...]
    """Arguments before an archive that open its terminal interface."""
    archive: str
    """How it wants an archive to be called, with {} for the path."""
    listed: str
    """What is on the screen as soon as the layers are listed."""
    usable: str
    """What is on the screen when everything is there."""
    leave: bytes
    """Keys that end it."""
    probe: bytes
    """A key that changes the screen, pressed as soon as everything is there."""
    keys: dict[str, Keys] = field(default_factory=dict)
    engine: tuple[str, ...] = ()
    """Arguments before an image's name that make it judge the image of the Docker engine."""
    reads_zstd: bool = True

    def judging(self, archive: Path) -> list[str]:
        """Give the command that judges an archive."""
        return [self.executable, *self.judge, self.archive.format(archive)]

    def showing(self, archive: Path) -> list[str]:
        """Give the command that opens an archive in the terminal interface."""
        return [self.executable, *self.show, self.archive.format(archive)]

    def judging_engine(self, image: str) -> list[str]:
        """Give the command that judges an image of the engine."""
        return [self.executable, *self.engine, image]


def layerscope(executable: str | None = None) -> Program:
    """Describe ours: as installed beside this Python, unless another one is named."""
    found = executable or shutil.which("layerscope", path=str(Path(sys.executable).parent)) or "layerscope"
    uncached = ("--no-cache",) if _has_option(found, "--no-cache") else ()
    return Program(
        name="layerscope",
        executable=found,
        judge=("ci", *uncached),
        show=("inspect", *uncached),
        archive="{}",
        listed=r"Layers · [\d,]+ layers?",
        usable=r"(?s)% efficient.*[▾▸] /",
        leave=b"q",
        probe=b"\t",
        keys={
            "cursor down": Keys((b"2", b"+", b"g"), (b"j",) * 20),
            "page down": Keys((b"g",), (PAGE_DOWN,) * 20),
            "change layer": Keys((b"1", b"g", b"2"), (b"]",) * 17),
            "expand all": Keys((b"1", b"g", b"2", b"-"), (b"+",) * 20, between=(b"-",)),
            "type in the filter": Keys((b"/",), _QUERY, after=(ESCAPE,), rounds=3),
        },
        engine=("ci", *uncached, "--source", "docker"),
    )


DIVE: Final = Program(
    name="Dive",
    executable="dive",
    judge=("--ci",),
    show=(),
    archive="docker-archive://{}",
    listed=r"Image efficiency score",
    usable=r"Image efficiency score",
    leave=b"\x03",
    probe=DOWN,
    keys={
        "cursor down": Keys((b"\t",), (DOWN,) * 20, place="● Current Layer"),
        "page down": Keys((), (PAGE_DOWN,) * 20),
        "change layer": Keys((b"\t",), (DOWN,) * 16, place="● Layers"),  # the probe was one
        "expand all": Keys((b"\t", b"\0"), (b"\0",) * 20, between=(b"\0",)),
        "type in the filter": Keys((b"\x06",), _QUERY),
    },
    engine=("--ci",),
)
XRAY: Final = Program(
    name="xray",
    executable="xray",
    judge=(),
    show=("-f",),
    archive="{}",
    listed=r"Layers",
    usable=r"Layers",
    leave=b"Q",
    probe=b"j",
    keys={
        "cursor down": Keys((b"4",), (b"j",) * 20),
        "change layer": Keys((b"3",), (b"j",) * 16),  # the probe was one
        "type in the filter": Keys((b"4", b"\x06"), _QUERY),
    },
    reads_zstd=False,
)
PEERS: Final = (DIVE, XRAY)


def installed_peers(names: Sequence[str]) -> list[Program]:
    """Give the peers of these names that are on PATH."""
    return [peer for peer in PEERS if peer.name in names and shutil.which(peer.executable)]


def version_of(program: Program) -> str:
    """Ask a program for its version; "not installed" where it is not."""
    if shutil.which(program.executable) is None:
        return "not installed"
    done = subprocess.run([program.executable, "--version"], capture_output=True, text=True, check=False)
    return " ".join(done.stdout.split())


@cache
def _has_option(executable: str, option: str) -> bool:
    done = subprocess.run([executable, "ci", "--help"], capture_output=True, text=True, check=False)
    return option in done.stdout
