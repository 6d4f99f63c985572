"""What is sent from a process that reads or compares, and how: messages, and the pipe as a file.

The tree, which is large, is not sent but shared (`sharedmemory.py`), before the inspection that stands on it; what
arrives is made into objects at once. Knows no process and no screen.
"""

import copyreg
import os
import pickle
import select
import threading
from collections.abc import Callable, Mapping
from typing import Any, BinaryIO, NamedTuple

from layerscope.analysis.wastetable import Gathered
from layerscope.errors import ImageError
from layerscope.frozen import fields
from layerscope.model.image import RawImage
from layerscope.model.inspection import Inspection
from layerscope.tui.arrange import Arrangement
from layerscope.tui.sharedmemory import Place

INTERVAL_S = 0.1
"""How often whoever waits is told that it still does."""
PIPE_BYTES = 1 << 20
"""Room in a pipe, the most that Linux gives to anybody: with less, both sides wait for their turn at each 64 KiB."""
TREE = "tree"
"""What the tree is called by both sides."""


class Progress(NamedTuple):
    """How far it is."""

    phase: str
    done_bytes: int
    total_bytes: int | None


class Ready(NamedTuple):
    """The manifest is read."""

    raw: RawImage


class Shared(NamedTuple):
    """Where the tree lies that the inspection after it stands on, or the analysis that it is a part of."""

    place: Place


class Found(NamedTuple):
    """What an inspection has more than the one that was sent before it."""

    values: dict[str, Any]

    @classmethod
    def of(cls, whole: Inspection, before: Inspection | None) -> "Found":
        """Tell what is new."""
        values = {field.name: getattr(whole, field.name) for field in fields(whole)}
        return cls({name: value for name, value in values.items() if getattr(before, name, None) is not value})


class Compared(NamedTuple):
    """The comparison that is shown first."""

    made: Arrangement


class Ordered(NamedTuple):
    """The waste of an image with very much of it."""

    gathered: Gathered


class Failed(NamedTuple):
    """An error, in parts: exceptions with keyword-only arguments cannot be unpickled whole."""

    kind: type[Exception]
    args: tuple[object, ...]
    state: dict[str, object]

    @classmethod
    def of(cls, error: Exception) -> "Failed":
        """Take an error apart."""
        import traceback

        # Tracebacks do not travel; --debug shows notes.
        error.add_note("".join(traceback.format_exception(error)))
        return cls(type(error), error.args, error.__dict__)

    def error(self) -> Exception:
        """Make the error again."""
        made = self.kind.__new__(self.kind, *self.args)
        made.__dict__.update(self.state)
        return made


LAST = (Failed, Found)
"""After one of these nothing comes."""


class Pickler(pickle.Pickler):
    """Writes what is sent as it is made, and leaves out what the other side has already."""

    def __init__(self, stream: BinaryIO, known: Mapping[str, object]) -> None:
        """`known` are by name what is not sent."""
        super().__init__(stream, pickle.HIGHEST_PROTOCOL)
        self.dispatch_table = {**copyreg.dispatch_table, type(threading.Lock()): _lock_anew}
        self._names = {id(value): name for name, value in known.items()}

    def persistent_id(self, value: object) -> str | None:
        """Name what is known instead of writing it."""
        return self._names.get(id(value))


def _lock_anew(_lock: object) -> tuple[Callable[[], object], tuple[()]]:
    """Give the other side a lock of its own: one guards what is in one process."""
    return threading.Lock, ()


class Arriving:
    """The pipe as a file to unpickle from: what arrives is made into objects at once, and never whole in memory."""

    def __init__(self, descriptor: int, idle: Callable[[], None]) -> None:
        self._descriptor = descriptor
        self._idle = idle

    def read(self, count: int) -> bytes:
        """Give so many bytes, however long they take."""
        found = bytearray(count)
        self.readinto(found)
        return bytes(found)

    def readinto(self, buffer: bytearray | memoryview) -> int:
        """Fill a buffer."""
        rest = memoryview(buffer)
        while rest:
            if not select.select([self._descriptor], [], [], INTERVAL_S)[0]:
                self._idle()
                continue
            count = os.readv(self._descriptor, [rest])
            if not count:
                raise ImageError("the process that reads the image was ended", hint="is there enough memory?")
            rest = rest[count:]
        return len(buffer)

    def readline(self) -> bytes:
        """Give a line; the protocol that is used has none, but a file must be able to."""
        line = b""
        while not line.endswith(b"\n"):
            line += self.read(1)
        return line


class Unpickler(pickle.Unpickler):
    """Reads what this program wrote, in its own child."""

    def __init__(self, arriving: Arriving, known: Callable[[str], object]) -> None:
        """`known` gives what was not sent, by its name."""
        super().__init__(arriving)
        self._known = known

    def persistent_load(self, name: str) -> object:
        """Give what is known by its name."""
        return self._known(name)
