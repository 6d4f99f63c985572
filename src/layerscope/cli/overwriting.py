"""Files that are there already: what somebody wrote, or changed since, is replaced only where that was asked for.

Owns how one knows what layerscope wrote itself; reports are replaced without a question, for they can be made again.
"""

from pathlib import Path

from layerscope.cli.streams import STDOUT
from layerscope.errors import UsageError

_OWN = ("# By layerscope plan", "# Written by layerscope from the history", "# Nothing to change was found that saves")
_HEAD = 4096
"""Bytes to look at: directives may stand above the comment."""
_NAMES = ("dockerfile", "containerfile")
_HINT = "name another file; --force replaces it"


def is_dockerfile(target: str) -> bool:
    """Tell by its name whether a file is a Dockerfile."""
    return any(name in Path(target).name.lower() for name in _NAMES)


def check_dockerfile(target: str, *, force: bool) -> None:
    """Raise `UsageError` early where a Dockerfile would be replaced that layerscope did not write."""
    if _is_free(target, force=force):
        return
    head = _content(target, _HEAD).decode("utf-8", "replace")
    if not any(line.startswith(_OWN) for line in head.splitlines()):
        raise UsageError(f"{target} is there already, and layerscope did not write it", hint=_HINT)


def check_same(target: str, text: str, *, force: bool) -> None:
    """Raise `UsageError` where a file holds anything but what is to be written: somebody may have worked on it."""
    if not _is_free(target, force=force) and _content(target, -1) != text.encode("utf-8", "surrogateescape"):
        raise UsageError(f"{target} is there already, and is not what would be written now", hint=_HINT)


def _is_free(target: str, *, force: bool) -> bool:
    path = Path(target)
    return target == STDOUT or force or not path.is_file() or not path.stat().st_size


def _content(target: str, most_bytes: int) -> bytes:
    try:
        with Path(target).open("rb") as stream:
            return stream.read(most_bytes)
    except OSError as error:
        raise UsageError(f"{target}: {error.strerror}") from error
