"""The files pane: what the layer did to the tree, or everything up to it, to be folded, sorted and filtered."""

import threading
from array import array
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Input

from layerscope.model.files import Change
from layerscope.tui.arrange import Arrangement, visible_places
from layerscope.tui.comparisons import Comparisons, Wanted
from layerscope.tui.filerows import FileView, file_header, owner_width
from layerscope.tui.finder import Finder, Found
from layerscope.tui.layout import Column, PaneSpec
from layerscope.tui.panes.base import Pane, Subject
from layerscope.tui.roles import Line, Role
from layerscope.tui.state import Scope, ViewState, find, fold, fold_all, point, turn_sort
from layerscope.tui.widgets.filterbar import FilterBar, FilterInput
from layerscope.tui.widgets.lines import LineList
from layerscope.tui.widgets.tree import FileTreeList
from layerscope.tui.widgets.written import Written
from layerscope.tui.words import count_text

_PATIENCE_S = 0.15
"""How long the old rows may stay while new ones are worked out."""


@dataclass(slots=True)
class _Image:
    """What the pane keeps for one image."""

    comparisons: Comparisons
    finder: Finder
    owner_width: int


class FilesPane(Pane):
    """See the module."""

    SPEC = PaneSpec("files", Column.CENTRE, smallest_height=8)
    TITLE = "Files"
    HELP_TEXT = "+ added  ~ changed  - removed; size of all below, mode, owner, name; ✝ what a later layer ended"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("s", "sort", "sort", id="files.sort", tooltip="sort by name, or by size"),
        Binding("plus,equals_sign", "fold_all(True)", "open all", show=False, id="files.open-all", tooltip="open all"),
        Binding("minus", "fold_all(False)", "close all", show=False, id="files.close-all", tooltip="close all"),
    ]

    class Arrived(Message):
        """A comparison that took its time is there, or went wrong."""

        def __init__(self, fault: Exception | None) -> None:
            super().__init__()
            self.fault = fault

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self._image: _Image | None = None
        self._shown: Wanted | None = None
        self._file_view: FileView | None = None
        self._patience: Timer | None = None

    def compose(self) -> ComposeResult:
        """Put the column names above the tree, and the filter below it."""
        self._tree = FileTreeList()
        self._header = Written(self._header_line, classes="columns")
        self._filter = FilterBar()
        yield self._header
        yield self._tree
        yield self._filter

    # --- being told

    def renew(self, subject: Subject, view: ViewState) -> None:
        """Show another image."""
        inspection = subject.inspection
        self._image = None
        self._shown = None
        if inspection:
            tree, tell = inspection.tree, self._tell_arrival
            self._image = _Image(Comparisons(tree, tell), Finder(tree, tell), owner_width(tree))
            threading.Thread(target=self._prepare, args=(self._image,), name="prepare", daemon=True).start()
        self._compare(view)

    def follow(self, subject: Subject, view: ViewState, before: ViewState) -> None:  # noqa: ARG002 - one signature
        """Show another comparison, order, fold or match; or only move the cursor."""
        if Wanted.of(view) != self._shown:
            self._compare(view)
        elif (view.folds, view.query, view.found_folds) != (before.folds, before.query, before.found_folds):
            self._rearrange(view)
        elif view.node not in {before.node, self._tree.node_at(self._tree.cursor)}:
            self._tree.point(view.node)

    def take_focus(self) -> None:
        """Focus the tree."""
        self._tree.focus()

    def _compare(self, view: ViewState) -> None:
        """Show the comparison that the view wants, now or when it arrives."""
        self._stop_waiting()
        arrangement = self._image.comparisons.get(Wanted.of(view)) if self._image else None
        if arrangement is not None:
            self._put(arrangement, view)
        elif self._image:
            self._patience = self.set_timer(_PATIENCE_S, self._blank)
        else:
            self._blank()

    def _put(self, arrangement: Arrangement, view: ViewState) -> None:
        assert self._image is not None
        self._shown = Wanted.of(view)
        width = self._image.owner_width
        self._file_view = FileView(arrangement, view.scope, view.layer, width, needle=_needle(view.query))
        self._rearrange(view)

    def _rearrange(self, view: ViewState) -> None:
        """Show the same comparison with other folds or another filter."""
        file_view, image = self._file_view, self._image
        if file_view is None or image is None:
            return
        if file_view.needle != _needle(view.query):
            self._file_view = file_view = file_view.narrowed(_needle(view.query))
        arrangement = file_view.arrangement
        if len(arrangement) == 1 and arrangement.diff.change[0] == Change.UNMODIFIED:
            self._tree.show(file_view, array("i"), node=0)
            self._filter.show(view.query, "")
        elif view.query:
            self._show_found(file_view, image.finder.get(arrangement, view.query, view.found_folds), view)
        else:
            self._tree.show(file_view, visible_places(arrangement, view.folds), node=view.node)
            self._filter.show("", "")
        self._header.refresh()
        paths = count_text(len(arrangement) - (view.scope is Scope.LAYER), "path")
        self.say(view.scope.value.format(view.layer), f"{paths} by {view.sort.value}")

    def _show_found(self, file_view: FileView, found: Found | None, view: ViewState) -> None:
        """Show what a filter found, the cursor on a match; until it is known, the rows stay as they are."""
        if found is None:
            self._filter.show(view.query, "…")
            return
        arrangement, node = file_view.arrangement, view.node
        if found.matches and arrangement.place_of(node) not in found.matches:
            node = arrangement.node(found.matches[0])
            self.ask(lambda now: point(now, node) if now.query == view.query else now)
        self._tree.show(file_view, found.places, node=node)
        self._filter.show(view.query, count_text(len(found.matches), "match", "matches"))

    def _blank(self) -> None:
        """Show that there are no rows yet."""
        self._file_view = None
        self._shown = None
        self._tree.show(None, array("i"), node=0)
        self._header.refresh()
        self.say(*(["comparing …"] if self._image else []))

    def _stop_waiting(self) -> None:
        if self._patience:
            self._patience.stop()
            self._patience = None

    def _prepare(self, image: _Image) -> None:
        """Do what will be wanted soon, on a thread of its own: the index first, then comparisons."""
        try:
            image.finder.prepare()
        except Exception as error:  # noqa: BLE001 - it is raised again on the screen's thread
            self._tell_arrival(error)
        image.comparisons.prepare()

    def _tell_arrival(self, fault: Exception | None) -> None:
        """Pass the word on from the threads that compare and find."""
        self.post_message(self.Arrived(fault))

    def on_files_pane_arrived(self, message: Arrived) -> None:
        """Show what arrived, if it is still wanted."""
        message.stop()
        if message.fault is not None:
            raise message.fault
        if self._presented is None or self._image is None:
            return
        view = self._presented[1]
        if Wanted.of(view) != self._shown:
            self._compare(view)
        elif view.query:
            self._rearrange(view)

    def _header_line(self, width: int) -> tuple[Line, ...]:
        del width  # the tree's own, between mark and scrollbar, is what counts
        if self._file_view and self._tree.row_count:
            return (((" ", Role.TEXT), *file_header(self._file_view.columns(self._tree.row_width))),)
        if self._image is None:
            text = self._presented[0].unknown("Files are not known") if self._presented else ""
        elif self._file_view is None:
            text = "Comparing …"
        elif len(self._file_view.arrangement) > 1:
            text = "No name here matches."
        else:
            text = "This layer changes no files."
        return (((f"  {text}", Role.DIM),),)

    # --- asking

    def on_line_list_moved(self, message: LineList.Moved) -> None:
        """Tell which path the cursor is on."""
        message.stop()
        node = self._tree.node_at(message.row)
        self.ask(lambda view: point(view, node))

    def on_line_list_chosen(self, message: LineList.Chosen) -> None:
        """Keep it: a file has nothing to open."""
        message.stop()

    def on_file_tree_list_folding(self, message: FileTreeList.Folding) -> None:
        """Ask for a directory to be opened or closed."""
        message.stop()
        self.ask(lambda view: point(fold(view, message.node, to_open=message.to_open), message.node))

    def action_sort(self) -> None:
        """Ask for the next order."""
        self.ask(turn_sort)

    def action_fold_all(self, to_open: bool) -> None:  # noqa: FBT001 - actions take positional arguments
        """Ask for all directories to be opened or closed."""
        self.ask(lambda view: fold_all(view, to_open=to_open))

    def open_filter(self) -> None:
        """Let the user type a filter."""
        self._filter.open()

    @on(Input.Changed)
    def _typed(self, message: Input.Changed) -> None:
        message.stop()
        self.ask(lambda view: find(view, message.value))

    @on(FilterInput.Left)
    def _left(self, message: FilterInput.Left) -> None:
        message.stop()
        self._tree.focus()
        self._filter.display = bool(self._filter.text)

    @on(FilterInput.Cleared)
    def _cleared(self, message: FilterInput.Cleared) -> None:
        message.stop()
        self._tree.focus()
        self.ask(lambda view: find(view, ""))


def _needle(query: str) -> str:
    """Give the part of a filter that is seen in names."""
    return query.rstrip("/").rsplit("/", 1)[-1].lower()
