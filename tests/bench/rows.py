"""The rows of the table: what is measured on which archive, and what is aimed at.

Each row is a function; `ROWS` at the end is their order and their names on the command line.
"""

from collections.abc import Callable
from dataclasses import replace
from statistics import median
from typing import Final

from bench.engine_row import engine
from bench.growth import growth
from bench.holding import holding
from bench.inputs import REAL
from bench.measuring import Bench, cost_lines, in_turn, judge, key_lines, opening_lines, show
from bench.processes import measure
from bench.table import Line
from bench.targets import AtMost, TimesLess


def version(bench: Bench) -> list[Line]:
    """`layerscope --version`, whole process."""

    def job(executable: str) -> Callable[[], float]:
        return lambda: 1000 * measure([executable, "--version"], environment=bench.environment).wall_s

    times = in_turn(bench, {program.name: job(program.executable) for program in (bench.ours, *bench.peers)})
    figures = {name: median(found) for name, found in times.items()}
    return [Line("--version", "wall", "ms", figures, AtMost(80))]


def tiny(bench: Bench) -> list[Line]:
    """An image of ten entries."""
    costs = judge(bench, bench.inputs.get("tiny"), bench.peers)
    return cost_lines("ci, 10 entries", costs, {"wall": AtMost(0.2)})


def big(bench: Bench) -> list[Line]:
    """A 3 GB archive, 98,000 entries, 18 layers, judged."""
    costs = judge(bench, bench.inputs.get("big"), bench.peers)
    return cost_lines("ci, 3 GB in 18 layers", costs, {"wall": TimesLess("Dive", 10), "peak": AtMost(120)})


def big_screen(bench: Bench) -> list[Line]:
    """The same archive in the terminal interface, and its keys."""
    openings = show(bench, bench.inputs.get("big"), bench.peers, keys=True)
    goals = {"layers listed": AtMost(0.5), "usable": AtMost(1.0), "peak": AtMost(180)}
    return [
        *opening_lines("TUI, 3 GB in 18 layers", openings, goals),
        *key_lines("keys", openings, {"median": AtMost(10), "p95": AtMost(40), "peak": AtMost(180)}),
    ]


def whiteouts(bench: Bench) -> list[Line]:
    """50,000 files, then 1,000 whiteouts."""
    costs = judge(bench, bench.inputs.get("whiteouts"), bench.peers)
    return cost_lines("ci, 50,000 files, 1,000 whiteouts", costs, {"wall": AtMost(0.7)})


def many_layers(bench: Bench) -> list[Line]:
    """50,000 files in 41 layers, in the terminal interface."""
    openings = show(bench, bench.inputs.get("many-layers"), bench.peers)
    return opening_lines("TUI, 50,000 files, 41 layers", openings, {"usable": AtMost(2.5), "peak": AtMost(300)})


def packed(bench: Bench) -> list[Line]:
    """700 MB of layers as gzip and as zstd."""
    lines = []
    for compression, limit_s in (("gzip", 1.5), ("zstd", 1.0)):
        archive, peers = bench.inputs.get("packages", compression), bench.peers_reading(compression)
        costs = judge(bench, archive, peers)
        work = f"700 MB of layers as {compression}"
        lines += cost_lines(f"ci, {work}", costs, {})
        lines.append(_cores_used(f"ci, {work}", lines))
        lines += opening_lines(f"TUI, {work}", show(bench, archive, peers), {"usable": AtMost(limit_s)})
    return lines


def _cores_used(work: str, lines: list[Line]) -> Line:
    """Say how many processors were busy on average."""
    wall, cpu = (next(line for line in lines if (line.work, line.quantity) == (work, what)) for what in ("wall", "CPU"))
    return Line(work, "cores used", "", {name: cpu.figures[name] / wall.figures[name] for name in wall.figures})


def million(bench: Bench) -> list[Line]:
    """1,000,000 entries in 60 layers."""
    archive = bench.inputs.get("million")
    goals = {"wall": AtMost(8), "usable": AtMost(8), "peak": AtMost(500)}
    fast = [peer for peer in bench.peers if peer.name != "Dive"]  # takes minutes, and gigabytes
    openings = show(bench, archive, fast, keys=True)
    work = "1,000,000 entries, 60 layers"
    return [
        *cost_lines(f"ci, {work}", judge(bench, archive, fast), goals),
        *opening_lines(f"TUI, {work}", openings, goals),
        *key_lines(f"keys, {work}", openings, {"p95": AtMost(50), "peak": AtMost(500)}),
    ]


def again(bench: Bench) -> list[Line]:
    """The same archive opened once more, with what the first time left in the cache."""
    lines = []
    cached = replace(bench, ours=replace(bench.ours, show=("inspect",), judge=("ci",)))
    for shape in ("tiny", "big") if bench.quick else ("tiny", "big", "million"):
        archive = bench.inputs.get(shape)
        judge(replace(cached, runs=1), archive, [])
        goals = {"usable": AtMost(0.6)}
        lines += opening_lines(f"TUI, {shape}, opened again", show(cached, archive, []), goals)
    return lines


def real(bench: Bench) -> list[Line]:
    """An image of Debian packages built by dockerd: its layers plain, as gzip and as zstd."""
    lines = []
    for compression in ("", "gzip", "zstd"):
        archive, peers = bench.inputs.get(REAL, compression), bench.peers_reading(compression)
        work = f"Debian packages, {compression or 'plain'}"
        lines += cost_lines(f"ci, {work}", judge(bench, archive, peers), {})
        openings = show(bench, archive, peers, keys=not compression)
        lines += opening_lines(f"TUI, {work}", openings, {})
        if not compression:
            lines += key_lines(f"keys, {work}", openings, {})
    return lines


ROWS: Final[dict[str, Callable[[Bench], list[Line]]]] = {
    "ci": big,
    "tui": big_screen,
    "whiteouts": whiteouts,
    "layers": many_layers,
    "compressed": packed,
    "million": million,
    "engine": engine,
    "again": again,
    "start": version,
    "tiny": tiny,
    "real": real,
    "growth": growth,
    "held": holding,
}
