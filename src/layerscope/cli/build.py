"""`layerscope build`: has the engine build an image, then looks at it or judges it, with the Dockerfile known."""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import click

from layerscope.cli.buildargs import BuildArguments
from layerscope.cli.looking import look
from layerscope.cli.request import Request
from layerscope.errors import EngineError
from layerscope.pipeline import InspectOptions

_COMMANDS = {
    "docker": ("docker", "build"),
    "buildx": ("docker", "buildx", "build"),
    "podman": ("podman", "build"),
}
_USUAL = {"podman": ("Containerfile", "Dockerfile")}


@click.command(
    "build",
    short_help="Build an image, then look at it.",
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
    options_metavar="[--engine NAME]",
)
@click.option(
    "--engine",
    type=click.Choice(list(_COMMANDS)),
    help="Who builds: docker where it is installed, else podman; buildx is docker buildx build.",
)
@click.option("--debug", is_flag=True, help="A traceback with every error.")
@click.argument("args", metavar="[ARGS OF docker build]", nargs=-1, required=True, type=click.UNPROCESSED)
def command(args: tuple[str, ...], *, engine: str | None, debug: bool) -> int:  # noqa: ARG001 - `main.run` looks for --debug
    """Build with docker (or podman), passing on all ARGS, then open the image as `layerscope IMAGE` does.

    What the engine says goes to standard error. Where nobody looks, the image is judged by the project's configuration.
    """
    engine = engine or next((name for name in ("docker", "podman") if shutil.which(name)), None)
    if engine is None or shutil.which(_COMMANDS[engine][0]) is None:
        who = "neither docker nor podman is" if engine is None else f"{_COMMANDS[engine][0]} is not"
        raise EngineError(f"{who} installed", hint="layerscope build needs one of them")
    known = BuildArguments(args)
    reference = _built(engine, known)
    source = None if known.archive else "podman" if engine == "podman" else "docker"
    options = InspectOptions(source=source, dockerfile=known.dockerfile(_USUAL.get(engine, ("Dockerfile",))))
    return look(Request(reference=reference, options=options, quiet=False, no_color=False))


def _built(engine: str, known: BuildArguments) -> str:
    """Build, and return what to call the image; raises `EngineError`."""
    with tempfile.TemporaryDirectory(prefix="layerscope-") as folder:
        note = known.id_file or Path(folder) / "image-id"
        more = [] if known.id_file else ["--iidfile", str(note)]
        if engine == "buildx" and not known.says_where:
            more.append("--load")  # some of its builders keep what they built
        done = subprocess.run([*_COMMANDS[engine], *more, *known.words], check=False, stdout=sys.stderr)  # noqa: S603
        if done.returncode:
            raise EngineError(f"{' '.join(_COMMANDS[engine])} ended with exit code {done.returncode}")
        # A name says more than an id, in reports, and to those who compare this build with the next.
        named = known.archive or known.tag
        if named is None and not note.is_file():
            raise EngineError(f"{engine} does not say what it built", hint="name the image with --tag")
        return named or note.read_text(encoding="ascii").strip()
