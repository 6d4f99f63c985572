"""How long each action of the terminal interface takes to be seen, and how long it holds the loop, on big images.

Owns what is pressed. "Held" is the longest time in which the event loop could not run, from the key until the screen
had been quiet for a while: keys that come meanwhile wait so long.
"""

import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.heartbeat import holds
from bench.inputs import warm
from bench.measuring import Bench
from bench.programs import PAGE_DOWN
from bench.table import Line
from bench.targets import OURS, AtMost
from bench.terminal import Terminal

_LIMIT: Final = AtMost(50)
_QUIET_S: Final = 0.4
_WHILE_LOADING_S: Final = 0.15
"""Between two keys that are pressed while the image is read."""
_ESC: Final = b"\x1b"


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that a user does."""

    name: str
    keys: tuple[bytes, ...]
    """Each is a sample; the worst counts."""
    before: tuple[bytes, ...] = ()
    after: tuple[bytes, ...] = ()


def _typed(text: str) -> tuple[bytes, ...]:
    return tuple(bytes([letter]) for letter in text.encode())


_FILES: Final = (b"1", b"g", b"2", b"g")
"""To the files of the first layer."""
ACTIONS: Final = (
    Action("go to a pane", (*_typed("12345679"), b"\t", b"\t", b"\x1b[Z", b"1")),
    Action("zoom, and back", _typed("zz"), before=(b"2",)),
    Action("zoom, and back, in layers", _typed("zz"), before=(b"1",)),
    Action("help, and back", (b"?", _ESC) * 2),
    Action("help: scroll", (PAGE_DOWN, b"G", b"g", b"/", *_typed("pla")), before=(b"?",), after=(_ESC, _ESC, _ESC)),
    Action("palette, and back", (b"\x10", _ESC) * 2),
    Action("palette: type", _typed("sort"), before=(b"\x10",), after=(_ESC,)),
    Action("columns, and back", (b"C", b" ", b"j", b" ", b" ", b"k", b" ", _ESC), before=_FILES),
    Action("extract: ask, and back", (b"x", _ESC), before=_FILES),
    Action("theme: choose, and back", (b"\x14", b"\x1b[B", _ESC)),
    Action("cursor", _typed("jjjjkk"), before=_FILES),
    Action("open, close all, levels", _typed("+-+-LLHH+"), before=_FILES),
    Action("page, first, last", (PAGE_DOWN, PAGE_DOWN, b"G", b"g"), before=_FILES),
    Action("next change, big file", _typed("..,>><n"), before=_FILES),
    Action("wasted below", _typed("w"), before=_FILES, after=(_ESC,)),
    Action("sort", _typed("sss"), before=_FILES),
    Action("leave out changes", _typed("aammrrttt"), before=_FILES),
    Action("unmodified", _typed("uu"), before=(b"1", b"G", b"2")),
    Action("view", _typed("vvv"), before=(b"1", b"g", b"2")),
    Action("view, in the top layer", _typed("vvv"), before=(b"1", b"G", b"2")),
    Action("next layer", _typed("]" * 10), before=(b"1", b"g", b"2")),
    Action("next layer, all below shown", _typed("]]]]"), before=(b"1", b"g", b"2", b"v"), after=_typed("vv")),
    Action("next layer, all up to it", _typed("]]]]"), before=(b"1", b"g", b"2", b"v", b"v"), after=_typed("v")),
    Action("mark a range", _typed("M]]]]]]M"), before=(b"1", b"g", b"2")),
    Action("filter", (b"/", *_typed("python3"), _ESC), before=_FILES),
    Action("filter by size", (b"/", *_typed("size:>10k "), _ESC), before=_FILES),
    Action("filter by pattern", (b"/", *_typed("re:.*so.[0-9]"), _ESC), before=_FILES),
    Action(
        "filter all up to the top",
        (b"/", *_typed("core"), _ESC),
        before=(b"1", b"G", b"2", *_typed("vv")),
        after=(b"v",),
    ),
    Action("find in all layers", (b"\x06", *_typed("perl"), b"\x1b[B", _ESC), before=_FILES),
    Action("find all dead", (b"\x06", *_typed("dead:yes"), _ESC), before=_FILES),
    Action("look into a file", (b"\r", b"b", b"G", b"t", b"G", b"i", _ESC), before=(*_FILES, b">")),
    Action(
        "look into the biggest",
        (b"\r", b"b", b"G", b"t", b"G", b"g", b"i", _ESC),
        before=(*_FILES, b"s", b">"),
        after=_typed("ss"),
    ),
    Action("waste: move, choose", (b"5", b"j", b"G", b"g", b"\r", _ESC)),
    Action("findings: move, choose", (b"6", b"j", b"j", b"\r", _ESC)),
    Action("map", (b"9", b"n", b"\r", b"\x7f", b"1")),
    Action("plan a path", _typed("pp"), before=(*_FILES, b"j")),
    Action("plan waste", _typed("pp"), before=(b"5", b"g")),
    Action("plan pane", _typed("8pg"), before=(b"5", b"g", b"p"), after=(b"5", b"p", b"1")),
)


@dataclass(frozen=True, slots=True)
class Held:
    """What a key cost, or the worst of an action."""

    first_ms: float
    final_ms: float
    held_ms: float
    keys: tuple[str, str, str] = ("", "", "")
    """Which key was the worst of each."""


def holding(bench: Bench) -> list[Line]:
    """Every action on the 3 GB archive and on a million entries: seen after, held for."""
    shapes = ("big",) if bench.quick else ("big", "million")
    return [line for shape in shapes for line in _lines(bench, shape)]


def _lines(bench: Bench, shape: str) -> Iterator[Line]:
    archive = bench.inputs.get(shape)
    warm(archive)
    with tempfile.TemporaryDirectory() as directory:
        log = Path(directory) / "log"
        command = [
            sys.executable,
            str(Path(__file__).with_name("heartbeat.py")),
            str(log),
            "inspect",
            "--no-cache",
            str(archive),
        ]
        with Terminal(command, bench.environment) as terminal:
            yield from _written(shape, "while it is read", _while_loading(terminal, log, bench))
            terminal.settle(2.0, 30.0)
            for action in ACTIONS:
                bench.say(f"{shape}: {action.name}")
                yield from _written(shape, action.name, _done(terminal, log, action))
            terminal.leave(b"q")


def _written(shape: str, name: str, worst: Held) -> Iterator[Line]:
    first, final, held = worst.keys
    yield Line(f"{shape}: {name}", "first change", "ms", {OURS: worst.first_ms}, remark=first)
    yield Line(f"{shape}: {name}", "final", "ms", {OURS: worst.final_ms}, remark=final)
    yield Line(f"{shape}: {name}", "held", "ms", {OURS: worst.held_ms}, _LIMIT, remark=held)


def _while_loading(terminal: Terminal, log: Path, bench: Bench) -> Held:
    """Change layer and view from the moment layers are listed until everything is there."""
    terminal.wait_for(bench.ours.listed)
    found: list[Held] = []
    while "% efficient" not in terminal.text or len(found) < 12:
        found.append(_pressed(terminal, log, (b"]", b"[", b"v")[len(found) % 3], _WHILE_LOADING_S))
    return _worst(found)


def _done(terminal: Terminal, log: Path, action: Action) -> Held:
    for key in action.before:
        terminal.press(key)
    terminal.settle(_QUIET_S)
    found = [_pressed(terminal, log, key, _QUIET_S) for key in action.keys]
    for key in action.after:
        terminal.press(key)
    terminal.settle(_QUIET_S)
    return _worst(found)


def _pressed(terminal: Terminal, log: Path, key: bytes, quiet_s: float) -> Held:
    start_s = time.perf_counter()
    answer = terminal.press(key)
    terminal.settle(quiet_s)
    held_s = max(holds(log, start_s), default=0.0)
    first_ms, final_ms = (answer.first_ms(), answer.settled_ms()) if answer else (0.0, 0.0)
    name = repr(key)[2:-1]
    return Held(first_ms, final_ms, 1000 * held_s, (name, name, name))


def _worst(found: Sequence[Held]) -> Held:
    first = max(found, key=lambda one: one.first_ms)
    final = max(found, key=lambda one: one.final_ms)
    held = max(found, key=lambda one: one.held_ms)
    keys = first.keys[0], final.keys[1], held.keys[2]
    return Held(first.first_ms, final.final_ms, held.held_ms, keys)
