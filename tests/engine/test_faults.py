"""What goes wrong between us and a real engine is told in one line, with exit code 3; nothing is left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.engine import Dockerd
from engine.proxy import Fault, Proxy

_MB = 1 << 20


@pytest.fixture(scope="module")
def image(dockerd: Dockerd, tmp_path_factory: pytest.TempPathFactory) -> str:
    """An image with 8 MB that no gzip makes smaller."""
    folder = tmp_path_factory.mktemp("faults")
    (folder / "random").write_bytes(os.urandom(8 * _MB))
    (folder / "etc").write_text("text\n")
    archive = folder / "rootfs.tar"
    subprocess.run(["tar", "-C", folder, "-cf", archive, "random", "etc"], check=True)
    dockerd.run_docker("import", archive, "faults:1")
    return "faults:1"


@pytest.fixture
def proxy(dockerd: Dockerd, tmp_path: Path) -> Iterator[Proxy]:
    """A proxy before the daemon."""
    with Proxy(dockerd.socket_url.removeprefix("unix://"), tmp_path / "engine.sock").running() as running:
        yield running


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    """Where a run may put temporary files."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    return folder


def command(proxy: Proxy, scratch: Path, *arguments: str) -> tuple[list[str], dict[str, str]]:
    environ = {
        **os.environ, "DOCKER_HOST": proxy.url, "TMPDIR": str(scratch), "HOME": str(scratch),
        "LAYERSCOPE_CACHE_DIR": str(scratch / "cache"),
    }  # fmt: skip
    return [sys.executable, "-m", "layerscope", *arguments], environ


def run(proxy: Proxy, scratch: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command against the engine behind the proxy."""
    words, environ = command(proxy, scratch, *arguments)
    return subprocess.run(words, env=environ, capture_output=True, text=True, timeout=60, check=False)


def left_in(scratch: Path) -> list[Path]:
    """List what a run left behind."""
    return [path for path in scratch.rglob("*") if path.is_file()]


def test_what_passes_the_proxy_is_what_the_engine_has(proxy: Proxy, scratch: Path, image: str) -> None:
    done = run(proxy, scratch, "report", f"docker://{image}", "--format", "json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["ledger"]["total_bytes"] == 8 * _MB + 5


CAT = ("cat", "docker://faults:1", "/etc")
CI = ("ci", "docker://faults:1")


@pytest.mark.usefixtures("image")
@pytest.mark.parametrize(
    ("fault", "after_bytes", "arguments"),
    [*((fault, after, CI) for fault in (Fault.CUT, Fault.RESET) for after in (0, 5_000, _MB)), (Fault.CUT, _MB, CAT)],
)
def test_an_export_that_breaks_off_is_no_image(
    fault: Fault, after_bytes: int, arguments: tuple[str, ...], proxy: Proxy, scratch: Path
) -> None:
    proxy.fault, proxy.after_bytes = fault, after_bytes
    done = run(proxy, scratch, *arguments)
    assert (done.returncode, done.stdout) == (3, ""), done.stderr
    assert "Traceback" not in done.stderr
    assert left_in(scratch) == []


def test_a_slow_engine_is_waited_for(proxy: Proxy, scratch: Path, image: str) -> None:
    proxy.fault = Fault.SLOW
    assert run(proxy, scratch, "ci", f"docker://{image}").returncode == 0


def test_a_flipped_bit_is_found_by_verify(proxy: Proxy, scratch: Path, image: str) -> None:
    proxy.fault, proxy.after_bytes = Fault.FLIP, 4 * _MB
    done = run(proxy, scratch, "ci", f"docker://{image}", "--verify")
    assert (done.returncode, done.stdout) == (3, "")
    assert "sha256:" in done.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_engine_that_stalls_can_be_left_at_once(
    number: signal.Signals, proxy: Proxy, scratch: Path, image: str
) -> None:
    proxy.fault = Fault.STALL
    words, environ = command(proxy, scratch, "extract", f"docker://{image}", "/", "-o", str(scratch / "out"))
    with subprocess.Popen(words, env=environ, stderr=subprocess.PIPE, text=True) as running:
        time.sleep(3)
        assert running.poll() is None
        begun = time.monotonic()
        running.send_signal(number)
        _, said = running.communicate(timeout=20)
    assert time.monotonic() - begun < 5
    assert running.returncode != 0
    assert "Traceback" not in said
    assert left_in(scratch) == []
