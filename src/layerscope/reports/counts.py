"""How many findings, savings and rows of waste there are, in words: the same in every report and on the screen."""

from collections.abc import Iterable
from itertools import compress

from layerscope.model.filetree import FileTree
from layerscope.model.findings import Family, Finding, Level
from layerscope.units import format_size


def levels_said(findings: Iterable[Finding]) -> str:
    """Count findings by level, the worst first: "2 errors, 9 warnings, 1 note"."""
    levels = [finding.level for finding in findings]
    counted = ((levels.count(level), level.value) for level in reversed(Level))
    return ", ".join(f"{count:,} {name}{'s' * (count != 1)}" for count, name in counted if count)


def saving_bytes_said(findings: Iterable[Finding]) -> tuple[str, str]:
    """Say what findings save, "" if nothing; and, where some of it is no waste, what it is made of, else ""."""
    found = list(findings)
    dead = sum(finding.saving_bytes for finding in found if finding.family is Family.WASTE)
    whole = sum(finding.saving_bytes for finding in found)
    parts = f"{format_size(dead)} wasted + {format_size(whole - dead)} live" if dead else "all of it live"
    return f"{format_size(whole)} to save" if whole else "", parts if whole > dead else ""


def wasted_path_count(tree: FileTree) -> int:
    """Count the paths that have dead bytes; one that died several times is one path."""
    paths: set[int] = set()
    for layer, table in enumerate(tree.tables):
        fates = tree.fate[tree.first_entry[layer] : tree.first_entry[layer + 1]]
        paths.update(compress(table.node, fates))
    return len(paths)


def waste_rows_said(row_count: int, path_count: int) -> str:
    """Say how many rows of waste there are: a path has one for each layer that ended bytes of it, and each way."""
    if row_count == path_count:
        return f"{path_count:,} path{'s' * (path_count != 1)}"
    return f"{row_count:,} rows ({path_count:,} path{'s' * (path_count != 1)})"
