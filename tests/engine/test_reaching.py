"""Real engines reached in every way there is, fetching when told to, stalling, and dying."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from builder import ImageBuilder
from engine.engine import Dockerd, docker_missing_reason, run
from engine.podman import Podman
from engine.registry import Registry, registry_missing_reason
from layerscope import inspect
from layerscope.errors import AmbiguousImageError, EngineError, ImageNotFoundError
from layerscope.pipeline import InspectOptions, Watcher

_BIG_BYTES = 64_000_000
"""More than is read ahead, and than sockets hold."""


def _built(name: str) -> ImageBuilder:
    return ImageBuilder(name).layer({"a": b"1" * 1_000, "b": name.encode()}).layer({"a": b"2"})


@pytest.fixture(scope="module")
def registry() -> Iterator[Registry]:
    if reason := registry_missing_reason():
        pytest.skip(reason)
    with Registry() as server:
        yield server


def _names(dockerd: Dockerd) -> str:
    return dockerd.run_docker("images", "--format={{.Repository}}:{{.Tag}}").stdout.decode()


def test_docker_fetches_an_image_only_when_told_to(
    dockerd: Dockerd, registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built = _built("fetched:1")
    name = registry.push(built.save(tmp_path / "image.tar", "legacy"), "fetched:1")
    monkeypatch.setenv("DOCKER_HOST", dockerd.socket_url)
    with pytest.raises(ImageNotFoundError) as caught:
        inspect(f"docker://{name}")
    assert caught.value.hint == f"it is not local; docker fetches it first with: layerscope --pull docker://{name}"
    assert name not in _names(dockerd)
    phases = []
    watcher = Watcher(progress=lambda phase, _done, _total: phases.append(phase))
    inspection = inspect(f"docker://{name}", options=InspectOptions(pull=True), watcher=watcher)
    assert inspection.image.image_id == built.image_id
    assert [phase for phase in dict.fromkeys(phases) if phase in {"pull", "export"}] == ["pull", "export"]
    assert name in _names(dockerd)
    digest = dockerd.run_docker("image", "inspect", "--format={{index .RepoDigests 0}}", name).stdout.decode().strip()
    assert inspect(f"docker://{digest}").image.image_id == built.image_id
    with pytest.raises(EngineError, match=r"docker pull .*/nothing:1 failed: .*manifest unknown"):
        inspect(f"docker://{registry.address}/nothing:1", options=InspectOptions(pull=True))


def test_of_several_platforms_one_is_fetched_and_exported(
    dockerd29: Dockerd, registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built = {
        platform: ImageBuilder("several:1", platform=platform).layer({"a": platform.encode() * 100})
        for platform in ("linux/amd64", "linux/arm64")
    }
    archives = {
        platform: one.save(tmp_path / f"{number}.tar", "legacy") for number, (platform, one) in enumerate(built.items())
    }
    name = f"docker://{registry.push_list(archives, 'several:1')}"
    monkeypatch.setenv("DOCKER_HOST", dockerd29.socket_url)
    for platform, one in built.items():
        options = InspectOptions(platform=platform)
        with pytest.raises(ImageNotFoundError) as caught:
            inspect(name, options=options)
        assert str(caught.value.hint).endswith(f"layerscope --pull --platform {platform} {name}")
        found = inspect(name, options=replace(options, pull=True))
        assert (found.image.platform, found.image.image_id) == (platform, one.image_id)
    if dockerd29.storage_driver != "overlayfs":
        return  # without containerd's store, the last one fetched has the name
    for platform, one in built.items():
        assert inspect(name, options=InspectOptions(platform=platform)).image.image_id == one.image_id
    with pytest.raises(AmbiguousImageError) as choice:
        inspect(name, options=InspectOptions(ask=True))
    assert sorted(one.value for one in choice.value.candidates) == sorted(built)
    unasked = inspect(name)
    assert any(note.code == "several-platforms" for note in unasked.notes)


def test_podmans_command_and_its_service_fetch_an_image_only_when_told_to(
    podman: Podman, registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONTAINERS_REGISTRIES_CONF", str(registry.settings_for_podman()))
    monkeypatch.setenv("PATH", f"{podman.command_directory()}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    for number, where in enumerate(("command", "service")):
        built = _built(f"fetched-by-{where}:1")
        name = registry.push(built.save(tmp_path / f"{number}.tar", "legacy"), f"fetched-by-{where}:1")
        with podman.service() as url:
            if where == "service":
                monkeypatch.setenv("CONTAINER_HOST", url)
            with pytest.raises(ImageNotFoundError, match="no such image"):
                inspect(f"podman://{name}")
            options = InspectOptions(pull=True)
            assert inspect(f"podman://{name}", options=options).image.image_id == built.image_id


def test_an_engine_that_dies_in_mid_stream_is_said_to_have_broken_off(
    podman: Podman, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    big = ImageBuilder("big:1").layer({"big": bytes(_BIG_BYTES)})
    podman.run_podman("load", "--quiet", "--input", big.save(tmp_path / "big.tar", "legacy"))
    with podman.service() as url:
        monkeypatch.setenv("CONTAINER_HOST", url)

        def killer(phase: str, done_bytes: int, _total: int | None) -> None:
            assert podman.service_process is not None
            if phase == "export" and done_bytes:
                podman.service_process.kill()

        with pytest.raises(EngineError, match=r"podman \(unix://.*\) broke off") as caught:
            inspect("podman://big:1", watcher=Watcher(progress=killer))
    assert caught.value.exit_code == 3
    assert "\n" not in str(caught.value)


def test_ctrl_c_ends_at_once_whatever_the_engine_does(dockerd: Dockerd) -> None:
    os.kill(dockerd.pid, signal.SIGSTOP)
    try:
        process = subprocess.Popen(
            [sys.executable, "-m", "layerscope", "ci", "docker://some:1"],
            env=dockerd.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        time.sleep(1.5)
        assert process.poll() is None, process.communicate()
        process.send_signal(signal.SIGINT)
        began = time.monotonic()
        output, errors = process.communicate(timeout=10)
    finally:
        os.kill(dockerd.pid, signal.SIGCONT)
    assert (process.returncode, output, errors) == (130, b"", b"layerscope: stopped\n")
    assert time.monotonic() - began < 2


_EXTENSIONS = "subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth,clientAuth\n"


def _certificates(folder: Path) -> None:
    """Make an authority, and one certificate for both sides."""
    (folder / "ext").write_text(_EXTENSIONS)
    new: list[str | Path] = ["openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    run([*new, "-x509", "-days", "2", "-subj", "/CN=ca", "-keyout", folder / "ca.key", "-out", folder / "ca.pem"])
    run([*new, "-subj", "/CN=me", "-keyout", folder / "key.pem", "-out", folder / "csr"])
    sign: list[str | Path] = ["openssl", "x509", "-req", "-days", "2", "-in", folder / "csr", "-CA", folder / "ca.pem"]
    run(
        [*sign, "-CAkey", folder / "ca.key", "-CAcreateserial", "-extfile", folder / "ext", "-out", folder / "cert.pem"]
    )


def test_tls_and_contexts_are_those_of_dockers_own_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if reason := docker_missing_reason() or ("" if shutil.which("openssl") else "openssl is not installed"):
        pytest.skip(reason)
    _certificates(tmp_path)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"tcp://127.0.0.1:{probe.getsockname()[1]}"
    files = {name: tmp_path / f"{name}.pem" for name in ("ca", "cert", "key")}
    flags = [f"--host={url}", "--tlsverify", *(f"--tls{name}={path}" for name, path in files.items() if name != "ca")]
    with Dockerd(flags=[*flags, f"--tlscacert={files['ca']}"]) as daemon:
        built = _built("secured:1")
        daemon.run_docker("load", "--input", built.save(tmp_path / "image.tar", "legacy"))
        client = {"DOCKER_CONFIG": str(tmp_path / "client"), "DOCKER_HOST": ""}
        material = ",".join(f"{name}={path}" for name, path in files.items())
        daemon.run_docker("context", "create", "with", "--docker", f"host={url},{material}", env=client)
        daemon.run_docker("context", "create", "without", "--docker", f"host={url}", env=client)
        monkeypatch.setenv("DOCKER_CONFIG", client["DOCKER_CONFIG"])
        monkeypatch.delenv("DOCKER_HOST", raising=False)
        monkeypatch.setenv("DOCKER_CONTEXT", "with")
        assert inspect("docker://secured:1").image.image_id == built.image_id
        monkeypatch.setenv("DOCKER_CONTEXT", "without")
        with pytest.raises(EngineError, match="context without"):
            inspect("docker://secured:1")
        monkeypatch.delenv("DOCKER_CONTEXT")
        daemon.run_docker("context", "use", "with", env=client)
        assert inspect("docker://secured:1").image.image_id == built.image_id
        monkeypatch.setenv("DOCKER_HOST", url)
        monkeypatch.setenv("DOCKER_TLS_VERIFY", "1")
        monkeypatch.setenv("DOCKER_CERT_PATH", str(tmp_path))
        assert inspect("docker://secured:1").image.image_id == built.image_id
