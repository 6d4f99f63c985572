"""`layerscope build`: has the engine build an image, then looks at it or judges it, with the Dockerfile known."""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import click

from layerscope.cli.inspect import look
from layerscope.cli.options import Request
from layerscope.errors import EngineError
from layerscope.pipeline import InspectOptions

_ENGINES = ("docker", "podman")
_FILE_OPTIONS = ("-f", "--file")


@click.command(
    "build",
    short_help="Build an image, then look at it.",
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
    options_metavar="",
)
@click.option("--debug", is_flag=True, help="A traceback with every error.")
@click.argument("args", metavar="[ARGS OF docker build]", nargs=-1, required=True, type=click.UNPROCESSED)
def command(args: tuple[str, ...], *, debug: bool) -> int:  # noqa: ARG001 - `main.run` looks for --debug itself
    """Build with docker (or podman), passing on all ARGS, then open the image as `layerscope IMAGE` does.

    What the engine says goes to standard error. Where nobody looks, the image is judged by the project's configuration.
    """
    engine = next((name for name in _ENGINES if shutil.which(name)), None)
    if engine is None:
        raise EngineError("neither docker nor podman is installed", hint="layerscope build needs one of them")
    with tempfile.TemporaryDirectory(prefix="layerscope-") as folder:
        note = Path(folder) / "image-id"
        done = subprocess.run([engine, "build", "--iidfile", note, *args], check=False, stdout=sys.stderr)  # noqa: S603
        if done.returncode or not note.is_file():
            raise EngineError(f"{engine} build ended with exit code {done.returncode}")
        image = note.read_text(encoding="ascii").strip()
    options = InspectOptions(source=engine, dockerfile=dockerfile_in(args))
    return look(Request(reference=image, options=options, quiet=False, no_color=False))


def dockerfile_in(args: tuple[str, ...]) -> Path | None:
    """Find the Dockerfile that a build with these arguments reads; None where it is no file here."""
    named = None
    for index, word in enumerate(args):
        name, equals, value = word.partition("=")
        if name in _FILE_OPTIONS:
            named = value if equals else next(iter(args[index + 1 : index + 2]), None)
    path = Path(named) if named is not None else Path(args[-1]) / "Dockerfile"
    return path if path.is_file() else None
