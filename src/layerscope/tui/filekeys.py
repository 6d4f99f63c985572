"""What the keys of the files pane do, apart from moving: views, folds, ways of looking, and wishes about one file.

Owns no rows: the pane says what is shown (`shown_view`, `cursor_node`), and everything here asks for another view or
posts a wish.
"""

import posixpath
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType

from layerscope.frozen import replace
from layerscope.model.files import Change, Kind
from layerscope.model.filetree import NONE
from layerscope.tui import looks
from layerscope.tui.arrange import most_wasted_below
from layerscope.tui.filefacts import entry_seen
from layerscope.tui.filerows import FileView
from layerscope.tui.finder import Found
from layerscope.tui.panes.base import Pane
from layerscope.tui.places import trail_at
from layerscope.tui.state import (
    Trail,
    focus,
    fold_all,
    fold_level,
    follow_trail,
    jump,
    look,
    seek,
    toggle_unmodified,
)
from layerscope.tui.widgets.lines import LineList
from layerscope.tui.wishes import ChooseColumns, Copy, Extract, LookInside, OpenOutside
from layerscope.units import format_size, printable


def _key(keys: str, action: str, words: str, name: str, tooltip: str) -> Binding:
    return Binding(keys, action, words, show=False, id=f"files.{name}", tooltip=tooltip)


