"""The files pane: what the layer did to the tree, or everything up to it, to be folded, sorted and filtered."""

from collections.abc import Sequence
from functools import partial

from textual import on
from textual.app import ComposeResult
from textual.message import Message
from textual.timer import Timer

from layerscope.frozen import dataclass, replace
from layerscope.model.files import Change
from layerscope.tui import blanks
from layerscope.tui.arrange import Arrangement, visible_places
from layerscope.tui.comparisons import Comparisons
from layerscope.tui.fairness import DRAWN_S, begin
from layerscope.tui.filekeys import FileKeys
from layerscope.tui.filerows import FileView, file_header, owner_width
from layerscope.tui.finder import Finder
from layerscope.tui.layout import Column, PaneSpec
from layerscope.tui.looks import Looks
from layerscope.tui.panes.base import NOTHING, Ask, Subject
from layerscope.tui.query import Query, parse_query
from layerscope.tui.roles import Line, Role
from layerscope.tui.state import Scope, ViewState, find, focus, fold, follow_trail, give_up_finding, point
from layerscope.tui.wanted import Wanted
from layerscope.tui.widgets.filterbar import FilterBar, FilterInput
from layerscope.tui.widgets.lines import LineList
from layerscope.tui.widgets.tree import FileTreeList
from layerscope.tui.widgets.written import Written
from layerscope.tui.words import count_text

_HINT = "name  *.so  re:…  ~fuzzy  size:>10M  dead:yes"
_SAID_S = 0.02
"""After so long it is said that new rows are being worked out."""
_PATIENCE_S = 0.15
"""How long the old ones may stay meanwhile."""


@dataclass(slots=True)
class _Image:
    """What the pane keeps for one image."""

    comparisons: Comparisons
    finder: Finder
    owner_width: int
    base: int
    """The first layer above the base image's; 1 where that is not known."""
    doers: tuple[str, ...]

    def wanted(self, view: ViewState) -> Wanted:
        """Say which comparison a view shows."""
        return Wanted.of(view, self.base)


