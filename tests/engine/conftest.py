"""Fixtures that start real engines; each skips, with its reason, where the engine cannot run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from engine.builders import (
    DOCKER_BUILDERS,
    PODMAN_BUILDERS,
    BuildOnce,
    BuiltImage,
    buildkit_missing_reason,
    busybox_missing_reason,
    write_context,
)
from engine.engine import Dockerd, docker_missing_reason, modern_dockerd, modern_missing_reason
from engine.podman import Podman, podman_missing_reason
from engine.realimage import build_real_image, real_image_missing_reason

SAVING = "saving"
"""Property of a test: a row of the table of savings."""


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark every test of this folder: `-m 'not engine'` leaves them all out, and no worker starts another's engine."""
    if Path(__file__).parent in item.path.parents and isinstance(item, pytest.Function):
        item.add_marker(pytest.mark.engine)
        item.add_marker(pytest.mark.xdist_group(_group(item)))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show what findings promised beside what was saved; tests on other workers sent it with their reports."""
    reports = [*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")]
    rows = [value for report in reports for name, value in getattr(report, "user_properties", ()) if name == SAVING]
    if rows:
        terminalreporter.section("bytes that findings promise, and bytes that their advice saved")
        terminalreporter.line(f"{'rule':6} {'fault':20} {'builder':9} {'promised':>12} {'saved':>12} {'off by':>8}")
        for row in sorted(set(rows)):
            terminalreporter.line(row)


_LONG = {"test_savings.py", "test_dockerfile_lines.py"}
"""Build for minutes: on a daemon of their own."""


def _group(item: pytest.Function) -> str:
    """Name what runs on one worker, one after another: an engine; what takes long has its own."""
    if {"real_image", "own_image"} & {*item.fixturenames}:
        return "real image"
    if item.path.name in _LONG:
        return item.path.stem
    builders = {value[0] for value in _parameters(item) if isinstance(value, tuple)}
    return "podman" if "podman" in item.fixturenames or builders & PODMAN_BUILDERS.keys() else "docker"


def _parameters(item: pytest.Function) -> Iterable[object]:
    return item.callspec.params.values() if hasattr(item, "callspec") else ()


@pytest.fixture(scope="package")
def dockerd(request: pytest.FixtureRequest) -> Iterator[Dockerd]:
    """A private daemon for all tests of this folder: a worker that goes on to others has cleared it away by then."""
    if reason := docker_missing_reason():
        pytest.skip(reason)
    with Dockerd() as daemon:
        if daemon.storage_note is not None:
            request.config.get_terminal_writer().line(f"\ndockerd stores with {daemon.storage_note}")
        yield daemon


@pytest.fixture(scope="package", params=["containerd", "overlay2"])
def dockerd29(request: pytest.FixtureRequest) -> Iterator[Dockerd]:
    """A private Docker Engine 29 with each of its image stores."""
    if reason := modern_missing_reason():
        pytest.skip(reason)
    with Dockerd(modern_dockerd(), store=request.param) as daemon:
        yield daemon


@pytest.fixture(scope="package")
def podman() -> Iterator[Podman]:
    """A private storage of podman and buildah for all tests of this folder."""
    if reason := podman_missing_reason():
        pytest.skip(reason)
    with Podman() as storage:
        yield storage


@pytest.fixture(scope="package")
def build_once(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> BuildOnce:
    """Build a context with a builder, once for all tests: each step takes podman half a second."""
    built: dict[tuple[str, str], BuiltImage] = {}

    def build(builder: str, name: str) -> BuiltImage:
        if reason := busybox_missing_reason():
            pytest.skip(reason)
        if (builder, name) not in built:
            context = write_context(name, tmp_path_factory.mktemp("context"))
            if builder in PODMAN_BUILDERS:
                podman: Podman = request.getfixturevalue("podman")
                built[builder, name] = PODMAN_BUILDERS[builder](podman, context)
            else:
                dockerd: Dockerd = request.getfixturevalue("dockerd")
                if builder == "buildkit" and (reason := buildkit_missing_reason(dockerd)):
                    pytest.skip(reason)
                built[builder, name] = DOCKER_BUILDERS[builder](dockerd, context)
        return built[builder, name]

    return build


@pytest.fixture(scope="package")
def real_image(dockerd: Dockerd) -> str:
    """The wasteful image of `images/bad`, by name."""
    if reason := real_image_missing_reason():
        pytest.skip(reason)
    return build_real_image(dockerd)


@pytest.fixture(scope="package")
def real_archive(dockerd: Dockerd, real_image: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The same image as `docker save` writes it, removed at the end: pytest would keep three of these."""
    archive = tmp_path_factory.mktemp("real") / "image.tar"
    dockerd.run_docker("save", "--output", archive, real_image)
    yield archive
    archive.unlink()
