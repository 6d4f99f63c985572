"""The shell in front of a recorded command, and the build arguments in front of that.

Owns what builders put before the words of a RUN: `|2 A=1 B=two words /bin/sh -c `. Does not know instructions.
Time is linear in the line; whatever is not certainly a prefix stays.
"""

from collections.abc import Mapping, Sequence

from layerscope.patterns import regex

DEFAULT_SHELL = ("/bin/sh", "-c")
DEFAULT_SHELLS = (DEFAULT_SHELL, ("cmd", "/S", "/C"))
"""What runs a RUN where no SHELL was given, on Linux and on Windows."""

# Every repetition is bounded: it is tried at each word of a line that may be a megabyte of hostile text.
_KNOWN = regex(
    r"(?:/\S{0,255}/)?(?:ba|da|a|k|z)?sh(?: -[A-Za-z]{1,16}(?: (?:pipefail|errexit|nounset|xtrace))?){0,8}?"
    r" -[A-Za-z]{0,16}c(?= |$)"
    r"|(?:\S{0,255}\\)?cmd(?:\.exe)? (?:/[A-Za-z](?::\w{1,16})? ){0,8}?/[CcKk](?= |$)"
    r"|(?:\S{0,255}[\\/])?(?:powershell|pwsh)(?:\.exe)?(?: -(?!Command\b)\w{1,32}(?: [A-Za-z]\w{0,32})?){0,8}?"
    r" -Command(?= |$)(?: \$(?:ErrorActionPreference|ProgressPreference) ?= ?'\w{1,32}';){0,4}"
)
_WORD = regex(r"\S+")
_KEY = regex(r"[A-Za-z_][A-Za-z0-9_.-]*=")
"""A build argument's name."""
_COUNT = regex(r"\|(\d{1,4}) ")


def is_shell(text: str) -> bool:
    """Say whether text is nothing but a shell with the options that make it run a command."""
    return _KNOWN.fullmatch(text) is not None


def after_shell(text: str, shells: Sequence[Sequence[str]] | None, position: int = 0) -> int | None:
    """Find where the command starts behind a shell that stands at `position`; None if there is no such shell.

    `shells` are the only ones to accept; None accepts whatever is known to be a shell.
    """
    if shells is None:
        match = _KNOWN.match(text, position)
        return None if match is None else min(match.end() + 1, len(text))
    for shell in shells:
        prefix = " ".join(shell) + " "
        if text.startswith(prefix, position):
            return position + len(prefix)
    return None


def after_arguments(
    text: str, shells: Sequence[Sequence[str]] | None, arguments: Mapping[str, str] | None = None
) -> int | None:
    """Find where shell and command start behind `|N KEY=VALUE … `; None if the line does not start like that.

    Values are not quoted and may hold blanks: `arguments` (name → value, from the ARG lines before) tells where
    the known ones end, and a shell marks the end of all. Without a shell (the exec form) an unknown value is
    taken to be one word; where that does not add up, nothing is taken off.
    """
    head = _COUNT.match(text)
    if head is None:
        return None
    count = int(head[1])
    if count == 0:
        return head.end()
    position, certain = head.end(), False
    for _ in range(count):
        key = _KEY.match(text, position)
        if key is None:  # a value with blanks, or buildah, which counts the words of values, too
            return _behind_words(text, head.end(), count, shells)
        known = f"{(arguments or {}).get(key[0][:-1])} "
        certain = text.startswith(known, key.end())
        end = key.end() + len(known) - 1 if certain else _word_end(text, key.end())
        position = min(end + 1, len(text))
    if certain or after_shell(text, shells, position) is not None:
        return position
    behind = _behind_words(text, head.end(), count, shells)
    return position if behind is None else behind


def argument_values(
    text: str, shells: Sequence[Sequence[str]] | None, arguments: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Read the values in front of a command; those with blanks only as well as `after_arguments` can tell them."""
    head = _COUNT.match(text)
    end = after_arguments(text, shells, arguments)
    if head is None or end is None:
        return {}
    values: dict[str, list[str]] = {}
    name = ""
    for word in text[head.end() : end].split(" "):
        match = _KEY.match(word)
        if match is not None:
            name = match[0][:-1]
            values[name] = [word[match.end() :]]
        elif name and word:
            values[name].append(word)
    return {name: " ".join(words) for name, words in values.items()}


def _word_end(text: str, position: int) -> int:
    match = _WORD.match(text, position)
    return position if match is None else match.end()


def _behind_words(text: str, position: int, count: int, shells: Sequence[Sequence[str]] | None) -> int | None:
    """Find the first shell that has at least `count` words before it, or else the end of the last of `count` keys."""
    keys = 0
    last_key_end: int | None = None
    for index, word in enumerate(_WORD.finditer(text, position)):
        if _KEY.match(word[0]):
            keys += 1
        elif index == 0:
            return None
        if index >= count and after_shell(text, shells, word.start()) is not None:
            return word.start()
        if keys == count and last_key_end is None:
            last_key_end = min(word.end() + 1, len(text))
    return last_key_end
