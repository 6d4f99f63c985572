"""The wasteful image that the judges and the screenshots look at: real packages, real builder, real mistakes.

Owns its base (a minimal Debian made by mmdebstrap, because no registry is needed for that), the big files of
its build context and the cache of both. What the image does is told by `images/bad/Dockerfile` alone.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import random
import shutil
import tempfile
from pathlib import Path
from typing import Final

from engine.engine import Dockerd, run

BASE: Final = "debian-min:bookworm"
IMAGE: Final = "bad:1"

_SUITE: Final = "bookworm"
_CONTEXT: Final = Path(__file__).parent / "images" / "bad"
_CACHE_VARIABLE: Final = "LAYERSCOPE_ENGINE_CACHE"
_SHARED_VARIABLE: Final = "LAYERSCOPE_TESTS_SHARED"
_MIRROR_VARIABLE: Final = "LAYERSCOPE_ENGINE_MIRROR"


def real_image_missing_reason() -> str | None:
    """Say why the image cannot be built here though dockerd runs, or `None` when it can."""
    cache = _cache_directory()
    if cache is not None and _cached_image(cache).exists():
        return None
    return None if shutil.which("mmdebstrap") else "mmdebstrap is not installed"


def build_real_image(dockerd: Dockerd) -> str:
    """Build the image, or load it from the cache that LAYERSCOPE_ENGINE_CACHE names; return its name."""
    cache = _cache_directory()
    if cache is not None and _cached_image(cache).exists():
        dockerd.run_docker("load", "--input", _cached_image(cache))
        return IMAGE
    import_base(dockerd)
    with tempfile.TemporaryDirectory() as directory:
        write_context(Path(directory))
        options = ["--network=host", f"--tag={IMAGE}", *proxy_arguments()]
        dockerd.run_docker("build", *options, directory, env={"DOCKER_BUILDKIT": "0"})
    if cache is not None:
        _save(dockerd, _cached_image(cache))
    return IMAGE


def import_base(dockerd: Dockerd) -> str:
    """Make the minimal Debian every image here stands on, unless the daemon has it; return its name."""
    if dockerd.run_docker("images", "--quiet", BASE).stdout:
        return BASE
    with tempfile.TemporaryDirectory() as directory:
        folder = _cache_directory() or Path(os.environ.get(_SHARED_VARIABLE, directory))
        rootfs = folder / f"{_SUITE}-minbase.tar"
        with rootfs.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # one worker makes it, the others wait and take it
            if not rootfs.exists():
                _debootstrap(rootfs)
        dockerd.run_docker("import", rootfs, BASE)
    return BASE


def write_context(directory: Path) -> None:
    """Write the build context: what is small from the repository, what is big from a seeded generator."""
    noise = random.Random(1)  # the same bytes each time, and incompressible like real assets
    app = directory / "app"
    for name in ("Dockerfile", "apt.conf"):
        shutil.copy(_CONTEXT / name, directory / name)
    _write(app / "src" / "serve.c", (_CONTEXT / "serve.c").read_bytes())
    _write(app / "README", b"to become a directory\n")
    _write(app / "bin" / ".keep", b"")
    _write(app / "model.bin", noise.randbytes(6_000_000))
    _write(app / ".git" / "objects" / "pack" / "pack-1.pack", noise.randbytes(3_000_000))
    for number in range(200):
        _write(app / "lib" / f"package{number % 10}" / f"module{number}.py", _python_source(number))
        _write(app / "node_modules" / f"pad-{number}" / "index.js", noise.randbytes(3_000).hex().encode())
    for number in range(20):
        _write(app / "assets" / f"photo{number}.jpg", noise.randbytes(200_000))
        _write(app / "assets" / "old" / f"photo{number}.jpg", noise.randbytes(100_000))
        _write(app / "cache" / f"page{number}.html", noise.randbytes(50_000))
    for release in ("1", "2"):
        _write(app / "releases" / release / "VERSION", f"{release}\n".encode())
    _write(app / "data" / "seed.db", noise.randbytes(400_000))
    _write(directory / "settings-1.json", b'{"level": 1}\n' * 40_000)
    _write(directory / "settings-2.json", b'{"level": 2}\n')
    _write(directory / "deploy_key", b"-----BEGIN OPENSSH " + b"PRIVATE KEY-----\nnot a key\n")


def _python_source(number: int) -> bytes:
    functions = (f"def function_{number}_{i}(x):\n    return x * {i}\n" for i in range(60))
    return "\n".join(functions).encode()


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _debootstrap(rootfs: Path) -> None:
    """Run mmdebstrap with the machine's own mirror and apt settings, which only run time may know."""
    settings = [f"--aptopt={line}" for line in _apt_acquire_settings()]
    partial = rootfs.with_suffix(".partial")
    # As Debian's own images have it: what is installed in one is not written to disk file by file.
    options = ["--variant=minbase", "--format=tar", "--dpkgopt=force-unsafe-io"]
    run(["mmdebstrap", *options, *settings, _SUITE, partial, *_mirrors()])
    partial.rename(rootfs)


def _mirrors() -> list[str]:
    """Take the mirror from the environment, else leave the choice to mmdebstrap."""
    mirror = os.environ.get(_MIRROR_VARIABLE)
    return [mirror] if mirror else []


def _apt_acquire_settings() -> list[str]:
    """List the machine's proxies, certificates and clock tolerances; mmdebstrap keeps them in the image."""
    if shutil.which("apt-config") is None:
        return []
    dump = run(["apt-config", "dump", "Acquire"]).stdout.decode()
    wanted = ("Acquire::http", "Acquire::https", "Acquire::Check-")
    return [line for line in dump.splitlines() if line.startswith(wanted) and not line.endswith('"";')]


def proxy_arguments() -> list[str]:
    """Hand the machine's proxies to the build; these predefined names leave no trace in the history."""
    names = ("http_proxy", "https_proxy", "no_proxy")
    return [f"--build-arg={name}" for name in names if name in os.environ]


def _cache_directory() -> Path | None:
    named = os.environ.get(_CACHE_VARIABLE)
    if not named:
        return None
    directory = Path(named)
    directory.mkdir(parents=True, exist_ok=True)
    return directory


def _cached_image(cache: Path) -> Path:
    """Name the saved image after all that decides its content, so that a change builds it anew."""
    recipe = hashlib.sha256(Path(__file__).read_bytes())
    for file in sorted(_CONTEXT.iterdir()):
        recipe.update(file.read_bytes())
    return cache / f"bad-{recipe.hexdigest()[:12]}.tar"


def _save(dockerd: Dockerd, archive: Path) -> None:
    partial = archive.with_suffix(".partial")
    dockerd.run_docker("save", "--output", partial, IMAGE)
    partial.rename(archive)
