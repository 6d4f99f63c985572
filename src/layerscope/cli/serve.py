"""`layerscope serve`: the terminal interface in a browser."""

import click

from layerscope.cli.options import takes_image
from layerscope.cli.request import Request
from layerscope.cli.stopping import stoppable
from layerscope.cli.streams import tell
from layerscope.errors import CancelledError, UsageError
from layerscope.model.image import RawImage
from layerscope.units import printable


@click.command("serve", short_help="Show an image in a browser.", options_metavar="[OPTIONS]")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="0 for any that is free.")
@click.option("--public-url", metavar="URL", help="How a proxy calls it, as in https://host/.")
@takes_image
def command(request: Request, *, host: str, port: int, public_url: str | None) -> int:
    """Show IMAGE in a browser, as the terminal interface does.

    Only this machine can reach it unless --host says otherwise, and only who has the address that is printed.
    Needs the extra: pip install "layerscope[web]".
    """
    if request.reference == "-":
        raise UsageError("standard input can be read once only, and every visitor reads the image", hint="use a file")
    try:
        from layerscope.tui.serving import Address, free_port, serve_app
    except ModuleNotFoundError as error:
        raise UsageError(
            f"layerscope serve needs {error.name}, which is not installed", hint='pip install "layerscope[web]"'
        ) from error
    from layerscope.tui.browser import arguments

    _check_image(request)
    try:
        address = Address(host, port or free_port(host), public_url)
        serve_app(
            arguments(request.reference, request.options),
            address,
            title=f"layerscope {printable(request.reference)}",
            say=tell,
        )
    except OSError as error:
        raise UsageError(
            f"{host}:{port}: {error.strerror or error}", hint="choose another with --port or --host"
        ) from error
    return 0


def _check_image(request: Request) -> None:
    """Raise `ImageError` for an image that there is not; how its layers are is told to who looks at it."""
    from layerscope import pipeline

    found = False

    def stop(_image: RawImage) -> None:
        nonlocal found
        found = True
        raise CancelledError

    try:
        with stoppable():
            pipeline.inspect(request.reference, options=request.options, watcher=pipeline.Watcher(image_ready=stop))
    except CancelledError:
        if not found:
            raise
