"""The argument and options that every command on an image takes, and the `Request` that they make."""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from layerscope.cli.request import request_for

_COMMON = (
    click.argument("image", metavar="IMAGE"),
    click.option("--source", metavar="NAME", help="Where the image is: docker, docker-archive, demo …"),
    click.option("--platform", metavar="OS/ARCH", help="Which platform, where there are several."),
    click.option("--tag", metavar="NAME", help="Which image of an archive that holds several."),
    click.option("--pull", is_flag=True, help="Have the engine fetch the image, if it is not local."),
    click.option("--base", metavar="N|IMAGE", help="The base image, or how many of the layers are its."),
    click.option(
        "-f",
        "--dockerfile",
        metavar="FILE",
        type=click.Path(exists=True, dir_okay=False, readable=True, path_type=Path),
        help="The Dockerfile that the image was built from.",
    ),
    click.option("--no-dockerfile", is_flag=True, help="Look at no ./Dockerfile or ./Containerfile, even if it fits."),
    click.option(
        "--git",
        metavar="DIR",
        type=click.Path(exists=True, file_okay=False, path_type=Path),
        help="The build's directory, in a git repository: says how often what COPY copies changed.",
    ),
    click.option("--no-cache", is_flag=True, help="Analyse anew, and remember nothing (README, Opened again)."),
    click.option("--verify", is_flag=True, help="Compare all digests; a layer that was altered is an error."),
    click.option("--quiet", is_flag=True, help="No progress and no remarks on standard error."),
    click.option("--no-color", is_flag=True, help="No colours; so does NO_COLOR in the environment."),
    click.option("--debug", is_flag=True, help="A traceback with every error."),
)


def takes_image(function: Callable[..., int]) -> Callable[..., int]:
    """Give a command IMAGE and the common options; it receives them as its first argument, a `Request`."""

    @functools.wraps(function)
    def command(
        *,
        image: str,
        source: str | None,
        platform: str | None,
        tag: str | None,
        pull: bool,
        base: str | None,
        dockerfile: Path | None,
        no_dockerfile: bool,
        git: Path | None,
        no_cache: bool,
        verify: bool,
        quiet: bool,
        no_color: bool,
        debug: bool,  # noqa: ARG001 - `main.run` looks for it itself, since errors may come before options are read
        **others: Any,
    ) -> int:
        request = request_for(
            image,
            quiet=quiet,
            no_color=no_color,
            no_cache=no_cache,
            no_dockerfile=no_dockerfile,
            source=source,
            platform=platform,
            tag=tag,
            pull=pull,
            base=base,
            dockerfile=dockerfile,
            git=git,
            verify=verify,
        )
        return function(request, **others)

    for option in reversed(_COMMON):
        command = option(command)
    return command
