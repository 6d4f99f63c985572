"""With Dive's scoring and Dive's own file, all is as Dive 0.13.1 itself says it, where it is installed."""

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from builder import ImageBuilder, file
from golden.command import layerscope_ends
from unit.analysis_dive.realdive import installed

RULES = [
    "",
    "rules:\n  lowestEfficiency: 0.5\n",
    "rules:\n  lowestEfficiency: 0.99\n  highestUserWastedPercent: disabled\n",
    "rules:\n  lowestEfficiency: disabled\n  highestWastedBytes: 99kB\n  highestUserWastedPercent: 0.99\n",
    "rules:\n  lowestEfficiency: disabled\n  highestWastedBytes: 200kB\n  highestUserWastedPercent: 0.99\n",
    "rules:\n  lowestEfficiency: '0.5'\n  highestWastedBytes: 1MiB\n  highestUserWastedPercent: 0.3\n",
]


@pytest.fixture(scope="module")
def archives(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("dive")
    twice = (
        ImageBuilder("twice:1").layer({"a": file(b"a" * 50_000)}).layer({"a": file(b"b" * 50_000), "b": b"x" * 80_000})
    )
    clean = ImageBuilder("clean:1").layer({"a": b"x" * 9_000}).layer({"b": b"y" * 9_000})
    deleted = ImageBuilder("deleted:1").layer({"k": b"k"}).layer({"d/x": b"x" * 99_000}).layer(remove=["d/x"])
    images = {"twice": twice, "clean": clean, "deleted": deleted}
    for image in images.values():
        image.run("RUN one").run("RUN two")
    return [image.save(folder / f"{name}.tar", "legacy") for name, image in images.items()]


@pytest.mark.skipif(not installed(), reason="Dive 0.13.1 is not installed")
@pytest.mark.parametrize("rules", RULES)
def test_the_numbers_the_rules_and_the_verdict_are_dives(archives: list[Path], tmp_path: Path, rules: str) -> None:
    settings = tmp_path / ".dive-ci"
    settings.write_text(rules)
    for archive in archives:
        dive = subprocess.run(
            ["dive", "--ci", "--ci-config", settings, "--source", "docker-archive", archive],
            check=False, capture_output=True, text=True, env={**os.environ, "HOME": str(tmp_path), "CI": "true"},
        )  # fmt: skip
        assert "Result:" in dive.stdout, dive.stdout
        ended = layerscope_ends("ci", archive, "--scoring", "dive", "--ci-config", settings, "--report", "json=-")
        assert (archive.name, ended.code) == (archive.name, dive.returncode), dive.stdout
        report = json.loads(ended.out)
        assert said(dive.stdout) == (numbers(report), outcomes(report))


def said(output: str) -> tuple[list[str], dict[str, str]]:
    """Read Dive's three numbers, and the outcome of each rule."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", output)
    found = [re.search(rf"{name}: *(\S+)", text) for name in ("efficiency", "wastedBytes", "userWastedPercent")]
    rules = re.findall(r"^ *(PASS|FAIL|SKIP): (\w+)", text, re.MULTILINE)
    return [match[1] for match in found if match], {name: outcome for outcome, name in rules}


def numbers(report: Any) -> list[str]:
    """Write our three as Dive writes its."""
    dive = report["scores"]["dive"]
    user = dive["user_wasted_ratio"]
    return [
        f"{dive['efficiency'] * 100:.4f}",
        str(dive["wasted_bytes"]),
        "NaN" if user is None else f"{user * 100:.4f}",
    ]


def outcomes(report: Any) -> dict[str, str]:
    """Write our outcomes in Dive's words."""
    words = {"passed": "PASS", "failed": "FAIL", "skipped": "SKIP"}
    names = {"lowest-efficiency": "lowestEfficiency", "highest-wasted-bytes": "highestWastedBytes",
             "highest-user-wasted-percent": "highestUserWastedPercent"}  # fmt: skip
    return {names[rule["rule"]]: words[rule["status"]] for rule in report["verdict"]["rules"]}
