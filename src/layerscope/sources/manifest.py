"""Untrusted JSON, read with its address.

Owns turning bytes into values whose every error says where they were (`x.tar: manifest.json[0].Layers[2]`), and the
limits on size and depth. Keys match as Go's encoding/json does: exactly, else without regard to case (jib writes
lower case). Knows nothing of what the documents mean: that is in `imageconfig.py`, `dockersave.py` and `oci.py`.
"""

import json
import re
from collections.abc import Iterator
from itertools import accumulate, islice

from layerscope.errors import DamagedImageError, LimitError
from layerscope.frozen import dataclass
from layerscope.model.image import Digest, Note
from layerscope.patterns import regex

MAX_JSON_BYTES = 4 * 1024 * 1024
"""Manifests, indexes and configurations above this are refused (as containers/image does, CVE-2020-1702)."""
MAX_JSON_DEPTH = 100
"""Objects and lists within one another; image documents have fewer than ten."""
MAX_SIZE_BYTES = (1 << 63) - 1
"""What Go's tools can hold."""
MAX_ITEMS = 10_000
"""Of a list or an object that an image can do without, such as variables and labels: real ones have tens."""
_MAX_NOTES = 10
_DIGEST = regex(r"sha256:[0-9a-f]{64}|sha384:[0-9a-f]{96}|sha512:[0-9a-f]{128}")
_STRING = regex(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
"""Possessive: what could be taken back costs memory, a hundred bytes a character."""
_STEPS = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}
_NO_BRACKETS = bytes(set(range(256)) - set(_STEPS))
_WORDS = {type(None): "null", bool: "a boolean", int: "a number", float: "a number", str: "text", list: "a list",
          dict: "an object"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Json:
    """A JSON value and its address. A missing field is the same as null, as in Go."""

    value: object
    where: str

    def __getitem__(self, key: str) -> "Json":
        """Give a field of an object; null where there is none."""
        fields = self.fields()
        if key not in fields:
            key = next((other for other in fields if other.casefold() == key.casefold()), key)
        return Json(fields.get(key), f"{self.where}.{key}")

    def __bool__(self) -> bool:
        """Tell a value from null."""
        return self.value is not None

    def fields(self) -> dict[str, object]:
        """Read an object; null is an empty one."""
        if self.value is None:
            return {}
        if not isinstance(self.value, dict):
            raise self.unexpected("an object")
        return self.value

    def items(self) -> list["Json"]:
        """Read a list; null is an empty one."""
        if self.value is None:
            return []
        if not isinstance(self.value, list):
            raise self.unexpected("a list")
        return [Json(item, f"{self.where}[{index}]") for index, item in enumerate(self.value)]

    def at_most(self, most: int, what: str) -> list["Json"]:
        """Read a list; LimitError when it is longer, before each item costs an object."""
        if isinstance(self.value, list) and len(self.value) > most:
            raise LimitError(f"{self.where} has {len(self.value):,} {what}; {most:,} are read")
        return self.items()

    def entries(self) -> Iterator[tuple[str, "Json"]]:
        """Read an object as key and value, in order."""
        for key, value in self.fields().items():
            yield key, Json(value, f"{self.where}.{key}")

    def text(self) -> str:
        """Read text; null is empty."""
        if self.value is None:
            return ""
        if not isinstance(self.value, str):
            raise self.unexpected("text")
        return self.value

    def number(self) -> int | None:
        """Read a whole number, or null."""
        if self.value is None:
            return None
        if isinstance(self.value, bool) or not isinstance(self.value, int):
            raise self.unexpected("a whole number")
        return self.value

    def size(self) -> int | None:
        """Read a number of bytes, or null."""
        number = self.number()
        if number is not None and not 0 <= number <= MAX_SIZE_BYTES:
            raise DamagedImageError(f"{self.where} is no size: {str(number)[:30]}")
        return number

    def truth(self) -> bool:
        """Read a boolean; null is false."""
        if self.value is not None and not isinstance(self.value, bool):
            raise self.unexpected("a boolean")
        return bool(self.value)

    def texts(self) -> tuple[str, ...]:
        """Read a list of texts; null is an empty one."""
        return tuple(item.text() for item in self.items())

    def digest(self) -> Digest:
        """Read `algorithm:hex`; nothing else may become part of a path (CVE-2024-3727)."""
        text = self.text()
        if not _DIGEST.fullmatch(text):
            raise DamagedImageError(f"{self.where} is not a digest: {text[:100]!r}")
        return Digest(text)

    def unexpected(self, wanted: str) -> DamagedImageError:
        """Make the error for a value of another type."""
        return DamagedImageError(f"{self.where} should be {wanted} and is {_WORDS[type(self.value)]}")


def parse_json(data: bytes, where: str) -> Json:
    """Parse a document; errors name it as `where` (file and member)."""
    check_json_size(len(data), where)
    if _depth(data) > MAX_JSON_DEPTH:
        raise LimitError(f"{where} is nested too deeply to be read: {MAX_JSON_DEPTH} levels are")
    try:
        return Json(json.loads(data.decode("utf-8-sig")), where)
    except ValueError as error:  # JSONDecodeError and UnicodeDecodeError are such, and numbers of 5,000 digits
        raise DamagedImageError(f"{where} is not JSON: {error}") from error


def _depth(data: bytes) -> int:
    """Count the levels: the parser's own limit depends on the stack it finds."""
    if data.count(b"[") + data.count(b"{") <= MAX_JSON_DEPTH:
        return 0
    brackets = _STRING.sub(b"", data).translate(None, _NO_BRACKETS)
    return max(accumulate(map(_STEPS.__getitem__, brackets)), default=0)


def check_json_size(size_bytes: int, where: str) -> None:
    """Refuse a document before it is read into memory."""
    if size_bytes > MAX_JSON_BYTES:
        raise LimitError(f"{where} has {size_bytes:,} bytes; JSON of at most {MAX_JSON_BYTES:,} is read")


class Lenient:
    """Readers for fields that an image can do without: what is wrong with them becomes a note."""

    def __init__(self) -> None:
        self._found: list[str] = []
        self._count = 0

    @property
    def notes(self) -> tuple[Note, ...]:
        """What was wrong; the first few of it, when there is much."""
        notes = [Note("odd-field", text) for text in self._found]
        if self._count > len(notes):
            notes.append(Note("odd-field", f"{self._count - len(notes):,} more fields left out"))
        return tuple(notes)

    def text(self, node: Json) -> str:
        """Read text, or nothing."""
        try:
            return node.text()
        except DamagedImageError as error:
            self._note(error)
            return ""

    def number(self, node: Json) -> int | None:
        """Read a whole number, or nothing."""
        try:
            return node.number()
        except DamagedImageError as error:
            self._note(error)
            return None

    def truth(self, node: Json) -> bool:
        """Read a boolean, or false."""
        try:
            return node.truth()
        except DamagedImageError as error:
            self._note(error)
            return False

    def texts(self, node: Json) -> tuple[str, ...]:
        """Read those items of a list that are text; a lone text counts as a list of one."""
        if isinstance(node.value, str):
            return (node.value,)
        return tuple(self.text(item) for item in self.items(self._few(node)))

    def items(self, node: Json) -> list[Json]:
        """Read a list, or an empty one."""
        try:
            return node.items()
        except DamagedImageError as error:
            self._note(error)
            return []

    def keys(self, node: Json) -> tuple[str, ...]:
        """Read an object that is used as a set (`{"80/tcp": {}}`), or a list of texts."""
        return tuple(self._few(node).fields()) if isinstance(node.value, dict) else self.texts(node)

    def mapping(self, node: Json) -> dict[str, str]:
        """Read an object of texts, leaving out what is not text."""
        if node and not isinstance(node.value, dict):
            self._note(node.unexpected("an object"))
            return {}
        return {key: self.text(value) for key, value in self._few(node).entries()}

    def object(self, node: Json) -> Json:
        """Give the node if it is an object, else null in its place."""
        if node and not isinstance(node.value, dict):
            self._note(node.unexpected("an object"))
            return Json(None, node.where)
        return node

    def _few(self, node: Json) -> Json:
        """Leave out what is beyond any use, before each item costs an object."""
        if not isinstance(node.value, list | dict) or len(node.value) <= MAX_ITEMS:
            return node
        self._say(f"{node.where} has {len(node.value):,} items; {MAX_ITEMS:,} are read")
        few = islice(node.value.items() if isinstance(node.value, dict) else node.value, MAX_ITEMS)
        return Json(dict(few) if isinstance(node.value, dict) else list(few), node.where)

    def _note(self, error: DamagedImageError) -> None:
        self._say(f"{error.message}; left out")

    def _say(self, text: str) -> None:
        self._count += 1
        if len(self._found) < _MAX_NOTES:
            self._found.append(text)
