"""`layerscope inspect`, and `layerscope IMAGE`: the terminal interface, or the gate where nobody looks."""

import click

from layerscope.cli.looking import look
from layerscope.cli.options import takes_image
from layerscope.cli.request import Request


@click.command("inspect", short_help="Look at an image; the same as layerscope IMAGE.", options_metavar="[OPTIONS]")
@click.option("--no-state", is_flag=True, help="Begin anew, and remember nothing of where you were.")
@takes_image
def command(request: Request, *, no_state: bool) -> int:
    """Open IMAGE in the terminal interface.

    Without a terminal, or with CI=true in the environment, this is `layerscope ci IMAGE`, and takes its options.
    """
    return look(request, remember=not no_state)
