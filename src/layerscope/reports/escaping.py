"""Text from an image made safe for each consumer: logs of CI systems, Markdown, XML, CSV, HTML. Knows no report.

What goes in is printable text (`units.printable`, `units.prose`): nothing hidden or undecodable is left in it.
"""

import json
import re

from layerscope.patterns import regex
from layerscope.units import printable

_PUNCTUATION = regex(r"[\\`*_{}\[\]<>#+~|&@!$^=]|:(?=//)")
_MEANS = regex(r"[\\`*_\[\]<>#~|&@$]|://|www\.|:\w+:|!$|^/")
"""What makes a word more than text: to Markdown, to GitHub; and a path, which reads better as code."""
_BEGINS = regex(r"[-+=]+$|\d+[.)]$")
"""Words that begin a list, or underline a heading, at the start of a line."""
_ENDS = ",;:."
_CODE = regex(r"`([^`]*)`")
_CHUNK = regex(r"(?:`[^`]*`|[^\s`]|`)+")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def log_line(line: str) -> str:
    r"""Keep a line of a log from being a command: GitHub's `::x::`, Azure's `##vso[`; escaped as printable does."""
    safe = line.replace("##[", r"#\x23[").replace("##vso[", r"#\x23vso[")
    bare = safe.lstrip()
    return safe if not bare.startswith("::") else safe.replace("::", r"\x3a:", 1)


def log_json(text: str) -> str:
    """Do the same with JSON, which stays the same JSON: no line of it begins with a name."""
    return text.replace("##", r"#\u0023") if "##" in text else text


def github_data(text: str) -> str:
    """Escape the message of a GitHub workflow command (actions/toolkit, command.ts)."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def github_property(text: str) -> str:
    """Escape a property of a GitHub workflow command."""
    return github_data(text).replace(":", "%3A").replace(",", "%2C")


def azure_data(text: str) -> str:
    """Escape text of an Azure Pipelines logging command (azure-pipelines-task-lib, taskcommand.ts)."""
    return text.replace("%", "%AZP25").replace("\r", "%0D").replace("\n", "%0A")


def azure_property(text: str) -> str:
    """Escape a property of an Azure Pipelines logging command."""
    return azure_data(text).replace(";", "%3B").replace("]", "%5D")


def markdown_text(text: str, *, cell: bool = False) -> str:
    """Write printable text so that no Markdown, HTML, link or mention is seen in it; `cell`: in a table.

    It stays text to read in a terminal, too: words that could mean something (paths, options, `*`) become code, as
    what stands between backquotes is already; nothing else needs an escape.
    """
    chunks = _CHUNK.findall(text)
    return " ".join(_chunk(chunk, cell=cell, first=not number) for number, chunk in enumerate(chunks))


def _chunk(chunk: str, *, cell: bool, first: bool) -> str:
    """Write what stands between two blanks; blanks between backquotes do not count."""
    parts = _CODE.split(chunk)  # plain, code, plain, code, …
    plain, codes = parts[::2], parts[1::2]
    if (
        not any(map(_MEANS.search, plain))
        and all(plain[1:-1])
        and all(map(str.strip, codes))
        and not (first and _BEGINS.match(chunk))
    ):
        spans = (f"{markdown_code(code, cell=cell)}{after}" for code, after in zip(codes, plain[1:], strict=True))
        return plain[0] + "".join(spans)
    end = len(chunk.rstrip(_ENDS)) or len(chunk)
    return markdown_code(chunk[:end], cell=cell) + chunk[end:]


def markdown_code(text: str, *, cell: bool = False) -> str:
    """Write printable text as code, between more backquotes than are in it."""
    if not text:
        return ""
    if cell and "|" in text:  # how backslashes before it are read, parsers do not agree on
        return f"<code>{_PUNCTUATION.sub(lambda match: f'&#{ord(match[0])};', text)}</code>"
    fence = "`" * (max(map(len, re.findall("`+", text)), default=0) + 1)
    pad = " " * (text.startswith(("`", " ")) or text.endswith(("`", " ")))
    return f"{fence}{pad}{text}{pad}{fence}"


def code_line(text: str) -> str:
    """Make a line of a Dockerfile safe to show, as it would be pasted: backslashes stay single, tabs become blanks."""
    return printable(text.replace("\t", "    ")).replace("\\\\", "\\")


def markdown_block(text: str, *, language: str = "") -> str:
    """Write lines as a block of code, fenced by more backquotes than are in it."""
    lines = "\n".join(map(code_line, text.split("\n")))
    longest = max((len(run) for run in re.findall("`+", lines)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{lines}\n{fence}"


def csv_cell(text: str) -> str:
    """Keep a spreadsheet from taking printable text for a formula (OWASP: CSV injection)."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def script_json(value: object) -> str:
    """Write JSON that can stand in an HTML script element: nothing in it ends the element or opens a comment."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
