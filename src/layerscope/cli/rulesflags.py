"""Flags of the configuration's keys, made from `KEYS`."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click

from layerscope.cli.configuring import parameter_of
from layerscope.config import KEYS, Key

_CONFIG = click.option(
    "--config",
    "--ci-config",
    "config_file",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, readable=True, path_type=Path),
    help="Configuration instead of the project's: TOML, or Dive's .dive-ci.",
)


def takes_configuration(function: Callable[..., int]) -> Callable[..., int]:
    """Give a command `--config` and a flag for every key."""
    function = _CONFIG(function)
    for key in reversed([key for key in KEYS if key.flag]):
        function = _option(key)(function)
    return function


def _option(key: Key) -> Callable[[Callable[..., int]], Callable[..., int]]:
    default = "off" if key.metavar == "on|off" and key.default == "false" else key.default.strip('"')
    shown = f"  [default: {default}]" if default not in {"", "disabled", "[]", "{}"} else ""
    return click.option(
        f"--{key.name}",
        *key.aliases,
        parameter_of(key),
        metavar=key.metavar,
        multiple=key.multiple,
        default=() if key.multiple else None,
        help=f"{key.help}{' Repeatable.' if key.multiple else ''}{shown}",
    )


def without_keys(values: Mapping[str, Any]) -> dict[str, Any]:
    """Leave the options that are no keys."""
    names = {parameter_of(key) for key in KEYS}
    return {name: value for name, value in values.items() if name not in names}
