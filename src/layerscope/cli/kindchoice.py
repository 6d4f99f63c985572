"""An argument that is one of some kinds of reports."""

from typing import Any

import click

from layerscope.cli.kindofname import ALIASES


class KindChoice(click.Choice[str]):
    """One of some kinds, or another word for one of them."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Read the kind."""
        return super().convert(ALIASES.get(value, value), param, ctx)
