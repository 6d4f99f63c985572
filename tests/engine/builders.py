"""Small real images, built by every builder there is, each with the tree its engine shows.

Owns the contexts of `images/` with what is generated for them, and one function per builder. A builder gives the
image's archive and the tree that the engine mounts or exports, for a test to hold layerscope's answers against.
"""

from __future__ import annotations

import io
import shutil
import tarfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from engine.engine import Dockerd, EngineError, run
from engine.judge import Tree, tree_of_directory, tree_of_export, without_container_files
from engine.podman import Podman

CONTEXTS: Final = ("special", "steps")

_IMAGES: Final = Path(__file__).parent / "images"
_BUSYBOX: Final = Path("/bin/busybox")

#: Before it, the client spoke to BuildKit itself.
_FIRST_CLIENT_WITH_BUILDX: Final = 23

#: No more than a machine that is itself a container can give: no cgroups, and lower limits than buildah's own.
_BUILDAH_OPTIONS: Final = (
    "--isolation=chroot",
    "--network=host",
    "--cap-add=CAP_MKNOD",
    "--no-cache",
    "--ulimit=nproc=4096:4096",
    "--ulimit=nofile=4096:4096",
)

#: `cap_net_bind_service=ep` as the kernel stores it: revision 2, effective bit, permitted set, inheritable set.
_CAPABILITY: Final = "\x01\x00\x00\x02" + "\x00\x04\x00\x00" + "\x00" * 12


@dataclass(frozen=True, slots=True)
class BuiltImage:
    """An image from a real builder."""

    #: Its name in the engine that built it.
    name: str
    archive: Path
    #: What its engine shows of it, without what only a container has.
    tree: Tree


def busybox_missing_reason() -> str | None:
    """Say why the contexts cannot be made, or `None` when they can."""
    if not _BUSYBOX.exists():
        return "busybox is not installed"
    return "busybox is not static" if b"/ld-linux" in _BUSYBOX.read_bytes() else None


def write_context(name: str, directory: Path) -> Path:
    """Copy the context of that name to a directory, add the root file system it starts from, return it."""
    context = directory / name
    shutil.copytree(_IMAGES / name, context)
    with tarfile.open(context / "rootfs.tar", "w", format=tarfile.PAX_FORMAT) as tar:
        for path in ("bin", "etc", "tmp"):
            _add(tar, path, kind=tarfile.DIRTYPE, mode=0o755)
        _add(tar, "bin/busybox", content=_BUSYBOX.read_bytes(), mode=0o755)
        for applet in run([_BUSYBOX, "--list"]).stdout.decode().split():
            if applet != "busybox":
                _add(tar, f"bin/{applet}", kind=tarfile.LNKTYPE, link="bin/busybox", mode=0o755)
        _add(tar, "etc/passwd", content=b"root:x:0:0:root:/:/bin/sh\n")
        _add(tar, "bin/able", content=b"#!/bin/sh\n", mode=0o755, capability=_CAPABILITY)
    return context


def build_classic(dockerd: Dockerd, context: Path) -> BuiltImage:
    """Build with the builder that commits a container per step."""
    return _docker_build(dockerd, context, "classic", [], buildkit=False)


def build_squashed(dockerd: Dockerd, context: Path) -> BuiltImage:
    """Build with the classic builder and squash what it built into one layer."""
    return _docker_build(dockerd, context, "squashed", ["--squash"], buildkit=False)


def buildkit_missing_reason(dockerd: Dockerd) -> str | None:
    """Say why this docker client cannot build with BuildKit, or `None` when it can."""
    version = dockerd.run_docker("version", "--format={{.Client.Version}}").stdout.decode()
    if int(version.split(".")[0]) < _FIRST_CLIENT_WITH_BUILDX:
        return None
    try:
        dockerd.run_docker("buildx", "version")
    except EngineError:
        return "docker-buildx is not installed"
    return None


def build_buildkit(dockerd: Dockerd, context: Path) -> BuiltImage:
    """Build with the BuildKit inside dockerd."""
    return _docker_build(dockerd, context, "buildkit", [], buildkit=True)


