"""With Dive's scoring and Dive's own file, the verdict is that of Dive 0.13.1 itself, where it is installed."""

import os
import subprocess
from pathlib import Path

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
def test_the_verdict_is_dives(archives: list[Path], tmp_path: Path, rules: str) -> None:
    settings = tmp_path / ".dive-ci"
    settings.write_text(rules)
    for archive in archives:
        dive = subprocess.run(
            ["dive", "--ci", "--ci-config", settings, "--source", "docker-archive", archive],
            check=False, capture_output=True, text=True, env={**os.environ, "HOME": str(tmp_path), "CI": "true"},
        )  # fmt: skip
        assert "Result:" in dive.stdout, dive.stdout
        ended = layerscope_ends("ci", archive, "--scoring", "dive", "--ci-config", settings)
        assert (archive.name, ended.code) == (archive.name, dive.returncode), dive.stdout
