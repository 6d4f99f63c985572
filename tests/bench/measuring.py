"""Runs of several programs in turn, in one go, so that a machine that gets slower gets slower for all of them.

Owns how often and in which order is measured, and what is made of the samples.
"""

import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TypeVar

from bench.figures import quantile
from bench.inputs import Inputs, warm
from bench.processes import Cost, FailedRunError, measure, measured_environment
from bench.programs import Keys, Program
from bench.table import Line
from bench.targets import OURS, Target
from bench.terminal import Answer, NeverReadyError, Terminal

PATIENCE_S = 15.0
"""What takes longer is run once only."""
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Bench:
    """What all rows need."""

    ours: Program
    peers: Sequence[Program]
    inputs: Inputs
    runs: int
    cache: Path
    """Where programs may keep their caches."""
    say: Callable[[str], None]
    quick: bool = False

    @property
    def environment(self) -> dict[str, str]:
        """Give the environment of measured programs: for whoever starts now nothing is remembered but the greeting."""
        views = self.cache / "state" / "layerscope" / "views.json"
        views.parent.mkdir(parents=True, exist_ok=True)
        views.write_text('{"version": 1, "images": {}}')
        return measured_environment({"XDG_CACHE_HOME": str(self.cache), "XDG_STATE_HOME": str(self.cache / "state")})

    def peers_reading(self, compression: str = "") -> list[Program]:
        """Give the peers that can read archives of layers compressed so."""
        return [peer for peer in self.peers if compression != "zstd" or peer.reads_zstd]


@dataclass(frozen=True, slots=True)
class Opening:
    """How one start of a terminal interface went."""

    listed_s: float
    usable_s: float
    """Everything was on the screen, and a key was answered."""
    cpu_s: float
    """Until then, of all threads and children."""
    peak_mb: float
    presses: Mapping[str, Sequence[Answer]]
    """By kind of key, a press each; empty unless asked for."""
    peak_after_keys_mb: float


def in_turn(
    bench: Bench, jobs: Mapping[str, Callable[[], _T]], *, patience_s: float = PATIENCE_S
) -> dict[str, list[_T]]:
    """Run each job as often as asked, in turn; who fails is left out and spoken of, but ours must not fail."""
    samples: dict[str, list[_T]] = {name: [] for name in jobs}
    waiting = dict(jobs)
    for run in range(bench.runs):
        order = list(waiting.items())
        for name, job in order if run % 2 == 0 else reversed(order):
            start_s = time.monotonic()
            try:
                samples[name].append(job())
            except (FailedRunError, NeverReadyError) as error:
                if name == OURS:
                    raise
                bench.say(f"{name}: {str(error).strip()[:300]}")
                del waiting[name]
            if time.monotonic() - start_s > patience_s and name in waiting:
                del waiting[name]
    return {name: found for name, found in samples.items() if found}


def judge(bench: Bench, archive: Path, peers: Sequence[Program]) -> dict[str, list[Cost]]:
    """Have the programs that can judge an archive as a CI job does."""

    def job(program: Program) -> Callable[[], Cost]:
        def judged() -> Cost:
            warm(archive)
            return measure(program.judging(archive), accepted=(0, 1), environment=bench.environment)

        return judged

    judges = [bench.ours, *(peer for peer in peers if peer.judge)]
    return in_turn(bench, {program.name: job(program) for program in judges})


def show(bench: Bench, archive: Path, peers: Sequence[Program], *, keys: bool = False) -> dict[str, list[Opening]]:
    """Open an archive in the programs' terminal interfaces, and press keys if asked to."""

    def job(program: Program) -> Callable[[], Opening]:
        def opened() -> Opening:
            warm(archive)
            return open_screen(program, program.showing(archive), bench.environment, keys=keys)

        return opened

    return in_turn(bench, {program.name: job(program) for program in [bench.ours, *peers]})


