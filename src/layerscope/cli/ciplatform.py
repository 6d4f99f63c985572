"""Which CI system this runs in, and where it wants to be told. Chooses annotations, never the verdict.

Owns as well what must not get into its log: text that others read as it is, such as a Dockerfile, is not escaped.
"""

import os
import stat
import sys
from collections.abc import Mapping
from pathlib import Path

from layerscope.cli.streams import STDOUT
from layerscope.errors import UsageError
from layerscope.frozen import dataclass

_TRUE = frozenset({"true", "1", "yes"})


@dataclass(frozen=True, slots=True)
class Platform:
    """A CI system as far as reports matter."""

    name: str
    annotations: str | None = None
    """Kind of report whose lines the system's log reader understands; None where it reads files only."""
    summary: Path | None = None
    """Markdown is added to this file."""
    outputs: Path | None = None
    """`name=value` lines for later steps are added to this file."""


def detect(environ: Mapping[str, str]) -> Platform | None:
    """Name the CI system; None where there is none."""

    def says(name: str) -> bool:
        return environ.get(name, "").strip().lower() in _TRUE

    def file(name: str) -> Path | None:
        return Path(environ[name]) if environ.get(name) else None

    if says("GITHUB_ACTIONS"):
        return Platform("github", "github", file("GITHUB_STEP_SUMMARY"), file("GITHUB_OUTPUT"))
    if says("TF_BUILD"):
        return Platform("azure", "azure")
    if says("GITLAB_CI"):
        return Platform("gitlab")
    if says("BUILDKITE"):
        return Platform("buildkite")
    if environ.get("JENKINS_URL"):
        return Platform("jenkins")
    return Platform("generic") if says("CI") else None


def check_commands(text: str, target: str) -> None:
    """Raise `UsageError` where text for standard output holds lines that the log reader of a CI system would obey."""
    from layerscope.reports.escaping import log_line

    if target != STDOUT or detect(os.environ) is None or _goes_into_file():
        return
    for number, line in enumerate(text.splitlines(), 1):
        if log_line(line) != line:
            raise UsageError(
                f"line {number} of the Dockerfile to be written is a command to the CI system that reads this log",
                hint="-o FILE writes it into a file",
            )


def _goes_into_file() -> bool:
    """Tell whether standard output is a file, which no log reader sees."""
    try:
        return sys.stdout is not None and stat.S_ISREG(os.fstat(sys.stdout.fileno()).st_mode)
    except (OSError, ValueError):
        return False
