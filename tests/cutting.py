"""Runs the whole command on damaged copies of an image, each in a process of its own with limits on time and memory.

Owns the ways to damage a file, and judging what came of it: the right tree, a part that is said to be one, or a refusal
in one line with exit code 3. Processes are forked from one that has everything imported: 20 ms each instead of 300.
"""

import contextlib
import io
import json
import os
import random
import resource
import shutil
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

MAX_BYTES = 2 << 30
MAX_SECONDS = 60
INTERPRETER_BYTES = 48 << 20
"""What a process of the command has resident before it opens anything; a fork of the tests shares theirs instead."""
RUN = ("report", "--no-cache", "--no-dockerfile", "--quiet", "--format", "json")


@dataclass(frozen=True)
class Outcome:
    """How one run ended."""

    code: int
    out: str
    err: str
    peak_bytes: int
    seconds: float


def run(*argv: str) -> Outcome:
    """Run the command in a fork, within the limits; code -N when signal N ended it."""
    _warm_up()
    mapped, inherited = _own_bytes()  # of a test run that may have grown large: not what the command takes
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        try:
            _run_child(writing, argv, mapped + MAX_BYTES)
        finally:
            os._exit(99)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read()
    _, status, usage = os.wait4(child, 0)
    out, err = json.loads(said) if said else ("", "")
    code = os.waitstatus_to_exitcode(status)
    peak_bytes = max(0, (usage.ru_maxrss << 10) - inherited) + INTERPRETER_BYTES
    return Outcome(code, out, err, peak_bytes, usage.ru_utime + usage.ru_stime)


def _own_bytes() -> tuple[int, int]:
    """Say what this process has mapped, and what of it is resident."""
    mapped, resident = Path("/proc/self/statm").read_text().split()[:2]
    return int(mapped) * os.sysconf("SC_PAGE_SIZE"), int(resident) * os.sysconf("SC_PAGE_SIZE")


@cache
def _warm_up() -> None:
    """Import all that a run imports, before anything is forked."""
    from layerscope.cli.main import run as main

    with contextlib.redirect_stdout(io.StringIO()):
        assert main([*RUN, "demo"]) == 0


def _run_child(writing: int, argv: tuple[str, ...], most_mapped: int) -> None:
    from layerscope.cli.main import run as main

    resource.setrlimit(resource.RLIMIT_AS, (most_mapped, most_mapped))
    signal.alarm(MAX_SECONDS)
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(list(argv))
    with os.fdopen(writing, "w") as pipe:
        json.dump((out.getvalue(), err.getvalue()), pipe)
    os._exit(code)


def whole(path: Path) -> dict[str, Any] | None:
    """Give the report of an undamaged image; None when it is refused as it is."""
    found = run(*RUN, str(path))
    assert found.code in {0, 3}, found
    report: dict[str, Any] | None = json.loads(found.out) if found.code == 0 else None
    return report


def judge(found: Outcome, expected: dict[str, Any] | None) -> str:
    """Say what came of a damaged copy: `same`, `part`, `refused`; AssertionError where it may not have come."""
    assert found.peak_bytes < MAX_BYTES
    assert "Traceback" not in found.err, found.err
    if found.code == 3:
        assert found.out == ""
        first, *hints = found.err.splitlines()
        assert first.startswith("layerscope: "), found.err
        assert len(hints) <= 1, found.err
        return "refused"
    assert found.code == 0, found
    assert expected is not None, "opened, where the whole image is refused"
    report = json.loads(found.out)
    layers, right = report["layers"], expected["layers"]
    assert len(layers) == len(right)
    facts = ("content_bytes", "entry_count", "diff_id")
    for layer, other in zip(layers, right, strict=True):
        if layer["absent_reason"] is None:
            assert [layer[fact] for fact in facts] == [other[fact] for fact in facts]
        else:
            assert layer["content_bytes"] == 0
    if report["image"]["partial"] and not expected["image"]["partial"]:
        return "part"
    assert report["ledger"] == expected["ledger"]
    assert report["waste"] == expected["waste"]
    return "same"


def cuts(path: Path, folder: Path, *, chance: random.Random, most: int | None) -> Iterator[Path]:
    """Give copies of an image that are cut off: at each 512 bytes where it is small, else at random.

    Of a directory, one file at a time is cut, or is gone. `most` draws so many of them.
    """
    copy = folder / path.name
    if path.is_dir():
        files = sorted(one for one in path.rglob("*") if one.is_file())
        places = [(file, length) for file in files for length in _lengths(file.stat().st_size, chance)]
        for file, length in places if most is None else chance.sample(places, min(most, len(places))):
            shutil.rmtree(copy, ignore_errors=True)
            shutil.copytree(path, copy)
            (copy / file.relative_to(path)).chmod(0o644)
            os.truncate(copy / file.relative_to(path), length)
            yield copy
        return
    data = path.read_bytes()
    lengths = _lengths(len(data), chance)
    for length in lengths if most is None else chance.sample(lengths, min(most, len(lengths))):
        copy.write_bytes(data[:length])
        yield copy


def _lengths(size_bytes: int, chance: random.Random) -> list[int]:
    steps = list(range(0, size_bytes, 512))
    if len(steps) > 600:
        steps = sorted(chance.sample(steps, 100))
    return sorted({*steps, *(chance.randrange(size_bytes) for _ in range(20) if size_bytes)})


def flips(path: Path, folder: Path, *, chance: random.Random, most: int) -> Iterator[Path]:
    """Give copies of an image with one to eight bits turned."""
    data = path.read_bytes()
    copy = folder / path.name
    for _ in range(most):
        changed = bytearray(data)
        for _ in range(chance.choice((1, 1, 2, 8))):
            changed[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        copy.write_bytes(changed)
        yield copy
