"""A byte range of a local file, read like a file of its own.

Knows nothing of what the bytes are.
"""

import io
import os

from layerscope.errors import ImageError
from layerscope.model.image import FileWindow


class WindowReader(io.RawIOBase):
    """A byte range of a file, with a position of its own; it owns and closes the file.

    ImageError when the file changes meanwhile: that is looked at when it is opened, and at the range's end.
    """

    def __init__(self, window: FileWindow, name: str) -> None:
        self._window = window
        self._descriptor = window.open()
        self._offset = window.offset
        self._size_bytes = window.size_bytes
        self._name = name
        self._position = 0

    def readable(self) -> bool:
        """Say yes."""
        return True

    def seekable(self) -> bool:
        """Say yes."""
        return True

    def tell(self) -> int:
        """Position in the window."""
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move within the window, or beyond its end."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size_bytes}[whence]
        if base + offset < 0:
            raise ValueError("negative seek position")
        self._position = base + offset
        return self._position

    def readinto(self, buffer: "bytearray | memoryview") -> int:  # type: ignore[override]
        """Read at the position, not beyond the window."""
        view = memoryview(buffer).cast("B")
        data = self.read(len(view))
        view[: len(data)] = data
        return len(data)

    def read(self, size: int = -1) -> bytes:
        """Read at the position, not beyond the window; what the base class does copies it twice."""
        if size < 0:
            return self.readall()
        wanted = min(size, self._size_bytes - self._position)
        if wanted <= 0:
            if size:
                self._window.check(self._descriptor)
            return b""
        data = os.pread(self._descriptor, wanted, self._offset + self._position)
        if not data:
            raise ImageError(f"{self._name} became shorter while it was read")
        self._position += len(data)
        return data

    def close(self) -> None:
        """Close the file, too."""
        if not self.closed:
            os.close(self._descriptor)
        super().close()
