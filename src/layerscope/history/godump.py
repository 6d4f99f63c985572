"""What Go's `fmt` leaves of lists and structs in history lines (`%q`, `%v`, `%+v`), read back into words.

Owns the notations only; which instruction wrote which of them is `instructions.py`'s business. Everything here takes
time linear in the line and answers None where the line is something else: nothing is guessed.
"""

import json
import re

from layerscope.patterns import regex

_SIMPLE_ESCAPES = {
    "a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "\\": "\\", '"': '"', "'": "'",
}  # fmt: skip
_HEX_ESCAPES = {"x": 2, "u": 4, "U": 8}
_HEX = regex(r"[0-9a-fA-F]+")
_FIELD = regex(r" (Interval|Timeout|StartPeriod|StartInterval|Retries):(\S+)")


def _escape_at(text: str, position: int) -> tuple[str, int] | None:
    """Read the escape whose backslash is at `position`; the character it means and where it ends."""
    letter = text[position + 1 : position + 2]
    if letter in _SIMPLE_ESCAPES:
        return _SIMPLE_ESCAPES[letter], position + 2
    width = _HEX_ESCAPES.get(letter)
    if width is None:
        return None
    digits = text[position + 2 : position + 2 + width]
    if len(digits) != width or not _HEX.fullmatch(digits):
        return None
    code = int(digits, 16)
    if letter == "x" and code >= 0x80:  # Go quotes bytes that are not UTF-8 one by one
        code += 0xDC00
    return (chr(code), position + 2 + width) if code <= 0x10FFFF else None


def quoted_at(text: str, position: int) -> tuple[str, int] | None:
    """Read the Go string or rune that starts with a quote at `position`; its value and where it ends."""
    quote = text[position : position + 1]
    if quote not in {'"', "'"}:
        return None
    parts: list[str] = []
    position += 1
    plain = re.compile(r"[^\\%s]+" % quote)  # noqa: UP031 - an f-string would need the braces doubled
    while position < len(text):
        if text[position] == quote:
            return "".join(parts), position + 1
        if text[position] == "\\":
            escape = _escape_at(text, position)
            if escape is None:
                return None
            parts.append(escape[0])
            position = escape[1]
            continue
        match = plain.match(text, position)
        assert match is not None
        parts.append(match[0])
        position = match.end()
    return None


def quoted_list_at(text: str, position: int = 0) -> tuple[tuple[str, ...], int] | None:
    """Read `["a" "b c"]` (`%q` of a string slice) at `position`; its words and where it ends."""
    if text[position : position + 1] != "[":
        return None
    words: list[str] = []
    position += 1
    while text[position : position + 1] != "]":
        if words:
            if text[position : position + 1] != " ":
                return None
            position += 1
        found = quoted_at(text, position)
        if found is None:
            return None
        words.append(found[0])
        position = found[1]
    return tuple(words), position + 1


def quoted_list(text: str) -> tuple[str, ...] | None:
    """Read text that is one `%q` list and nothing else, also as a pointer to a struct of it (`&{["/pause"]}`)."""
    if text.startswith("&{") and text.endswith("}"):
        text = text[2:-1]
    found = quoted_list_at(text)
    return found[0] if found is not None and found[1] == len(text) else None


def plain_list(text: str) -> str | None:
    """Take the brackets off `[a b]` (`%v` of a string slice). Where one word ends is lost where words hold blanks."""
    return text[1:-1] if len(text) >= 2 and text[0] == "[" and text[-1] == "]" else None


def map_keys(text: str) -> tuple[str, ...] | None:
    """Read `map[443/udp:{} 80/tcp:{}]` (`%v` of a set) as its keys."""
    if not (text.startswith("map[") and text.endswith("]")):
        return None
    items = text[4:-1].split()
    return tuple(item[:-3] for item in items) if all(item.endswith(":{}") for item in items) else None


def json_words(text: str) -> tuple[str, ...] | None:
    """Read a JSON array of strings, the exec form of a Dockerfile; None for anything else."""
    if not text.startswith("["):
        return None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if isinstance(value, list) and all(isinstance(word, str) for word in value):
        return tuple(value)
    return None


def as_json(words: tuple[str, ...]) -> str:
    """Write words in the exec form."""
    return json.dumps(list(words), ensure_ascii=False)


def healthcheck_struct(text: str) -> tuple[tuple[str, ...], dict[str, str]] | None:
    r"""Read a dumped HealthConfig: the test's words, and `{"interval": "5s", "retries": "3"}` of what is set.

    Two forms: `&{["CMD-SHELL" "wget …"] "5s" "0s" "0s" '\x00'}` (`%q`; since Docker 25 with a start interval before
    the retries) and `{Test:[CMD-SHELL wget …] Interval:5s Timeout:0s … Retries:0}` (`%+v`).
    """
    if text.startswith("{Test:[") and text.endswith("}"):
        return _named_fields(text)
    if not (text.startswith(("&{[", "{[")) and text.endswith("}")):
        return None
    found = quoted_list_at(text, text.index("["))
    if found is None:
        return None
    words, position = found
    values: list[str] = []
    while text[position : position + 1] == " ":
        value = quoted_at(text, position + 1)
        if value is None:
            return None
        values.append(value[0])
        position = value[1]
    names = ("interval", "timeout", "start-period", "start-interval") if len(values) == 5 else _OLD_NAMES
    if position != len(text) - 1 or len(values) != len(names) + 1 or len(values[-1]) != 1:
        return None
    options = dict(zip(names, values[:-1], strict=True))
    options["retries"] = str(ord(values[-1]))  # %q of a number writes the character with that code
    return words, _only_set(options)


_OLD_NAMES = ("interval", "timeout", "start-period")
_NAMES = {
    "Interval": "interval",
    "Timeout": "timeout",
    "StartPeriod": "start-period",
    "StartInterval": "start-interval",
    "Retries": "retries",
}


def _named_fields(text: str) -> tuple[tuple[str, ...], dict[str, str]] | None:
    close = text.rfind("] Interval:")
    if close < 0:
        return None
    fields = text[close + 1 : -1]
    options = {_NAMES[match[1]]: match[2] for match in _FIELD.finditer(fields)}
    if len("".join(match[0] for match in _FIELD.finditer(fields))) != len(fields):
        return None
    kind, _, rest = text[len("{Test:[") : close].partition(" ")
    return ((kind, rest) if rest else (kind,)) if kind else (), _only_set(options)


def _only_set(options: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in options.items() if value not in {"0s", "0"}}