def open_screen(
    program: Program, command: Sequence[str], environment: Mapping[str, str], *, keys: bool = False
) -> Opening:
    """Start a program in a terminal and use it."""
    with Terminal(command, environment) as terminal:
        listed_s, _ready_s = terminal.wait_for(program.listed, program.usable)
        usable_s = _first_answer(terminal, program.probe)
        cpu_s, peak_mb = terminal.cpu_s, terminal.peak_mb
        presses = {}
        if keys:
            terminal.settle()
            presses = {kind: _press_all(terminal, program.keys[kind]) for kind in program.keys}
        opening = Opening(listed_s, usable_s, cpu_s, peak_mb, presses, terminal.peak_mb)
        terminal.leave(program.leave)  # as a user does: what is to be remembered for the next time may be
        return opening


def _first_answer(terminal: Terminal, probe: bytes) -> float:
    """Press a key until it is answered; seconds from the start of the program."""
    for _try in range(60):
        pressed_s = terminal.elapsed_s
        answer = terminal.press(probe)
        if answer is not None:
            return pressed_s + answer.first_s
    raise NeverReadyError(f"no key is answered\n{terminal.text}")


def _press_all(terminal: Terminal, keys: Keys) -> list[Answer]:
    samples = []
    for _round in range(keys.rounds):
        for _try in range(3):
            for key in keys.before:
                terminal.press(key)
            if re.search(keys.place, terminal.text):
                break
        for key in keys.timed:
            answer = terminal.press(key)
            if answer is not None:
                samples.append(answer)
            for other in keys.between:
                terminal.press(other)
        for key in keys.after:
            terminal.press(key)
    return samples


def cost_lines(work: str, costs: Mapping[str, Sequence[Cost]], targets: Mapping[str, Target]) -> list[Line]:
    """Make the lines of whole processes: wall, CPU, peak."""
    figures = {
        "wall": ("s", {name: median(cost.wall_s for cost in found) for name, found in costs.items()}),
        "CPU": ("s", {name: median(cost.cpu_s for cost in found) for name, found in costs.items()}),
        "peak": ("MB", {name: median(cost.peak_mb for cost in found) for name, found in costs.items()}),
    }
    return [Line(work, what, unit, values, targets.get(what)) for what, (unit, values) in figures.items()]


def opening_lines(work: str, openings: Mapping[str, Sequence[Opening]], targets: Mapping[str, Target]) -> list[Line]:
    """Make the lines of terminal interfaces: layers listed, usable, CPU until then, peak."""
    figures = {
        "layers listed": ("s", {name: median(one.listed_s for one in found) for name, found in openings.items()}),
        "usable": ("s", {name: median(one.usable_s for one in found) for name, found in openings.items()}),
        "CPU until then": ("s", {name: median(one.cpu_s for one in found) for name, found in openings.items()}),
        "peak": ("MB", {name: median(one.peak_mb for one in found) for name, found in openings.items()}),
    }
    return [Line(work, what, unit, values, targets.get(what)) for what, (unit, values) in figures.items()]


def key_lines(work: str, openings: Mapping[str, Sequence[Opening]], targets: Mapping[str, Target]) -> list[Line]:
    """Make the lines of key presses: all kinds together, then each."""
    kinds = dict.fromkeys(kind for found in openings.values() for one in found for kind in one.presses)
    lines = []
    for kind in (None, *kinds):
        presses = {name: _presses(found, kind) for name, found in openings.items()}
        for what, share in (("median", 0.5), ("p95", 0.95)):
            for part, of in (("first change", Answer.first_ms), ("final", Answer.settled_ms)):
                figures = {name: quantile([*map(of, found)], share) for name, found in presses.items() if found}
                target = targets.get(what) if kind is None else None
                lines.append(Line(f"{work}: {kind or 'all kinds'}, {part}", what, "ms", figures, target))
    after = {name: median(one.peak_after_keys_mb for one in found) for name, found in openings.items()}
    return [*lines, Line(f"{work}: afterwards", "peak", "MB", after, targets.get("peak"))]


def _presses(openings: Sequence[Opening], kind: str | None) -> list[Answer]:
    """Gather the presses of a kind, or of all."""
    return [
        press for one in openings for name, presses in one.presses.items() if kind in {None, name} for press in presses
    ]
