"""One small image, written by every tool that is here in every format it has.

Owns that image and one function per tool and format, which gives what `layerscope` is then called with. Knows nothing
of what layerscope makes of it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from builder import ImageBuilder, hardlink, symlink
from engine.containerd import Containerd
from engine.engine import Dockerd, run
from engine.podman import Podman

NAME: Final = "formats:1"
_FULL_NAME: Final = f"docker.io/library/{NAME}"


def image() -> ImageBuilder:
    """Make the image: 300,500 bytes overwritten, 40,000 deleted, 90,000 shipped twice, 151,024 live."""
    return (
        ImageBuilder(NAME)
        .layer({"bin/app": b"a" * 300_000, "etc/conf": b"x" * 500, "tmp/scratch": b"s" * 40_000, "same": b"t" * 90_000})
        .run("RUN make")
        .env(MODE="fast")
        .layer(
            {
                "bin/app": b"b" * 60_000,
                "bin/hard": hardlink("bin/app"),
                "etc/conf": b"y" * 1_024,
                "same": b"t" * 90_000,
            }
        )
        .run("RUN make again")
        .layer({"bin/link": symlink("app")}, remove=["tmp/scratch"])
        .run("RUN rm /tmp/scratch")
    )


@dataclass
class Workshop:
    """Where the image is, and the engines that have it."""

    archive: Path
    """As Docker 20.10 would have saved it."""
    folder: Path
    dockerd: Dockerd
    podman: Podman
    containerd: Containerd
    layers: list[Path] = field(default_factory=list)
    """Its layers, as tars."""


Make = Callable[[Workshop, Path], None]


def _docker(shop: Workshop, target: Path) -> None:
    shop.dockerd.run_docker("save", "--output", target, NAME)


def _packed(*command: str) -> Make:
    def make(shop: Workshop, target: Path) -> None:
        _docker(shop, target)
        with target.open("rb") as source:
            packed = subprocess.run(command, stdin=source, capture_output=True, check=True).stdout
        target.write_bytes(packed)

    return make


def _podman(layout: str) -> Make:
    def make(shop: Workshop, target: Path) -> None:
        shop.podman.run_podman("save", "--quiet", "--format", layout, "--output", target, NAME)

    return make


def _buildah(transport: str) -> Make:
    def make(shop: Workshop, target: Path) -> None:
        suffix = "" if transport == "dir" else f":{NAME}" if transport == "docker-archive" else ":1"
        shop.podman.run_buildah("push", "--quiet", NAME, f"{transport}:{target}{suffix}")

    return make


def _skopeo(transport: str, *options: str) -> Make:
    def make(shop: Workshop, target: Path) -> None:
        suffix = "" if transport == "dir" else f":{NAME}" if transport == "docker-archive" else ":1"
        source = f"docker-archive:{shop.archive}"
        policy = shop.folder / "policy.json"
        policy.write_text('{"default": [{"type": "insecureAcceptAnything"}]}')
        run(["skopeo", "--policy", policy, "copy", "--quiet", *options, source, f"{transport}:{target}{suffix}"])

    return make


def _umoci(shop: Workshop, target: Path) -> None:
    run(["umoci", "init", "--layout", target])
    run(["umoci", "new", "--image", f"{target}:1"])
    for layer in shop.layers:
        run(["umoci", "raw", "add-layer", "--image", f"{target}:1", layer])


def _ctr(*options: str) -> Make:
    def make(shop: Workshop, target: Path) -> None:
        shop.containerd.run_ctr("images", "export", *options, target, _FULL_NAME)

    return make


def import_into_containerd(containerd: Containerd, archive: Path) -> None:
    """Give the image to containerd, whose images have full names."""
    containerd.run_ctr("images", "import", "--no-unpack", archive)


FORMATS: Final[Mapping[tuple[str, str], Make]] = {
    ("docker 20.10 save", "docker-archive"): _docker,
    ("docker 20.10 save", "docker-archive, gzip"): _packed("gzip", "-c"),
    ("docker 20.10 save", "docker-archive, zstd"): _packed("zstd", "-c"),
    ("podman save", "docker-archive"): _podman("docker-archive"),
    ("podman save", "oci-archive"): _podman("oci-archive"),
    ("podman save", "oci-dir"): _podman("oci-dir"),
    ("podman save", "docker-dir"): _podman("docker-dir"),
    ("buildah push", "docker-archive"): _buildah("docker-archive"),
    ("buildah push", "oci-archive"): _buildah("oci-archive"),
    ("buildah push", "oci"): _buildah("oci"),
    ("buildah push", "dir"): _buildah("dir"),
    ("skopeo copy", "docker-archive"): _skopeo("docker-archive"),
    ("skopeo copy", "oci-archive"): _skopeo("oci-archive"),
    ("skopeo copy", "oci-archive, zstd layers"): _skopeo("oci-archive", "--dest-compress-format=zstd"),
    ("skopeo copy", "oci, gzip layers"): _skopeo("oci", "--dest-compress-format=gzip"),
    ("skopeo copy", "oci, zstd layers"): _skopeo("oci", "--dest-compress-format=zstd"),
    ("skopeo copy", "oci, zstd:chunked layers"): _skopeo("oci", "--dest-compress-format=zstd:chunked"),
    ("skopeo copy", "dir"): _skopeo("dir"),
    ("skopeo copy", "dir, gzip layers"): _skopeo("dir", "--dest-compress"),
    ("umoci raw add-layer", "oci"): _umoci,
    ("ctr image export", "oci-archive with manifest.json"): _ctr(),
    ("ctr image export", "oci-archive"): _ctr("--skip-manifest-json"),
}
"""(tool, format) → how it is written."""

PROGRAMS: Final = ("skopeo", "umoci", "zstd", "gzip")


def programs_missing_reason() -> str | None:
    """Say which of the other tools is not here, or `None`."""
    missing = [name for name in PROGRAMS if shutil.which(name, path=os.environ.get("PATH")) is None]
    return f"{' and '.join(missing)} not installed" if missing else None
