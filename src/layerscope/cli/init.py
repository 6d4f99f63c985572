"""`layerscope init`: a commented start of a configuration, in the working directory."""

from pathlib import Path

import click

from layerscope.cli.streams import output, tell
from layerscope.config import PROJECT_FILE
from layerscope.errors import UsageError


@click.command("init", short_help="Write a commented .layerscope.toml.")
@click.option(
    "-o", "--output", "target", metavar="FILE", default=PROJECT_FILE, show_default=True, help="- is standard output."
)
@click.option("--force", is_flag=True, help="Replace a file that is there.")
@click.option("--quiet", is_flag=True, help="Say nothing.")
@click.option("--debug", is_flag=True, help="A traceback with every error.")
def command(target: str, *, force: bool, quiet: bool, debug: bool) -> int:  # noqa: ARG001 - see `main.run`
    """Write a configuration in which every key is explained and nothing is set yet."""
    from layerscope.config.template import template

    if target != "-" and Path(target).exists() and not force:
        raise UsageError(f"{target} is there already", hint="--force replaces it")
    with output(target) as stream:
        stream.write(template())
    if target != "-" and not quiet:
        tell(f"layerscope: wrote {target}")
    return 0
