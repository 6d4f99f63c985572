"""Which keys an action has now, as people read them: for texts that name keys."""

from collections.abc import Iterator

from textual.binding import Binding
from textual.dom import DOMNode


def bound_keys(node: DOMNode) -> Iterator[tuple[Binding, tuple[str, ...]]]:
    """Give what a node can do with the keys for it, by the key map too.

    Textual maps the keys of a node only once it has been focused, and tells nobody: so the map itself is asked.
    """
    keymap = node.app._keymap  # noqa: SLF001
    for bindings in node._bindings.key_to_bindings.values():  # noqa: SLF001
        for binding in bindings:
            keys = keymap.get(binding.id or "", binding.key).split(",")
            yield binding, tuple(node.app.get_key_display(Binding(key, "")) for key in keys)


def key_of(node: DOMNode, action: str) -> str:
    """Say the first key of an action, by its id, that works at a node, as a sentence has it; "" where there is none."""
    for above in node.ancestors_with_self:
        for binding, keys in bound_keys(above):
            if binding.id == action:
                return keys[0].replace("^", "ctrl+") if len(keys[0]) > 1 else keys[0]
    return ""
