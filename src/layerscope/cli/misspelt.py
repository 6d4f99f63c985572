"""What an option that there is not probably meant: another option, another command, or Dive's way of saying it.

Knows names only; says nothing itself. A guess that is as likely wrong as right is not made.
"""

import difflib
from collections.abc import Sequence

import click

_NEAR = 0.7
_ONE_LAYER = "layerscope ls IMAGE --layer N lists what a layer changed; cat and extract have --layer, too"
_ELSEWHERE = {
    "--ci": "layerscope ci IMAGE judges",
    "--json": "write --report json=FILE, or layerscope report IMAGE --format json",
    "--format": "write --report KIND=FILE, or layerscope report IMAGE --format KIND",
    "-o": "write --report KIND=FILE, or layerscope report IMAGE -o FILE",
    "--output": "write --report KIND=FILE, or layerscope report IMAGE --output FILE",
}


def meant(error: click.NoSuchOption) -> str:
    """Say where to find what was asked for, in one line."""
    context = error.ctx
    path = context.command_path if context else "layerscope"
    see = f"see {path} --help"
    if context is None:
        return see
    if error.option_name in {"--layer", "-l"}:  # near to --layers of `ci`, which is something else
        return _ONE_LAYER
    close = difflib.get_close_matches(error.option_name, _options(context), n=1, cutoff=_NEAR)
    if close:
        return f"did you mean {close[0]}?"
    if context.info_name == "inspect" and _judges(error.option_name):
        return "rules are judged by layerscope ci"
    return _ELSEWHERE.get(error.option_name, see)


def command_meant(argv: Sequence[str]) -> list[str]:
    """Say, of a command line whose one word was taken for an image, which command it is like, if it is like one."""
    from layerscope.cli import COMMANDS

    words = [word for word in argv if not word.startswith("-")]
    close = difflib.get_close_matches(words[0], COMMANDS, n=1, cutoff=_NEAR) if len(words) == 1 else []
    return [f"did you mean layerscope {close[0]}?"] if close and close != words else []


def _options(context: click.Context) -> list[str]:
    names = [name for parameter in context.command.get_params(context) for name in parameter.opts]
    return [name for name in (*names, "--help", "--version") if name.startswith("--")]


def _judges(option: str) -> bool:
    from layerscope.config import KEYS

    flags = {name for key in KEYS for name in (f"--{key.name}", *key.aliases)}
    return option in flags | {"--report", "--config", "--ci-config", "--annotations", "--update-baseline"}
