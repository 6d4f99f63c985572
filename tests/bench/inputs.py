"""The archives of the benchmarks, made when they are first asked for and kept in one directory.

Owns which archive has which name, and the real image: Debian packages installed by a real dockerd. Each archive is
named after what makes it, so that a changed shape is made anew.
"""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Final

from bench.archives import write_again
from bench.synthetic import write_shape
from engine.engine import Dockerd, docker_missing_reason
from engine.realimage import IMAGE, build_real_image, real_image_missing_reason

_RECIPES: Final = ("archives.py", "contents.py", "shapes.py")
REAL: Final = "real"


class UnavailableError(RuntimeError):
    """An input cannot be made here; the message says why."""


class Inputs:
    """A directory of archives."""

    def __init__(self, directory: Path, say: Callable[[str], None]) -> None:
        self.directory = directory
        self._say = say
        directory.mkdir(parents=True, exist_ok=True)
        recipes = b"".join(Path(__file__).with_name(name).read_bytes() for name in _RECIPES)
        self._recipe = hashlib.sha256(recipes).hexdigest()[:8]

    def get(self, shape: str, compression: str = "") -> Path:
        """Give the archive of a shape, or of the real image; make it unless it is there."""
        path = self._path(f"{shape}{'-' if compression else ''}{compression}")
        if not path.exists():
            self._say(f"making {path}")
            self._forget_older(path)
            if shape == REAL:
                write_again(self._saved_image(), path, compression)
            else:
                write_shape(shape, path, compression)
        return path

    def _path(self, name: str) -> Path:
        return self.directory / f"{name}-{self._recipe}.tar"

    def _forget_older(self, path: Path) -> None:
        """Delete what an earlier recipe made under the same name."""
        name = path.stem.removesuffix(self._recipe)
        for older in self.directory.glob(f"{name}????????.tar"):
            older.unlink()

    def _saved_image(self) -> Path:
        """Give what `docker save` wrote of the real image."""
        path = self.directory / "real-saved.tar"
        if not path.exists():
            reason = docker_missing_reason() or real_image_missing_reason()
            if reason:
                raise UnavailableError(f"the real image cannot be built: {reason}")
            partial = path.with_suffix(".partial")
            with Dockerd() as dockerd:
                build_real_image(dockerd)
                dockerd.run_docker("save", "--output", partial, IMAGE)
            partial.replace(path)
        return path


def warm(path: Path) -> None:
    """Read a file, so that the program that is measured next finds it in the page cache."""
    with path.open("rb") as file:
        while file.read(1 << 22):
            pass
