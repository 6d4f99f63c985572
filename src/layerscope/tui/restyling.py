"""A theme put on in steps: Textual styles all widgets in one go, and draws them all: 90 ms without a key taken in."""

import asyncio
from itertools import islice
from typing import Any, Final

from textual.app import App
from textual.widget import Widget

_AT_ONCE: Final = 4
"""Widgets: about 3 ms."""


async def restyle(app: App[Any]) -> None:
    """Read the styles again, and style every widget of every screen; what is seen changes once, when all have it."""
    app.stylesheet.set_variables(app.get_css_variables())
    app.stylesheet.reparse()
    nodes = [app, *(node for screen in reversed(app.screen_stack) for node in screen.walk_children(with_self=True))]
    rest = iter(nodes)
    with app.batch_update():
        while some := list(islice(rest, _AT_ONCE)):
            await asyncio.sleep(0)
            app.stylesheet.update_nodes([node for node in some if node is app or node.is_attached])
        for node in nodes:
            if isinstance(node, Widget) and node.is_attached and node.is_on_screen:
                await asyncio.sleep(0)
                node.render_lines(node.outer_size.region)  # is kept, so that it need not be done when all are drawn
    app.screen.refresh(layout=True)
