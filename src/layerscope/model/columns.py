"""Large columns beside their pickle, as they lie in memory: who has the bytes has the columns, without making them.

Owns the form of a block: a pickle that says what there is, and the bytes of its arrays and texts one after the other.
A million entries are a hundred megabytes, of which most are never looked at; put together from a block they are views
of it, in a tenth of a millisecond each, where pickling alone takes a third of a second. Knows no file and no checksum:
a block must be exactly what was taken apart, and whoever keeps one sees to that.
"""

import io
import pickle
import struct
from array import array
from collections.abc import Callable, Iterator, Mapping
from typing import Any

Classes = Mapping[str, frozenset[str]]
"""By module, the classes of which there may be objects in a block."""
Piece = bytes | memoryview

_NUMBER = struct.Struct("<Q")
_ALIGNED = 8
_OWN = {
    "array": {"_array_reconstructor", "array"},
    "builtins": {"bytearray"},
    "layerscope.model.columns": {"column"},
    "layerscope.model.keys": {"Keys"},
}


def taken_apart(value: object) -> list[Piece]:
    """Give the pieces of a block, in order; they are views of the columns, which must not change meanwhile."""
    columns: list[memoryview] = []

    def beside(buffer: pickle.PickleBuffer) -> None:
        columns.append(buffer.raw())

    head = io.BytesIO()
    _Pickler(head, pickle.HIGHEST_PROTOCOL, buffer_callback=beside).dump(value)
    sizes = [head.tell(), *map(len, columns)]
    numbers = b"".join(map(_NUMBER.pack, [len(columns), *sizes]))
    pieces: list[Piece] = []
    for part in (memoryview(numbers), head.getbuffer(), *columns):
        pieces += [part, bytes(-len(part) % _ALIGNED)]
    return pieces


def put_together(block: memoryview, classes: Classes) -> object:
    """Make what was taken apart: its columns are views of the block, and stay as long as they are used.

    Raises whatever `pickle` does for what is no block; nothing but objects of these classes is made.
    """
    (count,) = _NUMBER.unpack_from(block)
    sizes = [size for (size,) in struct.iter_unpack("<Q", block[_ALIGNED : (count + 2) * _ALIGNED])]
    pieces = _pieces(block, (count + 2) * _ALIGNED, sizes)
    head = next(pieces)
    return _Unpickler(head, pieces, classes).load()


def _pieces(block: memoryview, start: int, sizes: list[int]) -> Iterator[memoryview]:
    for size in sizes:
        yield block[start : start + size]
        start += size + -size % _ALIGNED


def column(data: bytes | memoryview, code: str) -> "memoryview | array[int]":
    """Give a column its type back; one of nothing cannot be a view."""
    return memoryview(data).cast("B").cast(code) if len(data) else array(code)  # type: ignore[call-overload]


class _Pickler(pickle.Pickler):
    """Writes arrays, and views that were arrays, beside what it writes."""

    def reducer_override(self, value: object) -> Any:
        if isinstance(value, array):
            return column, (pickle.PickleBuffer(value), value.typecode)
        if isinstance(value, memoryview):
            return column, (pickle.PickleBuffer(value), value.format)
        return NotImplemented


class _Unpickler(pickle.Unpickler):
    """Makes the classes it is told, and nothing else."""

    def __init__(self, head: memoryview, columns: Iterator[memoryview], classes: Classes) -> None:
        super().__init__(io.BytesIO(head), buffers=columns)
        self._classes = classes

    def find_class(self, module_name: str, global_name: str) -> object:
        if global_name in self._classes.get(module_name, ()) or global_name in _OWN.get(module_name, ()):
            return super().find_class(module_name, global_name)
        raise pickle.UnpicklingError(f"{module_name}.{global_name} is nothing that this block may hold")


Room = Callable[[io.BufferedReader, int], memoryview]
"""Brings so many bytes of a file, from where it stands on, into memory; fewer where it ends before."""


def own_room(file: io.BufferedReader, size_bytes: int) -> memoryview:
    """Bring them into memory of this process."""
    return memoryview(file.read(size_bytes))
