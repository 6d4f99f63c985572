"""A run loads what it uses: loading is most of what a small run costs."""

import subprocess
import sys
from pathlib import Path

import pytest

from builder import ImageBuilder
from golden.command import environment

_LOADED = """
import sys
from layerscope.cli.main import run
run(sys.argv[1:])
sys.stdout.flush()
print("\\n".join(sorted(sys.modules)), file=sys.stderr)
"""
_HEAVY = ("textual", "rich", "docker", "yaml", "requests", "http", "email", "ssl", "logging", "xml", "concurrent",
          "multiprocessing", "asyncio", "tempfile", "platformdirs")  # fmt: skip


def loaded(*args: str | Path) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", _LOADED, *map(str, args)], env=environment(), capture_output=True, text=True, check=True
    )
    return set(done.stderr.splitlines())


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return ImageBuilder().layer({"etc/x": b"x"}).save(tmp_path_factory.mktemp("small") / "image.tar")


def test_the_gate_loads_one_report_and_no_engine(archive: Path) -> None:
    names = loaded("ci", archive)
    assert {name for name in names if name.startswith("layerscope.reports.") and name.endswith("_report")} == {
        "layerscope.reports.text_report"
    }
    assert not {name for name in names if name.startswith("layerscope.sources.engine")}
    if sys.platform == "linux":
        assert {name for name in names if name.partition(".")[0] in _HEAVY} == set()


def test_a_report_loads_no_other(archive: Path) -> None:
    names = loaded("ci", archive, "--report", "csv=-")
    assert {name for name in names if name.endswith("_report")} == {"layerscope.reports.csv_report"}


def test_the_version_loads_nothing(archive: Path) -> None:
    del archive
    assert {name for name in loaded("--version") if name.partition(".")[0] == "layerscope"} <= {
        "layerscope", "layerscope.cli", "layerscope.cli.main", "layerscope.cli.stopping", "layerscope.cli.streams",
        "layerscope.errors", "layerscope.frozen", "layerscope.patterns",
    }  # fmt: skip