class FileKeys(Pane):
    """The keys; `FilesPane` has the rest."""

    BINDINGS: ClassVar[list[BindingType]] = [
        _key("s", "sort", "sort", "sort", "sort by name, size or waste"),
        _key("plus,equals_sign", "fold_all(True)", "open all", "open-all", "open all directories"),
        _key("minus", "fold_all(False)", "close all", "close-all", "close all directories"),
        _key("L", "fold_level(1)", "open a level", "open-level", "open directories one level deeper"),
        _key("H", "fold_level(-1)", "close a level", "close-level", "close directories one level up"),
        _key("a", "turn_change('added')", "added", "added", "show or leave out added paths"),
        _key("m", "turn_change('modified')", "modified", "modified", "show or leave out modified paths"),
        _key("r", "turn_change('removed')", "removed", "removed", "show or leave out removed paths"),
        _key("u", "unmodified", "unmodified", "unmodified", "show or leave out what the layer left alone"),
        _key("t", "quiet", "quiet", "quiet", "leave out changes of mtime only, of attributes only, or nothing"),
        _key("C", "columns", "columns", "columns", "choose the columns"),
        _key("full_stop", "next_change(1)", "next change", "next-change", "to the next changed path"),
        _key("comma", "next_change(-1)", "change before", "previous-change", "to the changed path before"),
        _key(
            "greater_than_sign",
            "next_big(1)",
            "next big file",
            "next-big",
            "to the next big file: 1 % of all here or more",
        ),
        _key(
            "less_than_sign",
            "next_big(-1)",
            "big file before",
            "previous-big",
            "to the big file before",
        ),
        _key("n", "next_match(1)", "next match", "next-match", "to the next match of the filter"),
        _key("N", "next_match(-1)", "match before", "previous-match", "to the match before"),
        _key("w", "trail", "who ended it", "trail", "from the layer that shipped it to the one that ended it"),
        _key("i", "describe", "details", "details", "everything about the file"),
        _key("d", "difference", "difference", "difference", "how its content differs from the version before"),
        _key("o", "outside(False)", "pager", "pager", "open a copy in $PAGER"),
        _key("e", "outside(True)", "editor", "editor", "open a copy in $EDITOR"),
        _key("x", "extract", "extract", "extract", "write the file or directory to disk"),
        _key("p", "plan", "plan", "plan", "plan to never add the path, with all below it"),
        _key("y", "copy_path", "copy path", "copy-path", "copy the path"),
        _key("Y", "copy_line", "copy line", "copy-line", "copy the line"),
    ]

    shown_view: FileView | None = None
    found: Found | None = None

    @property
    def cursor_node(self) -> int:
        """Path under the cursor."""
        raise NotImplementedError

    @property
    def cursor_text(self) -> str:
        """The line under the cursor."""
        raise NotImplementedError

    # --- ways of looking

    def action_sort(self) -> None:
        """Ask for the next order."""
        self.ask(lambda view: look(view, looks.turn_sort))

    def on_click(self, event: events.Click) -> None:
        """Sort by the column whose name is clicked."""
        header = self.query_one(".columns")
        if self.shown_view and header.region.contains_point(event.screen_offset):
            columns = self.shown_view.columns(self.query_one(LineList).row_width)
            sort = columns.sort_at(event.screen_x - header.region.x - 1)
            if sort is not None:
                self.ask(lambda view: look(view, lambda now: replace(now, sort=sort)))

    def action_quiet(self) -> None:
        """Ask for fewer of the small changes, or for all again."""
        self.ask(lambda view: look(view, looks.turn_quiet))

    def action_turn_change(self, change: str) -> None:
        """Ask for the paths of one change to be left out, or shown."""
        self.ask(lambda view: look(view, lambda now: looks.toggle_change(now, Change[change.upper()])))
        if self._presented and Change[change.upper()] in self._presented[1].looks.hidden:
            self.tell(f"Paths that were {change} are left out: {{files.{change}}} shows them again.")

    def action_unmodified(self) -> None:
        """Ask for what the layers left alone."""
        self.ask(toggle_unmodified)

    def action_columns(self) -> None:
        """Wish to choose."""
        self.post_message(ChooseColumns())

    def action_fold_all(self, to_open: bool) -> None:  # noqa: FBT001 - actions take positional arguments
        """Ask for all directories to be opened or closed."""
        self.ask(lambda view: fold_all(view, to_open=to_open))

    def action_fold_level(self, step: int) -> None:
        """Ask for one level more, or less."""
        if self.shown_view:
            here = self.shown_view.arrangement
            self.ask(lambda view: fold_level(view, level=here.level, deepest=here.deepest, step=step))

    # --- going to what matters

    def action_next_change(self, step: int) -> None:
        """Go to the next path that has a change of its own."""
        if self.shown_view:
            arrangement = self.shown_view.arrangement
            change, row = arrangement.diff.change, arrangement.row
            self._go(step, lambda place: change[row[place]] != Change.UNMODIFIED, "changed path")

    def action_next_big(self, step: int) -> None:
        """Go to the next big file."""
        if self.shown_view:
            arrangement = self.shown_view.arrangement
            size, row, least = arrangement.diff.size, arrangement.row, arrangement.big_bytes
            end = arrangement.end
            what = f"big file ({format_size(least)} or more)"
            self._go(step, lambda place: end[place] == place + 1 and size[row[place]] >= least, what)

    def action_next_match(self, step: int) -> None:
        """Go to the next match of the filter."""
        if self.found is None:
            self.tell("There is no filter: {find} begins one.", severity="warning")
            return
        matches = self.found.matches
        here = self.found.arrangement.place_of(self.cursor_node)
        at = bisect_right(matches, here) if step > 0 else bisect_left(matches, here) - 1
        if matches:
            self._seek(self.found.arrangement.node(matches[at % len(matches)]))

    def _go(self, step: int, wanted: Callable[[int], bool], what: str) -> None:
        assert self.shown_view is not None
        arrangement = self.shown_view.arrangement
        here = arrangement.place_of(self.cursor_node)
        places: Sequence[int] = self.found.places if self.found else range(len(arrangement))
        at = bisect_right(places, here) if step > 0 else bisect_left(places, here) - 1
        order = range(at, len(places)) if step > 0 else range(at, -1, -1)
        place = next((places[index] for index in order if wanted(places[index])), None)
        if place is None:
            self.notify(f"There is no {what} {'below' if step > 0 else 'above'}.", markup=False)
        else:
            self._seek(arrangement.node(place))

    def _seek(self, node: int) -> None:
        if self.shown_view:
            tree = self.shown_view.arrangement.tree
            self.ask(lambda view: seek(view, tree, node))

    def action_trail(self) -> None:
        """Go from the layer that shipped the file to the one that ended it, or back."""
        subject = self._presented[0] if self._presented else None
        if self.shown_view is None or subject is None or self._says_nothing_is_here():
            return
        tree = self.shown_view.arrangement.tree
        trail = trail_of(self.shown_view, self.cursor_node, "files")
        if trail is not None:
            self.ask(lambda view: follow_trail(view, tree, subject.layers, trail))
            return
        below = most_wasted_below(self.shown_view.arrangement, self.cursor_node)
        if below is None:
            self.notify("Nothing of it is wasted: it is in the image.", markup=False)
        else:
            self._seek(below)
            self.notify("This is most of what is wasted below it.", markup=False)

    # --- wishes about the file under the cursor

    def entry_here(self) -> int:
        """Give the entry under the cursor, or -1: after the layers that are shown, or what they removed."""
        if self.shown_view is None or self._pathless:
            return NONE
        arrangement = self.shown_view.arrangement
        if not len(arrangement):
            return NONE
        row = arrangement.row[arrangement.place_of(self.cursor_node)]
        diff = arrangement.diff
        return diff.after[row] if diff.after[row] != NONE else diff.before[row]

    @property
    def _pathless(self) -> bool:
        return self._presented is not None and self._presented[1].pathless

    def _says_nothing_is_here(self) -> bool:
        """Tell, also the user, whether there is no path to do anything with."""
        if self._pathless:
            self.notify("There is no path here to do that with.", markup=False)
        return self._pathless

    def _file_here(self) -> int:
        """Give the entry under the cursor if it has content; else say that it has none."""
        if self._says_nothing_is_here():
            return NONE
        entry_id = self.entry_here()
        if self.shown_view is None or entry_id == NONE:
            return NONE
        tree = self.shown_view.arrangement.tree
        table, row = tree.place_of(tree.inode_of(entry_id))
        kind = Kind(table.kind[row])
        if kind is Kind.FILE:
            return entry_id
        words = {Kind.DIRECTORY: "directory", Kind.SYMLINK: "link itself", Kind.HARDLINK: "link to nothing"}
        self.notify(f"A {words.get(kind, 'device')} has no content to look into.", markup=False)
        return NONE

    def look_inside(self, *, compare: bool = False) -> None:
        """Wish to see the file under the cursor; go to where a link leads."""
        if self._follow_link():
            return
        entry = self._file_here()
        if entry != NONE:
            self.post_message(LookInside(entry, compare=compare))

    def trail_here(self) -> Trail | None:
        """Give the trail that leads on from the file under the cursor, which was gone to because it is wasted."""
        view = self._presented[1] if self._presented else None
        trail = view.trail if view else None
        if view and trail and trail.node == self.cursor_node and view.layer == trail.owner != trail.killer:
            return trail
        return None

    def name_of_choice(self) -> str:
        """Say what enter does on the row under the cursor, if it is no directory; "" for nothing."""
        trail, entry_id = self.trail_here(), self.entry_here()
        if trail:
            return f"to layer {trail.killer}"
        if self.shown_view is None or entry_id == NONE:
            return ""
        tree = self.shown_view.arrangement.tree
        table, row = tree.place_of(entry_id)
        if Kind(table.kind[row]) is Kind.SYMLINK:
            return "follow"
        table, row = tree.place_of(tree.inode_of(entry_id))
        return "look" if Kind(table.kind[row]) is Kind.FILE else ""

    def _follow_link(self) -> bool:
        """Go to what a symbolic link names, in the layer that shipped it; False when it is no link."""
        entry_id = self.entry_here()
        subject = self._presented[0] if self._presented else None
        if self.shown_view is None or subject is None or entry_id == NONE:
            return False
        tree, diff = self.shown_view.arrangement.tree, self.shown_view.arrangement.diff
        entry = tree.entry(entry_id)
        if entry.kind is not Kind.SYMLINK or entry.link_target is None:
            return False
        path = posixpath.normpath(posixpath.join(posixpath.dirname(entry.path), entry.link_target))
        node = tree.find(path)
        there = entry_seen(tree, node, diff.last_layer) if node is not None else NONE
        if node is None or there == NONE:
            self.notify(f"It leads to {printable(path)}, which is not in the image.", markup=False)
        else:
            layer = tree.layer_of(there)
            self.ask(lambda view: jump(view, tree, subject.layers, layer=layer, node=node))
        return True

    def action_difference(self) -> None:
        """Wish to see in what the file differs from the version before."""
        self.look_inside(compare=True)

    def action_outside(self, editor: bool) -> None:  # noqa: FBT001 - actions take positional arguments
        """Wish to see the file in the user's own program."""
        entry = self._file_here()
        if entry != NONE:
            self.post_message(OpenOutside(entry, editor=editor))

    def action_extract(self) -> None:
        """Wish to have the file, or the directory, on disk."""
        if self.shown_view is None or self._says_nothing_is_here() or self.entry_here() == NONE:
            return
        arrangement = self.shown_view.arrangement
        row = arrangement.row[arrangement.place_of(self.cursor_node)]
        diff = arrangement.diff
        layer = diff.last_layer if diff.after[row] != NONE else diff.first_layer - 1
        self.post_message(Extract(diff.node[row], layer))

    def action_describe(self) -> None:
        """Ask for the details pane."""
        self.ask(lambda view: focus(focus(view, "files"), "details"))

    def action_plan(self) -> None:
        """Plan to never add the path under the cursor."""
        node = self.cursor_node
        if self._says_nothing_is_here():
            return
        if node > 0:
            path = self.shown_view.arrangement.tree.path(node) if self.shown_view else b""
            self.ask_for_path(node, printable(path))
        else:
            self.notify("The whole tree cannot be left out: plan what is below it.", markup=False)

    def action_copy_path(self) -> None:
        """Wish to have the path on the clipboard."""
        if self.shown_view and not self._says_nothing_is_here():
            path = self.shown_view.arrangement.tree.path(self.cursor_node)
            self.post_message(Copy(printable(path), "the path"))

    def action_copy_line(self) -> None:
        """Wish to have the line on the clipboard."""
        if not self._says_nothing_is_here():
            self.post_message(Copy(self.cursor_text.strip(), "the line"))


def trail_of(file_view: FileView, node: int, origin: str) -> Trail | None:
    """Say who shipped the path of a row and who ended it, if it is not in the image as it is shown."""
    arrangement = file_view.arrangement
    diff = arrangement.diff
    row = arrangement.row[arrangement.place_of(node)]
    return trail_at(arrangement.tree, diff.after[row] if diff.after[row] != NONE else diff.before[row], origin)
