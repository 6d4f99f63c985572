"""A stream kept in a private temporary file, for those who will read files out of it again.

Owns making that file so that nothing is left behind: it has no name from the start where the system can open it
without one, and goes with the last layer that needs it. Knows nothing of images.
"""

import errno
from pathlib import Path
from typing import BinaryIO, cast

from layerscope.errors import ImageError
from layerscope.frozen import replace
from layerscope.model.image import LayerBlob
from layerscope.sources.store import ArchiveStore, LayerRef

MIN_FREE_BYTES = 1 << 28
"""What is left free on the disk that temporary files are on."""
_PIECE = 1 << 20
_LOOK_EVERY_BYTES = 1 << 25


class SpooledStore(ArchiveStore):
    """The files of a tar stream, copied to disk as it went by."""

    def __init__(self, stream: BinaryIO, name: str) -> None:
        file, path = _temporary_file()
        self._keeper = _Keeper(file)
        try:
            written = look_at = 0
            while piece := stream.read(_PIECE):
                if written >= look_at:
                    _check_room(name)
                    look_at = written + _LOOK_EVERY_BYTES
                file.write(piece)
                written += len(piece)
            file.flush()
        except OSError as error:
            file.close()
            if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
                raise _no_room(name, error.strerror or "") from error
            raise
        except BaseException:
            file.close()
            raise
        super().__init__(path, name)

    def layer(self, ref: LayerRef) -> LayerBlob:
        """Make a layer that is read where it lies, and keeps the file."""
        return replace(super().layer(ref), keeper=self._keeper)


class _Keeper:
    """Closes the file when the last layer that needs it is gone."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def __del__(self) -> None:
        self._file.close()


def _check_room(name: str) -> None:
    """Stop before the disk is full: others need it, too."""
    import shutil
    import tempfile

    if shutil.disk_usage(tempfile.gettempdir()).free < MIN_FREE_BYTES:
        raise _no_room(name, f"less than {MIN_FREE_BYTES:,} bytes are free")


def _no_room(name: str, why: str) -> ImageError:
    import tempfile

    return ImageError(
        f"{name} does not fit in {tempfile.gettempdir()}: {why}", hint="name a larger directory in TMPDIR"
    )


def _temporary_file() -> tuple[BinaryIO, Path]:
    """Make a file that goes with its last user, and a path by which this process can open it again."""
    import tempfile

    file: BinaryIO = tempfile.TemporaryFile(prefix="layerscope-")  # noqa: SIM115  layers keep it open
    path = Path(f"/proc/self/fd/{file.fileno()}")
    if path.exists():  # Linux: each opening has a position of its own
        return file, path
    file.close()
    named = tempfile.NamedTemporaryFile(prefix="layerscope-")  # noqa: SIM115  same
    # The wrapper, not the file in it: closing that one would leave the name behind.
    return cast("BinaryIO", named), Path(named.name)
