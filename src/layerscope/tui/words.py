"""How an image's texts and numbers are said on a screen: printable, short, always the same.

The border between what an image holds and what a widget shows: nothing from an image is drawn that has not been
through `units.printable`, here or in the callers named `rows`, `filerows` and `facts`.
"""

import time
from collections.abc import Sequence

from layerscope.model.history import Instruction, Step
from layerscope.model.ledger import Fate
from layerscope.units import format_size, printable, prose

LONGEST_TEXT = 20_000
"""Characters of an instruction that are shown; longer ones are cut, and say so."""
LIVE_GLYPH = "●"
_MOST_OWNERS = 3
_LATEST_TIME_S = 253402300799.0  # the end of the year 9999


def one_line(text: str, *, limit: int = 2000) -> str:
    """Make text printable with every run of blanks as one blank; the limit keeps a hostile megabyte cheap."""
    return printable(" ".join(text[:limit].split()))


def command(text: str) -> str:
    """Make an instruction safe to show on one line: as it is written, backslashes single."""
    return one_line(text).replace("\\\\", "\\")


def code(line: str) -> str:
    """Make a line of a Dockerfile safe to show: tabs stay blanks, backslashes stay single, as they are written."""
    return printable(line.expandtabs(4)).replace("\\\\", "\\")


def message(text: str, *, limit: int = 2000) -> str:
    """Make a message of ours (an error, a hint, a note) safe to show on one line."""
    return prose(text[:limit])


def instruction_parts(instruction: Instruction | None, created_by: str) -> tuple[str, str]:
    """Say an instruction in one line: its keyword ("" when there is none), and the rest."""
    if instruction is None or not instruction.keyword:
        return "", command(instruction.line if instruction else created_by)
    return printable(instruction.keyword), command(instruction.shown[len(instruction.keyword) :])


def step_text(step: Step) -> tuple[str, str]:
    """Say a step in one line: keyword, rest."""
    keyword, text = instruction_parts(step.instruction, step.record.created_by)
    return keyword, f"{text} ({one_line(step.remark)})" if step.remark else text


def owners_text(owners: Sequence[int]) -> str:
    """List layers: "1", "1, 4", "1, 2, 3 +4"."""
    shown = ", ".join(map(str, owners[:_MOST_OWNERS]))
    more = len(owners) - _MOST_OWNERS
    return f"{shown} +{more}" if more > 0 else shown


def count_text(number: int, noun: str, plural: str | None = None) -> str:
    """Say how many: "1 finding", "5,301 entries"."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def time_text(mtime_s: float) -> str:
    """Write a file's time in UTC; times beyond any calendar as the number they are."""
    if not 0 <= mtime_s <= _LATEST_TIME_S:
        return f"{mtime_s:g} s since 1970"
    return time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(mtime_s))


def created_text(created: str | None) -> str:
    """Shorten the time that a builder wrote (RFC 3339) to seconds; anything else as it stands."""
    if not created:
        return "not recorded"
    shown = printable(created[:60])
    date, letter, clock = shown.partition("T")
    if letter and len(date) == 10 and clock[2:3] == ":":
        zone = clock[8:].lstrip(".0123456789")
        return f"{date} {clock[:8]} {'UTC' if zone in {'Z', '+00:00'} else zone}".rstrip()
    return shown


def fate_glyph(fate: Fate) -> str:
    """Give the sign that stands beside a fate's colour."""
    return {Fate.LIVE: LIVE_GLYPH, Fate.OVERWRITTEN: "≠", Fate.RESHIPPED: "=", Fate.DELETED: "✝"}[fate]


def rate_text(rate_bytes_s: float | None) -> str:
    """Write a speed, or nothing while it is not known or nothing moves."""
    return f"{format_size(int(rate_bytes_s))}/s" if rate_bytes_s else ""
