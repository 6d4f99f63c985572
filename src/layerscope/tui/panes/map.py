"""The map: what a directory's contents weigh, as areas; what is wasted of it is hatched. Enter goes in."""

from collections.abc import Mapping
from functools import partial
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message

from layerscope.model.filetree import FileTree
from layerscope.tui import maprows
from layerscope.tui.fairness import begin, fair_turns
from layerscope.tui.layout import Column, PaneSpec
from layerscope.tui.maprows import Tile
from layerscope.tui.panes.base import NOTHING, Pane, Subject
from layerscope.tui.roles import Line, Role
from layerscope.tui.state import ViewState, focus, jump
from layerscope.tui.treemap import Rect
from layerscope.tui.weights import Weights, weigh
from layerscope.tui.widgets.keybar import KeyBar
from layerscope.tui.widgets.painter import Tone
from layerscope.tui.widgets.scroller import Scroller
from layerscope.units import format_size, printable


class MapView(Scroller, inherit_bindings=False):
    """The tiles of one directory, of which one is selected."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "move(-1, 0)", "left", show=False, id="map.left", tooltip="to the tile on the left"),
        Binding("right,l", "move(1, 0)", "right", show=False, id="map.right", tooltip="to the tile on the right"),
        Binding("up,k", "move(0, -1)", "up", show=False, id="map.up", tooltip="to the tile above"),
        Binding("down,j", "move(0, 1)", "move", key_display="←↑↓→", id="map.down", tooltip="to the tile below"),
        Binding("n", "next(1)", "next", show=False, id="map.next", tooltip="to the next smaller"),
        Binding("N", "next(-1)", "before", show=False, id="map.previous", tooltip="to the next bigger"),
        Binding("enter", "into", "open", id="map.into", tooltip="into the directory, or to the file in Files"),
        Binding("backspace", "out", "up", show=False, id="map.out", tooltip="to the directory above"),
    ]

    class Wanted(Message):
        """Another directory is to be shown, or a file."""

        def __init__(self, node: int | None) -> None:
            """None for the directory above."""
            super().__init__()
            self.node = node

    def __init__(self) -> None:
        super().__init__()
        self.found: tuple[Tile, ...] = ()
        self.selected = 0
        self._weights: Weights | None = None
        self._directory = 0
        self._area = Rect(0, 0, 0, 0)
        self._text: list[Line] = []

    def show(self, weights: Weights | None, directory: int, *, select: int | None = None) -> None:
        """Show a directory, with one of its paths selected."""
        self._weights, self._directory = weights, directory
        self._lay_out()
        nodes = [tile.node for tile in self.found]
        self.selected = nodes.index(select) if select in nodes else 0
        self._draw_tiles()
        if self.has_focus:
            self.screen.query_one(KeyBar).name_again()

    def _lay_out(self) -> None:
        self._area = Rect(0, 0, self.text_width, self.page_height)
        self.found = maprows.map_of(self._weights, self._directory, self._area) if self._weights else ()
        self.selected = min(self.selected, max(len(self.found) - 1, 0))

    def _draw_tiles(self) -> None:
        # Of the area that the tiles were laid out for: the pane may have no size by now.
        selected = self.selected if self.has_focus else -1
        self._text = maprows.map_lines(self.found, self._area, selected) if self.found else []
        self.set_lines(len(self._text), top=0)

    def line_at(self, number: int, width: int, tone: Tone) -> Line:  # noqa: ARG002 - lines are written already
        """Give a line."""
        return self._text[number]

    def on_resize(self) -> None:
        """Lay out again."""
        self._lay_out()
        self._draw_tiles()
        super().on_resize()

    def on_focus(self) -> None:
        """Show which tile keys are for."""
        self._draw_tiles()

    def on_blur(self) -> None:
        """Show that keys go elsewhere."""
        self._draw_tiles()

    @property
    def here(self) -> Tile | None:
        """The selected tile."""
        return self.found[self.selected] if self.selected < len(self.found) else None

    @property
    def left_out(self) -> int:
        """Number of paths that are too small to be seen."""
        if self._weights is None or not self.found or any(tile.node is None for tile in self.found):
            return 0
        return len(self._weights.inside(self._directory)) - len(self.found)

    def _select(self, place: int) -> None:
        self.selected = max(0, min(place, len(self.found) - 1))
        self._draw_tiles()
        self.screen.query_one(KeyBar).name_again()

    def name_of_key(self, action: str) -> str | None:
        """Say what enter does with the tile; None for what a key always does."""
        if action != "map.into" or self._weights is None:
            return None
        node = self.here.node if self.here else None
        if node is None:
            return ""
        return "open" if self._weights.is_directory(node) else "to Files"

    def action_move(self, dx: int, dy: int) -> None:
        """Go to the tile beside."""
        self._select(maprows.neighbour(self.found, self.selected, dx, dy))

    def action_next(self, step: int) -> None:
        """Go to the next by size."""
        self._select(self.selected + step)

    def action_into(self) -> None:
        """Open the tile."""
        if self.here is not None and self.here.node is not None:
            self.post_message(self.Wanted(self.here.node))

    def action_out(self) -> None:
        """Go up."""
        self.post_message(self.Wanted(None))

    def on_click(self, event: events.Click) -> None:
        """Select the tile that was clicked; a double click opens it."""
        event.stop()
        for place, tile in enumerate(self.found):
            if tile.rect.holds(event.x, event.y):
                self._select(place)
                if event.chain == 2:
                    self.action_into()


class MapPane(Pane):
    """See the module."""

    SPEC = PaneSpec("map", Column.CENTRE, smallest_height=200, when_asked=True)
    TITLE = "Map"
    HELP_TEXT = "what each directory ships, all layers together, as areas; hatched is what of it is not in the image"
    ELSEWHERE: ClassVar[Mapping[str, str]] = {
        "files.sort": "What is biggest has the biggest area, from the left.",
        "files.extract": "It is extracted in Files: {map.files} goes to it.",
        "files.difference": "Its versions are compared in Files: {map.files} goes to it.",
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f", "files", "in files", show=False, id="map.files", tooltip="show the path in the files pane"),
        Binding("p", "plan", "plan", id="map.plan", tooltip="plan to never add the path, with all below it"),
    ]

    class Weighed(Message):
        """The weights of a tree are there."""

        def __init__(self, weights: Weights) -> None:
            super().__init__()
            self.weights = weights

    _subject: Subject = NOTHING
    _directory = 0
    _weights: Weights | None = None

    def compose(self) -> ComposeResult:
        """Show the map."""
        self._map = MapView()
        yield self._map

    def renew(self, subject: Subject, view: ViewState) -> None:  # noqa: ARG002 - one signature
        """Weigh another image, on a thread."""
        self._subject, self._weights, self._directory = subject, None, 0
        self._map.explain(lambda _width: (((subject.unknown("The map is not known"), Role.DIM),),))
        self._map.show(None, 0)
        self.say()
        if subject.inspection:
            self._map.explain(lambda _width: ((("weighing …", Role.DIM),),))
            begin("weigh", partial(self._weigh, subject.inspection.tree))

    def _weigh(self, tree: FileTree) -> None:
        with fair_turns():
            weights = weigh(tree)
        self.post_message(self.Weighed(weights))

    def on_map_pane_weighed(self, message: Weighed) -> None:
        """Show the root."""
        message.stop()
        if self._subject.inspection and message.weights.tree is self._subject.inspection.tree:
            self._weights = message.weights
            self._map.explain(lambda _width: ((("No layer ships any bytes.", Role.DIM),),))
            self._show(0)

    def follow(self, subject: Subject, view: ViewState, before: ViewState) -> None:
        """Do nothing: the map is that of the whole image."""

    def take_focus(self) -> None:
        """Focus the map."""
        self.give_focus(self._map)

    def _show(self, directory: int, *, select: int | None = None) -> None:
        self._directory = directory
        self._map.show(self._weights, directory, select=select)
        self._say_where()

    def _say_where(self) -> None:
        """Say which directory it is, and how much of it is too small to be seen."""
        weights = self._weights
        if weights is None:
            return
        parts = [printable(weights.tree.path(self._directory)), format_size(weights.shipped[self._directory])]
        if wasted := weights.wasted[self._directory]:
            parts.append(f"{format_size(wasted)} wasted")
        if left_out := self._map.left_out:
            parts.append(f"{left_out:,} too small to see")
        self.say(*parts)

    def on_resize(self) -> None:
        """Name what is seen now."""
        super().on_resize()
        self.call_after_refresh(self._say_where)

    def on_map_view_wanted(self, message: MapView.Wanted) -> None:
        """Go into a directory, up, or to a file."""
        message.stop()
        weights = self._weights
        if weights is None:
            return
        if message.node is None:
            if self._directory > 0:
                self._show(max(weights.tree.parent[self._directory], 0), select=self._directory)
        elif weights.is_directory(message.node):
            self._show(message.node)
        else:
            self.action_files()

    def action_files(self) -> None:
        """Show the selected path in the files pane, in the layer that shipped most of it."""
        node, inspection = self._node(), self._subject.inspection
        if node is not None and inspection is not None:
            tree, layers = inspection.tree, self._subject.layers
            entries = tree.entries_at(node)
            layer = tree.layer_of(max(entries, key=lambda one: tree.place_of(one)[0].size[tree.place_of(one)[1]]))
            self.ask(lambda view: focus(jump(view, tree, layers, layer=layer, node=node), "files"))

    def action_plan(self) -> None:
        """Plan to never add the selected path."""
        node = self._node()
        if node is not None and self._weights is not None:
            self.ask_for_path(node, printable(self._weights.tree.path(node)))

    def _node(self) -> int | None:
        return self._map.here.node if self._map.here else None
