"""The keys of the screen: those that work in every pane."""

from textual.binding import Binding, BindingType

from layerscope.tui.panes import PANES
from layerscope.tui.phase import Phase
from layerscope.tui.state import ViewState

_NUMBERS = [
    Binding(
        str(number),
        f"pane('{pane.SPEC.name}')",
        f"to {pane.TITLE}",
        show=False,
        id=f"pane.{pane.SPEC.name}",
        tooltip=f"go to pane {number}, {pane.TITLE}",
    )
    for number, pane in enumerate(PANES, start=1)
]

KEYS: list[BindingType] = [
    Binding("slash", "find", "find files", key_display="/", id="find", tooltip="filter files by name, size, layer"),
    Binding("ctrl+f", "find_everywhere", "find in all", show=False, id="find.everywhere", tooltip="find in all layers"),
    Binding("v", "scope", "view", id="view", tooltip="what the layer did; with all below; all up to it"),
    Binding("M", "mark", "range", show=False, id="layer.mark", tooltip="take a range of layers together from here"),
    Binding("z", "zoom", "zoom", show=False, id="pane.zoom", tooltip="give the pane the whole screen, and back"),
    Binding("tab", "next_pane(1)", "pane", id="pane.next", tooltip="go to the next pane"),
    Binding("shift+tab", "next_pane(-1)", "back", show=False, id="pane.previous", tooltip="go to the pane before"),
    *_NUMBERS,
    Binding("right_square_bracket", "layer(1)", "layer above", show=False, id="layer.above", tooltip="layer above"),
    Binding("left_square_bracket", "layer(-1)", "layer below", show=False, id="layer.below", tooltip="layer below"),
    Binding("escape", "stop", "stop", id="load.stop", tooltip="stop reading the image"),
    Binding("escape", "clear", "clear", show=False, id="find.off", tooltip="show all files again"),
    Binding("escape", "back", "back", show=False, id="trail.back", tooltip="back to where the file was chosen"),
    Binding("escape", "unmark", "end range", id="range.end", tooltip="take the marked layers together no more"),
    Binding("escape", "unzoom", "all panes", show=False, id="pane.unzoom", tooltip="show all panes again"),
    Binding("r", "reload", "read again", id="load.again", tooltip="read the image again"),
]


def ends_range(view: ViewState) -> bool:
    """Tell whether escape ends a marked range: where it is seen, after a filter and the way back from a wasted file."""
    comes_first = bool(view.query) or (view.trail is not None and view.active == "files")
    return view.mark is not None and view.active in {"layers", "files", "details"} and not comes_first


def works(action: str, phase: Phase, view: ViewState, *, sees_panes: bool, can_zoom: bool) -> bool:
    """Say whether a key makes sense now; the footer shows no others."""
    in_use = {
        "stop": phase is Phase.READING,
        "reload": phase in {Phase.STOPPED, Phase.FAILED},
        "clear": bool(view.query),
        "back": not view.query and view.trail is not None and view.active == "files",
        "zoom": sees_panes and can_zoom,
        "unmark": phase is Phase.READY and ends_range(view),
        "unzoom": sees_panes and can_zoom and view.zoomed,
    }
    if action in {"find", "find_everywhere", "scope", "mark"}:
        return phase is Phase.READY and sees_panes
    if action in {"next_pane", "pane", "layer"}:
        return sees_panes
    return in_use.get(action, True)
