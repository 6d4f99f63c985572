"""LS311 Installs with a cache it does not need.

What: `apk add` without `--no-cache`, `pip install` without `--no-cache-dir`, and nothing that cleans up in the same
RUN.

Why: the index or the downloads stay in the layer. Where they are in the image, LS201 and LS202 say how many bytes.

Bad:

    RUN apk add curl
    RUN pip install flask

Good:

    RUN apk add --no-cache curl
    RUN pip install --no-cache-dir flask

Ignore it when: a cache mount keeps the cache out of the image (then this rule says nothing anyway).
"""

from collections.abc import Iterator

from layerscope.analysis.detecting import Detector, Rule, practice_finding
from layerscope.analysis.evidence import Evidence
from layerscope.analysis.script import safe_lines
from layerscope.model.findings import Edit, Finding, Level
from layerscope.patterns import regex

_TOOLS = (
    (regex(r"\bapk\s(?:[^&;|]{0,300}?\s)?add\b(?![^&;|]{0,2000}--no-cache)"), "apk add", "--no-cache"),
    (
        regex(r"\bpip3?\s(?:[^&;|]{0,300}?\s)?install\b(?![^&;|]{0,2000}--no-cache-dir)"),
        "pip install",
        "--no-cache-dir",
    ),
)
_CLEANS = regex(r"rm\s+-\w+\s[^&;|]*(?:\.cache|/var/cache|/root)|cache\s+purge|apk\s+cache\s+clean|--no-cache")


class CacheOptions(Detector):
    """See the module."""

    RULE = Rule("LS311", "installs with a cache", Level.NOTE)
    OTHER_KINDS = tuple(command.replace(" ", "-") for _pattern, command, _option in _TOOLS)

    def detect(self, evidence: Evidence) -> Iterator[Finding]:
        """Report RUNs above the base."""
        no_pip_cache = any(variable.startswith("PIP_NO_CACHE_DIR=") for variable in evidence.config.env)
        for instruction, layer in evidence.script.above_base(evidence.base_count):
            text = instruction.text
            if (
                instruction.keyword != "RUN"
                or _CLEANS.search(text)
                or any("=cache" in one for one in instruction.flags)
            ):
                continue
            for pattern, command, option in _TOOLS:
                match = pattern.search(text)
                if match is None or (command.startswith("pip") and no_pip_cache):
                    continue
                line = instruction.dockerfile_line
                changed = f"{text[: match.end()]} {option}{text[match.end() :]}"
                yield practice_finding(
                    self.RULE, layers=() if layer is None else (layer,), line=line, kind=command.replace(" ", "-"),
                    title=f"`{command}` without `{option}`",
                    why="What it downloads stays in the layer.",
                    advice=f"Add `{option}`, or a cache mount.",
                    edits=(Edit(safe_lines((" ".join(("RUN", *instruction.flags, changed)),)), line,
                                instruction.dockerfile_end_line),),
                )  # fmt: skip
