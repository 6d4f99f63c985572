"""Text from an image made safe for each consumer: logs of CI systems, Markdown, XML, CSV, HTML. Knows no report.

What goes in is printable text (`units.printable`, `units.prose`): nothing hidden or undecodable is left in it.
"""

import json
import re

from layerscope.units import printable

_PUNCTUATION = re.compile(r"[\\`*_{}\[\]<>#+~|&@!$^=]|:(?=//)")
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


def markdown_text(text: str) -> str:
    """Write printable text so that no Markdown, HTML, link or mention is seen in it, also in a table's cell."""
    return _PUNCTUATION.sub(lambda match: f"&#{ord(match[0])};", text).replace("www.", "www&#46;")


def markdown_code(text: str) -> str:
    """Write printable text as code, also in a table's cell, where backquotes in it would end a span of their own."""
    return f"<code>{markdown_text(text)}</code>" if text else ""


def code_line(text: str) -> str:
    """Make a line of a Dockerfile safe to show, as it would be pasted: backslashes stay single, tabs become blanks."""
    return printable(text.replace("\t", "    ")).replace("\\\\", "\\")


def markdown_block(text: str) -> str:
    """Write lines as a block of code, fenced by more backquotes than are in it."""
    lines = "\n".join(map(code_line, text.split("\n")))
    longest = max((len(run) for run in re.findall("`+", lines)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}\n{lines}\n{fence}"


def csv_cell(text: str) -> str:
    """Keep a spreadsheet from taking printable text for a formula (OWASP: CSV injection)."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def script_json(value: object) -> str:
    """Write JSON that can stand in an HTML script element: nothing in it ends the element or opens a comment."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
