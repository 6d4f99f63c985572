"""What people write about limits, in files, variables and flags → frozen `Settings`; nothing below reads configuration.

Precedence: flag, variable, `.layerscope.toml`, `pyproject.toml`, `.dive-ci`, the user's own file, default.
"""

from layerscope.config.keys import KEYS, Key
from layerscope.config.resolve import DEFAULT, Resolved, Setting, Settings, resolve
from layerscope.config.sources import PROJECT_FILE, Source, find_sources, read_file
from layerscope.config.values import parse_bytes, parse_ratio

__all__ = [
    "DEFAULT",
    "KEYS",
    "PROJECT_FILE",
    "Key",
    "Resolved",
    "Setting",
    "Settings",
    "Source",
    "find_sources",
    "parse_bytes",
    "parse_ratio",
    "read_file",
    "resolve",
]
