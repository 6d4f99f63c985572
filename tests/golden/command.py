"""Runs the real command in a process of its own, away from this machine's engines, terminal and settings."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import layerscope

COMMAND = [sys.executable, "-m", "layerscope"]
_SOURCE = Path(layerscope.__file__).parents[1]


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run ended."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()


def environment(**more: str) -> dict[str, str]:
    """No engine answers, nothing says that this is CI, and the source under test is found."""
    kept = {name: value for name, value in os.environ.items() if name in {"HOME", "TMPDIR", "LANG", "SYSTEMROOT"}}
    kept["XDG_CONFIG_HOME"] = os.devnull
    no_engine = {"DOCKER_HOST": "unix:///nonexistent/docker.sock", "PATH": os.devnull}
    return kept | no_engine | {"PYTHONPATH": str(_SOURCE)} | more


def layerscope_ends(
    *args: str | Path, stdin: bytes = b"", more: Mapping[str, str] | None = None, folder: Path | None = None
) -> Ended:
    """Run `layerscope ARGS` to its end, in a folder."""
    done = subprocess.run(
        [*COMMAND, *map(str, args)], input=stdin, env=environment(**(more or {})), capture_output=True, check=False,
        cwd=folder,
    )  # fmt: skip
    return Ended(done.returncode, done.stdout.decode(), done.stderr.decode())
