"""The text of RUN instructions, as far as changing it needs: pieces of an `&&` chain, joined and taken apart.

Not a shell: what it does not understand it leaves alone and says so (None). Knows no image.
"""

import re
import shlex
from functools import lru_cache

from layerscope.patterns import regex

MAX_COMMAND = 16_000
"""Characters; longer commands are programs, and nobody moves them about."""

_CHAIN = regex(r"\s*&&\s*")
_OWN_SHELL = regex(r"[;|\n]|(?<!&)&(?!&)|(?:^|\s)(?:cd|export|set|source|\.|trap|exit|if|for|while|case)\s")
_HARD = regex(r"<<|\n|`")
_BY_NAME = frozenset({
    "rm", "rmdir", "unlink", "mkdir", "touch", "chmod", "chown", "chgrp", "ln", "cp", "mv", "cat", "echo", "printf",
    "head", "tail", "wc", "sed", "grep", "true", "test", "[", "ls", "install", "useradd", "groupadd", "adduser",
    "addgroup", "usermod", "apt-get", "apt", "apk", "dnf", "yum", "microdnf", "zypper", "curl", "wget", "set", "cd",
})  # fmt: skip
_SHELL_WORDS = frozenset({
    "!", "case", "do", "done", "elif", "else", "esac", "eval", "exec", "exit", "fi", "for", "function", "if", "set",
    "source", ".", "then", "trap", "until", "while",
})  # fmt: skip
"""What makes more of a list of commands than one after the other."""
_BLANKS = regex(r"\s{2,}")


def pieces(text: str) -> list[str] | None:
    """Split a shell-form command at its `&&`; None where that would take something apart that belongs together."""
    found = _pieces(text)
    return None if found is None else list(found)


@lru_cache(maxsize=512)
def _pieces(text: str) -> tuple[str, ...] | None:
    if len(text) > MAX_COMMAND or _HARD.search(text) or text.lstrip().startswith("["):
        return None
    tidy = text if '"' in text or "'" in text else _BLANKS.sub(" ", text)
    if "&&" in tidy and _quoted_chain(tidy):
        return None
    return tuple(piece for piece in _CHAIN.split(tidy.strip()) if piece)


def chained(command: str) -> list[str]:
    """Give a command as pieces of a longer chain: in a shell of its own where it changes its shell or has `;`."""
    found = pieces(command) or [command]
    return [f"({' && '.join(found)})"] if _OWN_SHELL.search(command) and not command.startswith("(") else found


def written(parts: list[str], flags: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Write pieces as the lines of a RUN."""
    head = " ".join(("RUN", *flags, parts[0]))
    lines = [head, *(f" && {part}" for part in parts[1:])]
    return (*(f"{line} \\" for line in lines[:-1]), lines[-1])


def continued(lines: tuple[str, ...], escape: str) -> tuple[str, ...]:
    """Let lines go on as they do in a file whose `# escape=` says how; they are written with backslashes."""
    return (*(f"{line[:-1]}{escape}" if line.endswith("\\") else line for line in lines[:-1]), *lines[-1:])


def listed(piece: str) -> list[str]:
    """Split a piece at its `;`: what stands before one may fail; the piece itself where that is not certain."""
    if ";" not in piece or any(char in piece for char in "|&`'\"\\(){}\n") or "<<" in piece:
        return [piece]
    found = [part for part in map(str.strip, piece.split(";")) if part]
    return [piece] if any(part.split()[0] in _SHELL_WORDS for part in found) else found


def words(piece: str) -> list[str]:
    """Split a piece into words as a shell would, without expanding anything; [] where quotes do not match."""
    try:
        return shlex.split(piece)
    except ValueError:
        return []


def arguments(piece: str) -> list[str]:
    """Give a command's words without its name and options."""
    return [word for word in words(piece)[1:] if not word.startswith("-")]


def looks_around(piece: str) -> bool:
    """Tell whether a command may use files and programs that it does not name: `make` does, `touch` does not."""
    found = words(piece)
    return not found or found[0] not in _BY_NAME or any("*" in word or word in {".", "./"} for word in found[1:])


def mentions(text: str, name: str) -> bool:
    """Tell whether a command names something as a whole word."""
    return re.search(rf"(?<![\w.-]){re.escape(name)}(?![\w-])", text) is not None


def _quoted_chain(text: str) -> bool:
    """Tell whether an `&&` stands in quotes, parentheses or braces."""
    depth, quote = 0, ""
    for index, char in enumerate(text):
        if quote:
            quote = "" if char == quote else quote
        elif char in "'\"":
            quote = char
        elif char in "({":
            depth += 1
        elif char in ")}":
            depth -= 1
        if text.startswith("&&", index) and (quote or depth > 0):
            return True
    return False
