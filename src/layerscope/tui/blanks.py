"""What a pane says when it has nothing to list: what, why, what to do next, and the key or the command. Pure."""

from collections.abc import Callable, Iterator, Sequence

from layerscope.model.files import Change
from layerscope.model.inspection import Inspection
from layerscope.tui import fit, words
from layerscope.tui.facts import BLANK
from layerscope.tui.looks import Looks, Quiet
from layerscope.tui.roles import Line, Role
from layerscope.tui.state import Scope, ViewState
from layerscope.units import printable

Keys = Sequence[tuple[str, str]]
"""(key, what it does) pairs."""
KeyOf = Callable[[str], str]
"""Gives the key that an action, by its id, has now."""


def blank(what: str, why: str, keys: Keys, width: int) -> tuple[Line, ...]:
    """Write a short explanation for an empty pane; texts are printable."""
    return tuple(_blank(what, why, keys, width))


def _blank(what: str, why: str, keys: Keys, width: int) -> Iterator[Line]:
    for part in fit.wrap(what, width):
        yield ((part, Role.STRONG),)
    for part in fit.wrap(why, width) if why else ():
        yield ((part, Role.DIM),)
    if keys:
        yield BLANK
    for key, meaning in keys:
        for number, part in enumerate(fit.wrap(meaning, max(width - 8, 1))):
            yield (fit.left("" if number else key, 8), Role.KEYWORD), (part, Role.DIM)


def no_match(query: str, hint: str, width: int, key: KeyOf) -> tuple[Line, ...]:
    """Say that a filter finds nothing."""
    shown = words.one_line(query, limit=200)
    keys = ((key("find.off"), "shows all again"), (key("find.everywhere"), "searches all layers, deleted files too"))
    return blank(f"No path here matches “{shown}”.", hint, keys, width)


def nothing_selected(view: ViewState, width: int, key: KeyOf) -> tuple[Line, ...]:
    """Say that no file is listed whose details could be told."""
    if view.query:
        why = f"No path matches “{words.one_line(view.query, limit=200)}”."
        return blank("Nothing is selected.", why, ((key("find.off"), "shows all files again"),), width)
    return blank("Nothing is selected.", "No file is listed.", (), width)


def faulty(fault: str, width: int) -> tuple[Line, ...]:
    """Say why a filter is not understood."""
    return blank("This filter is not understood.", words.message(fault), (("esc", "back to the panes"),), width)


def nothing_changed(inspection: Inspection, view: ViewState, width: int, key: KeyOf) -> tuple[Line, ...]:
    """Say why a layer, or a range, has no files."""
    first, last = view.layers()
    layer = inspection.layers[last] if last < len(inspection.layers) else None
    moves = f"{key('layer.below')} {key('layer.above')}"
    keys = [(key("view"), "shows the files that lie below, too"), (moves, "go to the layers below and above")]
    if layer is not None and layer.absent_reason:
        why = f"The source does not have it: {printable(layer.absent_reason)}. All totals are lower bounds."
        return blank("This layer could not be read.", why, keys, width)
    if view.scope is Scope.RANGE:
        return blank(f"Layers {first}-{last} together change no files.", "", keys, width)
    if view.scope is Scope.UP_TO:
        return blank("There are no files.", f"Layers 0-{last} ship none.", keys, width)
    why = ""
    if layer is not None:
        keyword, text = words.instruction_parts(layer.instruction, layer.created_by or "")
        why = fit.cut(f"{keyword} {text}".strip(), 3 * width)
    return blank("This layer changes no files.", why, keys, width)


def all_left_out(looks: Looks, left_out: int, width: int, key: KeyOf) -> tuple[Line, ...]:
    """Say that the user's own choices hide everything."""
    keys = [(key(action), f"shows {change.label} paths again") for change, action in _TOGGLES if change in looks.hidden]
    if looks.quiet is not Quiet.NONE:
        keys.append((key("files.quiet"), f"ends “{looks.quiet.value}”"))
    what = words.count_text(left_out, "changed path is", "changed paths are")
    return blank(f"{what} left out.", "What you chose not to see is all there is.", keys, width)


_TOGGLES = ((Change.ADDED, "files.added"), (Change.MODIFIED, "files.modified"), (Change.REMOVED, "files.removed"))
