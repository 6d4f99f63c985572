"""A stream kept in a private temporary file, for those who will read files out of it again.

Owns making that file so that nothing is left behind: it has no name from the start where the system can open it
without one, and goes with the last layer that needs it. Knows nothing of images.
"""

import errno
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, cast

from layerscope.errors import ImageError
from layerscope.model.image import LayerBlob
from layerscope.sources.store import ArchiveStore, LayerRef

_PIECE = 1 << 20


class SpooledStore(ArchiveStore):
    """The files of a tar stream, copied to disk as it went by."""

    def __init__(self, stream: BinaryIO, name: str) -> None:
        self._keeper, path = _temporary_file()
        try:
            while piece := stream.read(_PIECE):
                self._keeper.write(piece)
            self._keeper.flush()
        except OSError as error:
            self._keeper.close()
            if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
                raise ImageError(
                    f"{name} does not fit in {tempfile.gettempdir()}: {error.strerror}",
                    hint="name a larger directory in TMPDIR",
                ) from error
            raise
        except BaseException:
            self._keeper.close()
            raise
        super().__init__(path, name)

    def layer(self, ref: LayerRef) -> LayerBlob:
        """Make a layer that is read where it lies, and keeps the file."""
        return replace(super().layer(ref), keeper=self._keeper)


def _temporary_file() -> tuple[BinaryIO, Path]:
    """Make a file that goes with its last user, and a path by which this process can open it again."""
    file: BinaryIO = tempfile.TemporaryFile(prefix="layerscope-")  # noqa: SIM115  layers keep it open
    path = Path(f"/proc/self/fd/{file.fileno()}")
    if path.exists():  # Linux: each opening has a position of its own
        return file, path
    file.close()
    named = tempfile.NamedTemporaryFile(prefix="layerscope-")  # noqa: SIM115  same
    # The wrapper, not the file in it: closing that one would leave the name behind.
    return cast("BinaryIO", named), Path(named.name)
