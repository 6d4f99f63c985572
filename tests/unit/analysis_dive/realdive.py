"""Dive 0.13.1 itself, where it is installed."""

import json
import math
import shutil
import subprocess
from pathlib import Path

from layerscope.model.ledger import DiveScores


def installed() -> bool:
    """Whether there is a Dive of the version that layerscope follows."""
    if shutil.which("dive") is None:
        return False
    return "0.13.1" in subprocess.run(["dive", "--version"], check=False, capture_output=True, text=True).stdout


def ask(archive: Path) -> DiveScores:
    """Run `dive --source docker-archive ARCHIVE --json OUT`.

    The JSON lacks userWastedPercent: it is worked out as dive/image/image.go does.
    """
    out = archive.with_suffix(".json")
    out.unlink(missing_ok=True)
    subprocess.run(["dive", "--source", "docker-archive", archive, "--json", out], check=True, capture_output=True)
    found = json.loads(out.read_bytes())
    wasted = found["image"]["inefficientBytes"]
    user_bytes = sum(layer["sizeBytes"] for layer in found["layer"] if layer["index"] > 0)
    ratio = wasted / user_bytes if user_bytes else (math.inf if wasted else None)
    return DiveScores(found["image"]["efficiencyScore"], wasted, ratio)
