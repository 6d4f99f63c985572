"""Compiles the hot loops when layerscope is built or installed; without a C compiler it is built without them."""

import os
import shutil
import tempfile
import zlib
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOM = "layerscope/filesystem/compiled"


class CompileLoops(BuildHookInterface):
    """See the module."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Put the compiled module into a wheel, or beside its source when what is installed is a checkout."""
        if self.target_name != "wheel" or os.environ.get("LAYERSCOPE_PURE"):
            return
        room = Path(self.root, "src", ROOM)
        try:
            self.made = tempfile.mkdtemp()
            made = _compiled(sorted(room.glob("*.pyx")), Path(self.made))
            if version == "editable":
                _put_beside(made, room)
        except Exception as error:  # noqa: BLE001  whatever it is: there is Python for all of it
            self.app.display_warning(f"the hot loops are not compiled: {error}")
            return
        if version != "editable":
            build_data["force_include"] |= {str(module): f"{ROOM}/{module.name}" for module in made}
        build_data["pure_python"] = False
        build_data["infer_tag"] = True

    def finalize(self, *_args: object) -> None:
        """Clean up."""
        if hasattr(self, "made"):
            shutil.rmtree(self.made, ignore_errors=True)


def _put_beside(modules: list[Path], room: Path) -> None:
    """Put modules in place of those of before, which a program that runs may have in its memory as they lie there."""
    for module in modules:
        new = room / f"{module.name}.{os.getpid()}.so"
        shutil.copy(module, new)
        new.replace(room / module.name)


def _compiled(sources: list[Path], room: Path) -> list[Path]:
    """Compile modules, which learn what they were made of; give the files."""
    from Cython.Build import cythonize
    from setuptools import Distribution, Extension

    extensions = []
    for source in sources:
        text = source.read_bytes()
        copy = room / ROOM / source.name
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(text + f"\nSOURCE = {zlib.crc32(text)}\n".encode())
        name = f"{ROOM}/{source.stem}".replace("/", ".")
        flags = [] if os.name == "nt" else ["-O2", "-g0"]
        extensions.append(Extension(name, [str(copy)], extra_compile_args=flags))
    modules = cythonize(extensions, build_dir=str(room), quiet=True, show_all_warnings=False)
    build = Distribution({"ext_modules": modules}).get_command_obj("build_ext")
    build.build_lib, build.build_temp = str(room / "lib"), str(room / "temp")
    build.parallel = True
    build.ensure_finalized()
    build.run()
    return list((room / "lib" / ROOM).iterdir())
