"""Measure whole processes: wall time, CPU time and peak memory, children included.

Owns how a run is measured; which commands there are and what is said of them is told elsewhere.
"""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_CHILD: Final = Path(__file__).with_name("child.py")


@dataclass(frozen=True, slots=True)
class Cost:
    """What one run of a program cost."""

    wall_s: float
    cpu_s: float
    """Of the program and the children it waited for."""
    peak_mb: float
    """Most memory resident at one time, in 10⁶ bytes; of several processes together, shared pages counted once."""


class FailedRunError(RuntimeError):
    """A measured program ended in a way that makes its time mean nothing."""


def measure(
    command: Sequence[str],
    *,
    accepted: Sequence[int] = (0,),
    environment: Mapping[str, str] | None = None,
    output: Path = Path(os.devnull),
) -> Cost:
    """Run a command once; its standard output goes to a file. Raises `FailedRunError` for other exit codes."""
    done = subprocess.run(
        [sys.executable, "-S", "-E", str(_CHILD), str(output), *command],
        env=measured_environment(environment),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise FailedRunError(f"{command[0]} could not be started: {done.stderr.strip()[-300:]}")
    wall_s, cpu_s, peak_kb, status = done.stdout.split()
    if int(status) not in accepted:
        raise FailedRunError(f"{' '.join(command)} ended with {status}")
    return Cost(float(wall_s), float(cpu_s), int(peak_kb) * 1024 / 1_000_000)


def measured_environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Give the environment of measured programs: no CI system, a plain locale, modules compiled as pip leaves them."""
    ours = {"CI", "GITHUB_ACTIONS", "GITLAB_CI", "TF_BUILD", "NO_COLOR", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE"}
    kept = {name: value for name, value in os.environ.items() if name not in ours and not name.startswith("LAYERSCOPE")}
    return {**kept, "LANG": "C.UTF-8", **(extra or {})}
