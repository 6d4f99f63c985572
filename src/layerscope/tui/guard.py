"""Regular expressions that people type, kept from running for ever: the interpreter cannot stop one that is at work.

A repetition within a repetition makes the time grow exponentially with the length of a name, and each repetition
multiplies it: both are refused by looking at the pattern's text, which is stricter than it would have to be.
"""

import re

from layerscope.patterns import regex

MOST_REPETITIONS = 3
_ESCAPED = regex(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]", re.DOTALL)
_UNBOUNDED = regex(r"[*+]|\{\d*(?:,\d*)?\}")


def repetitions(pattern: str) -> int:
    """Count the repetitions without a bound."""
    return len(_UNBOUNDED.findall(_ESCAPED.sub("x", pattern)))


def slow_pattern(pattern: str) -> bool:
    """Tell whether matching a pattern could take long: too many repetitions, or one within another."""
    plain = _ESCAPED.sub("x", pattern)
    if repetitions(pattern) > MOST_REPETITIONS or "(?(" in plain:
        return True
    opened: list[bool] = []
    for position, char in enumerate(plain):
        if char == "(":
            opened.append(False)
        elif char == ")" and opened:
            inside = opened.pop()
            repeated = bool(_UNBOUNDED.match(plain, position + 1))
            if inside and repeated:
                return True
            if opened and (inside or repeated):
                opened[-1] = True
        elif opened and (char == "|" or _UNBOUNDED.match(plain, position)):
            opened[-1] = True
    return False
