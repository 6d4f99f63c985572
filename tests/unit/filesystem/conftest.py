"""Images as streams and as archives: what must not depend on how the bytes come is tested both ways."""

from collections.abc import Callable
from pathlib import Path

import pytest

from builder import ImageBuilder
from layerscope.filesystem import compiled
from layerscope.model.inspection import Inspection
from unit.filesystem.opened import Inspect, saved, streamed
from unit.filesystem.scanning import Scan, by_stream, by_window


@pytest.fixture(params=["compiled", "python"], autouse=True)
def loops(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Run everything here with the compiled loops, and with the Python that is there for machines without."""
    if request.param == "compiled" and not compiled.IN_USE:
        pytest.skip("layerscope was installed without a C compiler, or compiled.pyx changed since: pip install again")
    monkeypatch.setattr(compiled, "IN_USE", request.param == "compiled")
    return str(request.param)


@pytest.fixture(params=["stream", "archive"])
def inspected(request: pytest.FixtureRequest, tmp_path: Path) -> Inspect:
    """Inspect a built image, once as a stream and once as an archive."""

    def inspect(builder: ImageBuilder) -> Inspection:
        return streamed(builder) if request.param == "stream" else saved(builder, tmp_path)

    return inspect


@pytest.fixture
def open_files() -> Callable[[], int]:
    """Count the open files of this process, where the system tells."""
    folder = next((Path(one) for one in ("/proc/self/fd", "/dev/fd") if Path(one).is_dir()), None)
    if folder is None:
        pytest.skip("this system does not list open files")
    return lambda: len(list(folder.iterdir()))


@pytest.fixture(params=["stream", "window"])
def scan(request: pytest.FixtureRequest, tmp_path: Path) -> Scan:
    """Scan a tar's bytes, once as they stream past and once where they lie in a file."""
    return by_stream if request.param == "stream" else by_window(tmp_path)