def commit(dockerd: Dockerd, context: Path) -> BuiltImage:
    """Change a container of the image by hand and commit it."""
    name, base = f"{context.name}:commit", build_classic(dockerd, context).name
    script = "rm -rf /etc && mkdir /etc && echo changed > /etc/passwd; chmod 700 /bin; touch /bin/busybox"
    run_options = ["--network=host", "--user=0:0", "--entrypoint=/bin/sh"]
    container = dockerd.run_docker("create", *run_options, base, "-c", script).stdout.decode().strip()
    dockerd.run_docker("start", "--attach", container)
    dockerd.run_docker("commit", "--message=by hand", "--change=ENV COMMITTED=1", container, name)
    dockerd.run_docker("rm", "--volumes", container)
    return _saved_and_exported(dockerd, name, context.parent / "commit.tar")


def build_buildah(podman: Podman, context: Path) -> BuiltImage:
    """Build with buildah and a layer a step."""
    tag = f"{context.name}-buildah"
    podman.run_buildah("build", *_BUILDAH_OPTIONS, "--layers", f"--tag={tag}", context)
    return _pushed_and_mounted(podman, tag, context)


def build_buildah_single(podman: Podman, context: Path) -> BuiltImage:
    """Build with buildah's default: one layer for all steps of the stage."""
    tag = f"{context.name}-single"
    podman.run_buildah("build", *_BUILDAH_OPTIONS, "--layers=false", f"--tag={tag}", context)
    return _pushed_and_mounted(podman, tag, context)


def build_podman(podman: Podman, context: Path) -> BuiltImage:
    """Build with podman."""
    tag = f"{context.name}-podman"
    podman.run_podman("build", *_BUILDAH_OPTIONS, f"--tag={tag}", context)
    return _pushed_and_mounted(podman, tag, context)


DOCKER_BUILDERS: Final[Mapping[str, Callable[[Dockerd, Path], BuiltImage]]] = {
    "classic": build_classic,
    "squashed": build_squashed,
    "buildkit": build_buildkit,
    "commit": commit,
}
PODMAN_BUILDERS: Final[Mapping[str, Callable[[Podman, Path], BuiltImage]]] = {
    "buildah": build_buildah,
    "buildah-single": build_buildah_single,
    "podman": build_podman,
}


BuildOnce = Callable[[str, str], BuiltImage]
"""(builder, name of a context) → the image, which is built when it is first asked for."""


def _docker_build(dockerd: Dockerd, context: Path, builder: str, options: list[str], *, buildkit: bool) -> BuiltImage:
    name = f"{context.name}:{builder}"
    switch = {"DOCKER_BUILDKIT": "1" if buildkit else "0"}
    dockerd.run_docker("build", "--network=host", *options, f"--tag={name}", context, env=switch)
    return _saved_and_exported(dockerd, name, context.parent / f"{builder}.tar")


def _saved_and_exported(dockerd: Dockerd, name: str, archive: Path) -> BuiltImage:
    dockerd.run_docker("save", "--output", archive, name)
    rootfs = archive.with_name("rootfs.tar")
    container = dockerd.run_docker("create", name).stdout.decode().strip()
    dockerd.run_docker("export", "--output", rootfs, container)
    dockerd.run_docker("rm", "--volumes", container)
    return BuiltImage(name, archive, without_container_files(tree_of_export(rootfs)))


def _pushed_and_mounted(podman: Podman, tag: str, context: Path) -> BuiltImage:
    """Save the image as an archive of OCI blobs; mount it, which adds nothing as an export would."""
    name = f"localhost/{tag}:latest"
    archive = context.parent / f"{tag}.tar"
    podman.run_buildah("push", name, f"oci-archive:{archive}:{tag}")
    container = podman.run_buildah("from", "--pull-never", name).stdout.decode().strip()
    mount_point = podman.run_buildah("mount", container).stdout.decode().strip()
    tree = tree_of_directory(Path(mount_point))
    podman.run_buildah("rm", container)
    return BuiltImage(name, archive, tree)


def _add(
    tar: tarfile.TarFile,
    name: str,
    *,
    kind: bytes = tarfile.REGTYPE,
    content: bytes = b"",
    link: str = "",
    mode: int = 0o644,
    capability: str = "",
) -> None:
    member = tarfile.TarInfo(name)
    member.type, member.mode, member.size, member.linkname = kind, mode, len(content), link
    member.mtime = 1_600_000_000
    if capability:
        member.pax_headers = {"SCHILY.xattr.security.capability": capability}
    tar.addfile(member, io.BytesIO(content))
