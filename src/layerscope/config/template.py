"""The file that `layerscope init` writes: every key with what it does, the defaults commented out."""

from layerscope.config.keys import KEYS, RULES_TABLE, Key

_HEAD = """\
# layerscope: how `layerscope ci` judges this project's images.
# What is commented out is the default, or an example. Stronger than this file: LAYERSCOPE_* variables, then flags.
# `layerscope config show` says what counts and where it comes from; `layerscope config validate` checks this file.
"""
_IGNORE = """\
# Exceptions, each with a reason; a rule (of findings or of the gate), a path, or both. After `expires` it counts again.
# [[ignore]]
# rule = "LS101"
# path = "/var/lib/apt/lists/**"
# reason = "the base image does it; reported upstream"
# expires = 2027-01-31
"""


def template() -> str:
    """Write the file's text; it is valid, and says nothing but defaults."""
    top = "\n".join(_lines(key) for key in KEYS if not key.table and key.name != "ignore")
    rules = "\n".join(_lines(key) for key in KEYS if key.table == RULES_TABLE)
    return f"{_HEAD}\n{top}\n[{RULES_TABLE}]\n{rules}\n{_IGNORE}"


def _lines(key: Key) -> str:
    example = f"   # for example {key.example}" if key.example else ""
    return f"# {key.help}\n# {key.name} = {key.default}{example}\n"
