"""The row about images in an engine: a real dockerd, started here, sends an image while it is analysed."""

from collections.abc import Callable
from dataclasses import replace

from bench.inputs import UnavailableError
from bench.measuring import Bench, cost_lines, in_turn
from bench.processes import Cost, measure
from bench.table import Line
from bench.targets import OURS, LittleMore
from engine.engine import Dockerd, docker_missing_reason

_SAVE = "docker save"
_PATIENCE_S = 120.0
"""An engine that first writes the image to its own disk takes half a minute, and never twice the same."""
_ENGINE_GOALS = {"wall": LittleMore(_SAVE, 1.05, 0.5)}


def engine(bench: Bench) -> list[Line]:
    """An image in the engine, judged while `docker save` would only pipe it to nowhere."""
    reason = docker_missing_reason()
    if reason:
        raise UnavailableError(reason)
    shape = "packages" if bench.quick else "big"
    archive = bench.inputs.get(shape)
    with Dockerd() as dockerd:
        dockerd.run_docker("load", "--input", archive)
        environment = dockerd.environment(bench.environment)
        costs = _in_turn(bench, f"{archive.stem}:1", environment)
    lines = cost_lines(f"ci from the engine, {shape}", costs, _ENGINE_GOALS)
    return [replace(line, remark=dockerd.storage_driver) for line in lines]


def _in_turn(bench: Bench, image: str, environment: dict[str, str]) -> dict[str, list[Cost]]:
    def job(*command: str) -> Callable[[], Cost]:
        return lambda: measure(command, accepted=(0, 1), environment=environment)

    jobs = {OURS: job(*bench.ours.judging_engine(image)), _SAVE: job("docker", "save", image)}
    jobs |= {peer.name: job(*peer.judging_engine(image)) for peer in bench.peers if peer.engine}
    in_turn(replace(bench, runs=1), {_SAVE: jobs[_SAVE]})  # the engine's own files come into the page cache
    return in_turn(bench, jobs, patience_s=_PATIENCE_S)
