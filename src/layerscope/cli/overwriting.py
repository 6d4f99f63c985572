"""Dockerfiles that are there already: one that somebody wrote is replaced only where that was asked for.

Owns how one knows what layerscope wrote itself; reports are replaced without a question, for they can be made again.
"""

from pathlib import Path

from layerscope.cli.streams import STDOUT
from layerscope.errors import UsageError

_OWN = ("# By layerscope plan", "# Written by layerscope from the history", "# Nothing to change was found that saves")
_HEAD = 4096
"""Bytes to look at: directives may stand above the comment."""
_NAMES = ("dockerfile", "containerfile")


def is_dockerfile(target: str) -> bool:
    """Tell by its name whether a file is a Dockerfile."""
    return any(name in Path(target).name.lower() for name in _NAMES)


def check_dockerfile(target: str, *, force: bool) -> None:
    """Raise `UsageError` where a file would be replaced that layerscope did not write."""
    path = Path(target)
    if target == STDOUT or force or not path.is_file() or not path.stat().st_size:
        return
    try:
        with path.open("rb") as stream:
            head = stream.read(_HEAD).decode("utf-8", "replace")
    except OSError as error:
        raise UsageError(f"{target}: {error.strerror}") from error
    if not any(line.startswith(_OWN) for line in head.splitlines()):
        raise UsageError(
            f"{target} is there already, and layerscope did not write it", hint="name another file; --force replaces it"
        )
