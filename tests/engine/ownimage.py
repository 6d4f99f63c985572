"""The image of layerscope itself, built from `.ci/Dockerfile` by a real engine.

Owns what stands in for the base that the Dockerfile names, since no registry is asked: the minimal Debian of the real
image, with its Python. What pip needs to find the package index goes the same way as on this machine.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from engine.engine import Dockerd, EngineError
from engine.realimage import import_base, proxy_arguments

IMAGE: Final = "layerscope:own"
BASE: Final = "python:3.13-slim"

_ROOT: Final = Path(__file__).parents[2]
_DOCKERFILE: Final = """\
FROM {base}
COPY pip.conf ca.crt* /etc/
RUN apt-get update \\
 && apt-get install -y --no-install-recommends python3 python3-pip python3-venv \\
 && rm -rf /var/lib/apt/lists/* && ln -s python3 /usr/bin/python
"""
_UNREACHABLE: Final = ("No matching distribution", "name resolution", "Connection refused", "timed out")


def own_image_missing_reason() -> str | None:
    """Say why the image cannot be built here though dockerd runs, or `None` when it can."""
    if not (_ROOT / ".ci" / "Dockerfile").is_file():
        return "layerscope is installed without its repository"
    return None if shutil.which("mmdebstrap") else "mmdebstrap is not installed"


def build_own_image(dockerd: Dockerd) -> str:
    """Build the image; return its name, or raise `LookupError` when the package index is out of reach."""
    with tempfile.TemporaryDirectory() as folder:
        context = Path(folder)
        (context / "Dockerfile").write_text(_DOCKERFILE.format(base=import_base(dockerd)))
        _write_pip_settings(context)
        _build(dockerd, BASE, context, buildkit=False)
    try:
        _build(dockerd, IMAGE, _ROOT, "--file", str(_ROOT / ".ci" / "Dockerfile"), buildkit=True)
    except EngineError as error:
        if any(sign in str(error) for sign in _UNREACHABLE):
            raise LookupError("pip finds no package index from inside a container") from error
        raise
    return IMAGE


def _build(dockerd: Dockerd, name: str, context: Path, *more: str, buildkit: bool) -> None:
    options = ["--network=host", f"--tag={name}", *proxy_arguments(), *more]
    dockerd.run_docker("build", *options, context, env={"DOCKER_BUILDKIT": str(int(buildkit))})


def _write_pip_settings(context: Path) -> None:
    """Tell pip in the container what the one here is told; later places are stronger."""
    listed = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=False
    ).stdout
    settings = {}
    for line in listed.splitlines():
        key, _, value = line.partition("=")
        settings[key.rpartition(".")[2]] = value.strip("'\"")
    lines = [f"{key} = {settings[key]}" for key in ("index-url", "extra-index-url", "trusted-host") if key in settings]
    if "cert" in settings:
        shutil.copy(settings["cert"], context / "ca.crt")
        lines.append("cert = /etc/ca.crt")
    (context / "pip.conf").write_text("\n".join(["[global]", *lines, ""]))
