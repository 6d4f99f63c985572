"""Every builder that may be installed, building the Dockerfiles of `unit/history/histories` on one small base image.

Owns the base, the context and the builders' commands; a builder gives the image's archive. It knows nothing of lines.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from builder import ImageBuilder, directory, file, hardlink
from engine.engine import Dockerd, EngineError, run
from engine.podman import Podman
from unit.history.stored import HERE, TARGETS

BASE: Final = "bb:base"
BASE_STEPS: Final = 3

_ISOLATION: Final = (
    "--isolation=chroot", "--network=host", "--format=docker", "--ulimit=nproc=4096:4096", "--ulimit=nofile=4096:4096",
)  # fmt: skip
_ARGUMENTS: Final = {"override": ("VERSION=9.9", "NAME=other name", "GLOBAL=world")}
_START_TIMEOUT_S: Final = 30.0

Build = Callable[[str, Path], Path]
"""(name of the Dockerfile, context) → archive."""


def base_image() -> ImageBuilder:
    """Make a busybox with the history of three steps that the stored base has."""
    busybox = Path("/bin/busybox").read_bytes()
    applets = [name for name in run(["/bin/busybox", "--list"]).stdout.decode().split() if name != "busybox"]
    return (
        ImageBuilder(BASE)
        .layer(
            {
                "bin": directory(),
                "bin/busybox": file(busybox, mode=0o755),
                **{f"bin/{name}": hardlink("bin/busybox", mode=0o755) for name in applets},
                "etc/passwd": b"root:x:0:0:root:/:/bin/sh\nnobody:x:65534:65534::/:/bin/false\n",
                "etc/group": b"root:x:0:\nnobody:x:65534:\n",
                "tmp": directory(mode=0o1777),
            }
        )
        .run("/bin/sh -c #(nop) ADD file:00 in / ", comment="")
        .step("/bin/sh -c #(nop)  ENV PATH=/bin", comment="")
        .step('/bin/sh -c #(nop)  CMD ["sh"]', comment="")
        .configure(Env=["PATH=/bin"], Cmd=["sh"])
    )


def write_context(folder: Path) -> Path:
    """Write what the Dockerfiles copy, and the Dockerfiles."""
    texts = {
        "a.txt": "a",
        "b.txt": "b",
        "c d.txt": "c",
        "run.sh": "#!/bin/sh",
        "conf/z.conf": "z",
        "dir/x": "x",
        "dir/sub/y": "y",
    }
    for name, text in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"{text}\n")
    with tarfile.open(folder / "data.tar", "w") as tar:
        member = tarfile.TarInfo("x")
        member.size = 2
        tar.addfile(member, io.BytesIO(b"x\n"))
    for path in HERE.glob("*.Dockerfile"):
        shutil.copy(path, folder)
    return folder


def _options(name: str) -> list[str]:
    options = [f"--target={TARGETS[name]}"] if name in TARGETS else []
    return [*options, *(f"--build-arg={argument}" for argument in _ARGUMENTS.get(name, ()))]


def docker_builder(dockerd: Dockerd, *, buildkit: bool) -> Build:
    """Build with the classic builder, or with the BuildKit inside dockerd."""

    def build(name: str, context: Path) -> Path:
        tag, archive = (
            f"lines-{name}:{'bk' if buildkit else 'classic'}",
            context.parent / f"{name}-docker-{buildkit}.tar",
        )
        switch = {"DOCKER_BUILDKIT": "1" if buildkit else "0"}
        path = context / f"{name}.Dockerfile"
        dockerd.run_docker("build", "--network=host", "-f", path, "-t", tag, *_options(name), context, env=switch)
        dockerd.run_docker("save", "-o", archive, tag)
        return archive

    return build


def podman_builder(podman: Podman, kind: str) -> Build:
    """Build with buildah, a layer a step or one for all, or with podman."""

    def build(name: str, context: Path) -> Path:
        tag, archive = f"localhost/lines-{name}:{kind}", context.parent / f"{name}-{kind}.tar"
        words: list[str | Path] = [
            "build",
            *_ISOLATION,
            "-f",
            context / f"{name}.Dockerfile",
            "-t",
            tag,
            *_options(name),
        ]
        if "BASE=" in (context / f"{name}.Dockerfile").read_text("utf-8", "replace"):
            words.append(f"--build-arg=BASE=localhost/{BASE}")
        if kind == "podman":
            podman.run_podman(*words, context)
        else:
            podman.run_buildah(*words, "--layers" if kind == "buildah" else "--layers=false", context)
        podman.run_buildah("push", "-q", tag, f"docker-archive:{archive}:{tag}")
        return archive

    return build


@contextmanager
def buildkit_builder(base: Path) -> Iterator[Build]:
    """Build with a buildkitd of our own, provenance with `mode=max` included; `base` is the base as an OCI layout."""
    folder = Path(tempfile.mkdtemp(prefix="lsk-", dir="/tmp"))
    address = f"unix://{folder}/socket"
    command = ["buildkitd", f"--addr={address}", f"--root={folder}/root"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        _wait_for(address, process)
        digest = json.loads((base / "index.json").read_text())["manifests"][0]["digest"]
        yield lambda name, context: _built(address, name, context, ("--oci-layout", f"base={base}", "--opt",
                                           f"context:{BASE}=oci-layout://base@{digest}"))  # fmt: skip
    finally:
        process.terminate()
        process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _built(address: str, name: str, context: Path, base: Sequence[str]) -> Path:
    archive = context.parent / f"{name}-buildkit.tar"
    options = [f"target={TARGETS[name]}"] if name in TARGETS else []
    options += [f"build-arg:{argument}" for argument in _ARGUMENTS.get(name, ())]
    options += [f"filename={name}.Dockerfile", "attest:provenance=mode=max"]
    words = ["buildctl", "--addr", address, "build", "--frontend", "dockerfile.v0", f"--local=context={context}",
             f"--local=dockerfile={context}", *base, *(f"--opt={option}" for option in options),
             "--output", f"type=oci,dest={archive}"]  # fmt: skip
    run(words)
    return archive


def buildkit_missing_reason() -> str | None:
    """Say why buildkitd cannot build here, or `None` when it can."""
    if os.geteuid() != 0:
        return "buildkitd needs root"
    missing = [name for name in ("buildkitd", "buildctl", "runc") if shutil.which(name) is None]
    return f"{' and '.join(missing)} not installed" if missing else None


def _wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _START_TIMEOUT_S
    while process.poll() is None and time.monotonic() < deadline:
        if run(["buildctl", "--addr", address, "debug", "workers"], check=False).returncode == 0:
            return
        time.sleep(0.2)
    raise EngineError("buildkitd did not start")
