"""Growth: what an entry costs in time and memory, from 10⁴ to 10⁶ entries, in four directions, and the slopes."""

from dataclasses import replace

from bench.figures import growth_exponent
from bench.measuring import Bench, judge
from bench.processes import Cost
from bench.shapes import GROWING
from bench.table import Line
from bench.targets import OURS, AtMost

ENTRIES: tuple[int, ...] = (10_000, 32_000, 100_000, 316_000, 1_000_000)
_STEEPEST = AtMost(1.1)
"""A slope of 1 is a flat cost per entry; a tenth is left for caches of the processor, which big tables outgrow."""


def growth(bench: Bench) -> list[Line]:
    """Entries in files per layer, in layers, in whiteouts and in depth: what each costs, and how that grows."""
    start = _least(bench, "tiny")
    lines = []
    for direction in GROWING:
        sizes = ENTRIES[:3] if bench.quick else ENTRIES
        costs = [_least(bench, f"{direction}-{size}") for size in sizes]
        times = [cost.cpu_s - start.cpu_s for cost in costs]
        bytes_ = [(cost.peak_mb - start.peak_mb) * 1_000_000 for cost in costs]
        for size, seconds, held in zip(sizes, times, bytes_, strict=True):
            work = f"growth in {direction}, {size:,} entries"
            lines.append(Line(work, "CPU per entry", "µs", {OURS: seconds / size * 1_000_000}))
            lines.append(Line(work, "memory per entry", "B", {OURS: held / size}))
        lines += _slope(direction, "CPU", list(sizes), times) + _slope(direction, "memory", list(sizes), bytes_)
    return lines


def _slope(direction: str, what: str, sizes: list[int], costs: list[float]) -> list[Line]:
    exponent = growth_exponent(sizes, costs)
    if exponent is None:
        return []
    return [Line(f"growth in {direction}", f"slope of {what}", "", {OURS: exponent}, _STEEPEST)]


def _least(bench: Bench, shape: str) -> Cost:
    """Judge an archive some times; the least, because what disturbs a run only ever adds to it."""
    archive = bench.inputs.get(shape)
    costs = judge(replace(bench, runs=min(bench.runs, 3)), archive, [])[OURS]
    least_cpu, least_peak = min(cost.cpu_s for cost in costs), min(cost.peak_mb for cost in costs)
    return Cost(min(cost.wall_s for cost in costs), least_cpu, least_peak)