class FilesPane(FileKeys):
    """See the module."""

    SPEC = PaneSpec("files", Column.CENTRE, smallest_height=8)
    TITLE = "Files"
    HELP_TEXT = (
        "+ added  ~ changed  - removed; struck through: not in the image, with who ended it "
        "(✝ deleted  ≠ overwritten  = shipped again); sizes are of all below"
    )

    class Arrived(Message):
        """A comparison that took its time is there, or went wrong."""

        def __init__(self, fault: Exception | None) -> None:
            super().__init__()
            self.fault = fault

    def __init__(self, number: int, ask: Ask) -> None:
        super().__init__(number, ask)
        self._image: _Image | None = None
        self._shown: Wanted | None = None
        self._columns_shown = Looks().columns
        self._patience: Timer | None = None
        self._origin = self.SPEC.name

    def compose(self) -> ComposeResult:
        """Put the column names above the tree, and the filter below it."""
        self._tree = FileTreeList()
        self._tree.tell_moves(self._moved)
        self._tree.tell_choice(self.name_of_choice)
        self._header = Written(self._header_line, classes="columns")
        self._filter = FilterBar(self._typed, hint=_HINT)
        yield self._header
        yield self._tree
        yield self._filter

    @property
    def cursor_node(self) -> int:
        """Path under the cursor."""
        return self._tree.node_at(self._tree.cursor)

    @property
    def cursor_text(self) -> str:
        """The line under the cursor."""
        return self._tree.text_of_row(self._tree.cursor)

    @property
    def _subject(self) -> Subject:
        return self._presented[0] if self._presented else NOTHING

    # --- being told

    def renew(self, subject: Subject, view: ViewState) -> None:
        """Show another image."""
        inspection = subject.inspection
        self.on_unmount()
        self._image = None
        self._shown = None
        self._tree.mark_planned(view.plan.dropped)
        if inspection:
            tree, tell = inspection.tree, self._tell_arrival
            doers = {row.layer: f"{row.keyword} {row.text}".strip() for row in subject.rows if row.layer is not None}
            self._image = _Image(
                Comparisons(tree, tell, subject.coming),
                Finder(tree, tell),
                owner_width(tree),
                base=max(inspection.image.base_layer_count or 1, 1),
                doers=tuple(doers.get(layer, "") for layer in range(tree.layer_count)),
            )
            self.set_timer(DRAWN_S, partial(begin, "prepare", self._image.finder.prepare))
        self._compare(view)
        self._prepare_comparisons(subject)

    def follow(self, subject: Subject, view: ViewState, before: ViewState) -> None:
        """Show another comparison, order, fold or match; or only move the cursor."""
        self._prepare_comparisons(subject)
        self._tree.mark_planned(view.plan.dropped)
        if self._image and self._image.wanted(view) != self._shown:
            self._compare(view)
        elif view.looks.columns != self._columns_shown:
            self._show_columns(view)
        elif _arrangement(view) != _arrangement(before):
            self._rearrange(view)
        elif view.node not in {before.node, self.cursor_node}:
            self._tree.point(view.node)

    def take_focus(self) -> None:
        """Focus the tree."""
        self.give_focus(self._tree)

    def _compare(self, view: ViewState) -> None:
        """Show the comparison that the view wants, now or when it arrives."""
        self._stop_waiting()
        arrangement = self._image.comparisons.get(self._image.wanted(view)) if self._image else None
        if arrangement is not None:
            self._put(arrangement, view)
        elif self._image:
            self._patience = self.set_timer(_SAID_S, self._wait)
        else:
            self._blank()

    def _put(self, arrangement: Arrangement, view: ViewState) -> None:
        assert self._image is not None
        self._shown = self._image.wanted(view)
        self._columns_shown = view.looks.columns
        self.shown_view = FileView(
            arrangement,
            self._image.owner_width,
            wanted=view.looks.columns,
            layer_column=view.unmodified or view.scope is not Scope.LAYER,
            doers=self._image.doers,
            needle=parse_query(view.query).needle,
        )
        self._rearrange(view)

    def _show_columns(self, view: ViewState) -> None:
        """Show the same rows with other columns."""
        self._columns_shown = view.looks.columns
        if self.shown_view:
            self.shown_view = replace(self.shown_view, wanted=view.looks.columns)
            self._rearrange(view)

    def _rearrange(self, view: ViewState) -> None:
        """Show the same comparison with other folds or another filter."""
        file_view, image = self.shown_view, self._image
        if file_view is None or image is None:
            return
        query = parse_query(view.query)
        if file_view.needle != query.needle:
            self.shown_view = file_view = file_view.narrowed(query.needle)
        arrangement = file_view.arrangement
        if len(arrangement) == 1 and arrangement.diff.change[0] == Change.UNMODIFIED:
            self._show_places(file_view, (), node=0)
            self._filter.show(view.query, query.remark, fault=bool(query.fault))
        elif not query.empty:
            self._show_found(file_view, query, view)
        else:
            self._show_places(file_view, visible_places(arrangement, view.folds), node=view.node)
            self._filter.show(view.query, query.remark, fault=bool(query.fault))
        self._header.renew()
        self._entitle(view, arrangement)

    def _entitle(self, view: ViewState, arrangement: Arrangement) -> None:
        """Say what is shown; where little fits rather what is left out than how much is there."""
        paths = count_text(len(arrangement) - (not view.unmodified), "path")
        left_out = view.looks.left_out
        shorter = ([view.title, *left_out], left_out) if left_out else ()
        self.say(view.title, f"{paths} by {view.looks.sort.value}", *left_out, shorter=shorter)

    def _show_places(self, file_view: FileView, places: Sequence[int], *, node: int) -> None:
        self.found = None
        self._tree.explain(self._explain)
        self._tree.show(file_view, places, node=node)
        pathless = not places
        if self._presented and self._presented[1].pathless is not pathless:
            self.ask(lambda view: replace(view, pathless=pathless))

    def _show_found(self, file_view: FileView, query: Query, view: ViewState) -> None:
        """Show what a filter found, the cursor on a match; until it is known, the rows stay as they are."""
        image = self._image
        assert image is not None
        found = image.finder.get(file_view.arrangement, query.understood, view.found_folds)
        if found is None:
            self._filter.show(view.query, query.remark or "…", fault=bool(query.fault))
            return
        node = found.near(view)
        self._show_places(file_view, found.places, node=node)
        self.found = found
        said = query.remark or (not found.matches and query.hint_in(image.comparisons.tree.layer_count))
        self._filter.show(view.query, said or count_text(len(found.matches), "match", "matches"), fault=bool(said))
        if node != view.node:
            self.ask(lambda now: replace(now, node=node) if now.query == view.query else now)

    def _wait(self) -> None:
        """Say that the rows are those from before."""
        view = self._presented[1] if self._presented else ViewState()
        self.say(view.title, "comparing …")
        self._patience = self.set_timer(_PATIENCE_S - _SAID_S, self._blank)

    def _blank(self) -> None:
        """Show that there are no rows yet."""
        self.shown_view = self.found = None
        self._shown = None
        self._tree.explain(self._explain)
        self._tree.show(None, (), node=0)
        self._header.renew()
        self.say(*(["comparing …"] if self._image else []))

    def on_unmount(self) -> None:
        """Compare no more."""
        if self._image:
            self._image.comparisons.close()

    def _stop_waiting(self) -> None:
        if self._patience:
            self._patience.stop()
            self._patience = None

    def _prepare_comparisons(self, subject: Subject) -> None:
        """Compare what will be wanted soon, once all is known: before, the time and the room are those of findings."""
        if self._image and subject.complete:
            self._image.comparisons.prepare()

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
        if self._image.wanted(view) != self._shown:
            self._compare(view)
        elif view.query:
            self._rearrange(view)

    def _header_line(self, width: int) -> tuple[Line, ...]:
        del width  # the tree's own, between mark and scrollbar, is what counts
        if self.shown_view and self._presented and self._tree.row_count:
            columns, sort = self.shown_view.columns(self._tree.row_width), self._presented[1].looks.sort
            return (((" ", Role.TEXT), *file_header(columns, sort)),)
        return ()

    def _explain(self, width: int) -> tuple[Line, ...]:
        """Say why there are no rows."""
        subject, inspection = self._subject, self._subject.inspection
        if inspection is None or self._presented is None:
            return blanks.blank(subject.unknown("Files are not known"), "", (), width)
        if self.shown_view is None:
            return blanks.blank("Comparing …", "Layers with many files take a moment.", (), width)
        view, arrangement = self._presented[1], self.shown_view.arrangement
        if self.found is not None:
            hint = parse_query(view.query).hint_in(inspection.tree.layer_count)
            hint = hint or f"{len(arrangement) - 1:,} paths were looked at"
            return blanks.no_match(
                view.query, f"{hint.removesuffix('?')}{'?' if hint.endswith('?') else '.'}", width, self.key
            )
        if arrangement.left_out:
            return blanks.all_left_out(view.looks, arrangement.left_out, width, self.key)
        return blanks.nothing_changed(inspection, view, width, self.key)

    # --- asking

    def _moved(self, row: int) -> None:
        """Tell which path the cursor is on."""
        node = self._tree.node_at(row)
        self.ask(lambda view: point(view, node))

    def on_line_list_chosen(self, message: LineList.Chosen) -> None:
        """Look into the file; one that was gone to because it is wasted leads to what ended it first."""
        message.stop()
        trail = self.trail_here()
        if trail and self._image:
            tree, layers = self._image.comparisons.tree, self._subject.layers
            self.ask(lambda now: follow_trail(now, tree, layers, trail))
        else:
            self.look_inside()

    def on_file_tree_list_folding(self, message: FileTreeList.Folding) -> None:
        """Ask for a directory to be opened or closed."""
        message.stop()
        self.ask(lambda view: point(fold(view, message.node, to_open=message.to_open), message.node))

    def open_filter(self, origin: str) -> None:
        """Let the user type a filter; `origin` is the pane to go back to when it is given up."""
        self._origin = origin
        self._filter.open()

    def _typed(self, text: str) -> None:
        self.ask(lambda view: find(view, text))

    @on(FilterInput.Left)
    def _left(self, message: FilterInput.Left) -> None:
        message.stop()
        self.give_focus(self._tree)
        self._filter.display = bool(self._filter.text)

    @on(FilterInput.Cleared)
    def _cleared(self, message: FilterInput.Cleared) -> None:
        message.stop()
        self.give_focus(self._tree)
        origin = self._origin
        self.ask(lambda view: focus(give_up_finding(view), origin))


def _arrangement(view: ViewState) -> tuple[object, ...]:
    """Give all that decides which rows of a comparison are shown, and what the title says of them."""
    return view.folds, view.query, view.found_folds, view.title
