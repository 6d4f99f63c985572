"""Which keys an action has now, as people read them: for texts that name keys.

Such a text has the action's id in braces, `{list.choose} opens it`, and is written out where it is shown.
"""

from collections.abc import Iterator

from textual.binding import Binding
from textual.dom import DOMNode
from textual.widget import Widget

from layerscope.patterns import regex

_NAMED = regex(r"\{([a-z.-]+)\}")
_WORDS = {"⏎": "enter"}


def bound_keys(node: DOMNode) -> Iterator[tuple[Binding, tuple[str, ...]]]:
    """Give what a node can do with the keys for it, by the key map too.

    Textual maps the keys of a node only once it has been focused, and tells nobody: so the map itself is asked.
    """
    for binding, keys in _raw_keys(node):
        yield binding, tuple(node.app.get_key_display(Binding(key, "")) for key in keys)


def _raw_keys(node: DOMNode) -> Iterator[tuple[Binding, list[str]]]:
    keymap = node.app._keymap  # noqa: SLF001
    for bindings in node._bindings.key_to_bindings.values():  # noqa: SLF001
        for binding in bindings:
            yield binding, keymap.get(binding.id or "", binding.key).split(",")


def key_of(node: DOMNode, action: str) -> str:
    """Say the shortest key (or esc) of an action, by its id, as a sentence has it; "" where there is none.

    What works at a node comes first, then what is inside it, then what works anywhere on its screen.
    """
    for one in _around(node):
        found = [key for binding, keys in bound_keys(one) if binding.id == action for key in keys]
        if found:
            key = "esc" if "esc" in found else min(found, key=len)
            return _WORDS.get(key, key.replace("^", "ctrl+") if len(key) > 1 else key)
    return ""


def is_key_of(node: DOMNode, action: str, key: str) -> bool:
    """Tell whether a key, by Textual's name, is one of an action's, wherever on the screen that works."""
    return any(key in keys for one in _around(node) for binding, keys in _raw_keys(one) if binding.id == action)


def with_keys(node: DOMNode, text: str) -> str:
    """Write out the keys that a text names by their actions' ids."""
    return _NAMED.sub(lambda match: key_of(node, match[1]), text)


def _around(node: DOMNode) -> Iterator[DOMNode]:
    yield from node.ancestors_with_self
    if isinstance(node, Widget):
        yield from node.query(Widget)
        if node.screen is not node:
            yield from node.screen.query(Widget)
