"""The viewer: one file, its versions in other layers, and what can be done with it. Reading is the page's business."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from layerscope.errors import CancelledError, LayerscopeError
from layerscope.model.files import Kind
from layerscope.model.filetree import FileTree
from layerscope.model.inspection import Inspection
from layerscope.tui import fit, words
from layerscope.tui.boundkeys import with_keys
from layerscope.tui.facts import BLANK, Fact, fact_lines, title
from layerscope.tui.filefacts import entry_facts
from layerscope.tui.filerows import end_of, mode_text
from layerscope.tui.roles import Line, Role, Span
from layerscope.tui.viewer.attributes import attribute_lines
from layerscope.tui.viewer.desk import Desk
from layerscope.tui.viewer.differences import Side, difference_lines
from layerscope.tui.viewer.jobs import Key
from layerscope.tui.viewer.magic import Nature
from layerscope.tui.viewer.page import Mode, Page
from layerscope.tui.viewer.seekingscreen import SeekingScreen
from layerscope.tui.widgets.keybar import KeyBar
from layerscope.tui.widgets.written import Written
from layerscope.tui.wishes import Copy, Extract, OpenOutside
from layerscope.units import decode, format_size, printable


class Viewer(SeekingScreen):
    """See the module."""

    TITLE = "File"
    SEEK_HINT = "a part of the text, or bytes: 7f 45 4c"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "close", "close", id="viewer.close", tooltip="back to the panes"),
        Binding("question_mark,f1", "app.help", "help", show=False, id="viewer.help", tooltip="all keys"),
        Binding("t", "mode('text')", "text", id="viewer.text", tooltip="show it as text"),
        Binding("b", "mode('bytes')", "bytes", id="viewer.bytes", tooltip="show its bytes in hexadecimal"),
        Binding("i", "mode('facts')", "facts", id="viewer.facts", tooltip="everything about the file"),
        Binding("d", "mode('difference')", "difference", id="viewer.difference", tooltip="against another version"),
        Binding("left_square_bracket", "version(-1)", "older", show=False, id="viewer.older", tooltip="older version"),
        Binding("right_square_bracket", "version(1)", "newer", show=False, id="viewer.newer", tooltip="newer version"),
        Binding(
            "left_curly_bracket",
            "other(-1)",
            "older",
            show=False,
            id="viewer.other-older",
            tooltip="compare with an older version",
        ),
        Binding(
            "right_curly_bracket",
            "other(1)",
            "newer",
            show=False,
            id="viewer.other-newer",
            tooltip="compare with a newer version",
        ),
        Binding("o", "outside(False)", "pager", id="viewer.pager", tooltip="open a copy in $PAGER"),
        Binding("e", "outside(True)", "editor", show=False, id="viewer.editor", tooltip="open a copy in $EDITOR"),
        Binding("x", "extract", "extract", id="viewer.extract", tooltip="write the file to disk"),
        Binding("y", "copy_path", "copy path", show=False, id="viewer.copy-path", tooltip="copy the path"),
    ]
    DEFAULT_CSS = """
    Viewer {
        background: $background;
        & > #viewer-head { height: 2; }
        & > Page { height: 1fr; }
    }
    """

    def __init__(self, inspection: Inspection, entry: int, *, compare: bool = False) -> None:
        super().__init__()
        self._inspection = inspection
        tree = inspection.tree
        self._node = tree.entry(entry).node
        self._versions = versions_of(tree, self._node)
        self._at = self._versions.index(entry) if entry in self._versions else 0
        self._other = self._usual_other()
        self._mode: Mode | None = None
        self._wanted = Mode.DIFFERENCE if compare else None
        self._nature = Nature("")
        self._error: Exception | None = None

    def compose(self) -> ComposeResult:
        """Put two lines about the file above its content."""
        yield Written(self._head, id="viewer-head")
        self._page = Page(self._inspection.tree, self._inspection.blobs)
        yield self._page
        yield self.make_bar(self._page)
        yield KeyBar()

    def on_mount(self) -> None:
        """Begin to read."""
        self._open()

    @property
    def entry(self) -> int:
        """The version that is shown."""
        return self._versions[self._at]

    def _open(self) -> None:
        self._error = None
        self._page.open(self.entry, decode(self._inspection.tree.name(self._node)))
        self._refresh_head()

    # --- what the page tells

    def on_page_known(self, message: Page.Known) -> None:
        """Choose how to show the file, now that it is known what it is."""
        message.stop()
        self._nature = message.nature
        usual = Mode.TEXT if message.nature.text else Mode.BYTES
        wanted, self._wanted = self._wanted or usual, None
        self._show(usual if wanted is Mode.DIFFERENCE and len(self._versions) < 2 else wanted)
        if wanted is Mode.DIFFERENCE and len(self._versions) < 2:
            self._only_version()

    def on_page_failed(self, message: Page.Failed) -> None:
        """Say why there is nothing to see."""
        message.stop()
        if isinstance(message.error, CancelledError):
            return
        if not isinstance(message.error, LayerscopeError):
            raise message.error
        self._error = error = message.error
        hint = error.hint or with_keys(self, "{viewer.facts} shows what is known without reading it")
        self._page.write_lines(lambda width: _failure(error.message, hint, width))
        self._refresh_head()

    def _show(self, mode: Mode) -> None:
        self._mode = mode
        if mode in {Mode.TEXT, Mode.BYTES}:
            self._page.show_mode(mode)
        elif mode is Mode.FACTS:
            self._page.write_lines(self._facts)
        else:
            self._page.compute("difference", self._difference_job())
        self._refresh_head()

    def _facts(self, width: int) -> Sequence[Line]:
        known = [Fact("content", self._nature.words)] if self._nature.words else []
        known += [Fact(name, printable(value)) for name, value in self._nature.facts]
        lines = [title("What it holds"), *fact_lines(known, width), BLANK, title("What the layer says")]
        return [*lines, *fact_lines(entry_facts(self._inspection, self.entry), width)]

    def _difference_job(self) -> "_Difference":
        old, new = sorted((self._other, self._at))
        one, other = ((self._versions[at], self._version_title(at)) for at in (old, new))
        attributes = list(attribute_lines(self._inspection.tree, one[0], other[0]))
        with_what = "the one after it" if new == 1 else "a newer one"
        remark = f"  This is the oldest version: it is compared with {with_what}." if self._at == old == 0 else ""
        return _Difference(one, other, attributes, remark)

    def _version_title(self, at: int) -> str:
        layer = self._inspection.tree.layer_of(self._versions[at])
        return f"layer {layer} {self._doer(layer)}".strip()

    def _doer(self, index: int) -> str:
        layer = self._inspection.layers[index]
        keyword, text = words.instruction_parts(layer.instruction, layer.created_by or "")
        return f"{keyword} {text}".strip()

    # --- the head

    def _refresh_head(self) -> None:
        self.query_one("#viewer-head", Written).refresh()

    def _head(self, width: int) -> tuple[Line, ...]:
        tree = self._inspection.tree
        entry = tree.entry(self.entry)
        version = f" {self._at + 1} of {len(self._versions)} versions · " if len(self._versions) > 1 else " "
        right = f"{version}layer {entry.layer_index} "
        path = fit.left(f" {fit.middle(printable(tree.path(self._node)), width - len(right) - 2)}", width - len(right))
        parts = [self._nature.words, format_size(entry.size_bytes), f"{mode_text(entry)} {entry.uid}:{entry.gid}"]
        ended = end_of(tree, self.entry)
        if ended:
            parts.append(f"{ended[0]} by {ended[1]}")
        if self._page.progress:
            parts.append(self._page.progress)
        about = " " + " · ".join(part for part in parts if part)
        modes: list[Span] = [(f" {mode.value}", Role.KEYWORD if mode is self._mode else Role.FAINT) for mode in Mode]
        used = sum(len(text) for text, _role in modes) + 1
        line = ((fit.left(about, width - used), Role.DIM), *modes, (" ", Role.TEXT))
        return ((path, Role.STRONG), (right, Role.DIM)), line

    # --- keys

    def action_close(self) -> None:
        """Go back."""
        self.dismiss()

    def action_mode(self, name: str) -> None:
        """Show the file in another way."""
        mode = Mode(name)
        if mode is Mode.DIFFERENCE and len(self._versions) < 2:
            self._only_version()
        elif self._error is None or mode is Mode.FACTS:
            self._show(mode)

    def _usual_other(self) -> int:
        """Choose what to compare with: the version before, for the first one that after it."""
        return self._at - 1 if self._at else min(1, len(self._versions) - 1)

    def _only_version(self) -> None:
        self.notify("Only one layer has this file: there is nothing to compare it with.", markup=False)

    def action_version(self, step: int) -> None:
        """Show the file as another layer has it."""
        at = self._at + step
        if not 0 <= at < len(self._versions):
            self.notify(f"There is no {'newer' if step > 0 else 'older'} version of it.", markup=False)
            return
        self._at = at
        self._other = self._usual_other()
        self._wanted = self._mode if self._mode in {Mode.FACTS, Mode.DIFFERENCE} else None
        self._open()

    def action_other(self, step: int) -> None:
        """Compare with another version."""
        others = [at for at in range(len(self._versions)) if at != self._at]
        if not others:
            self._only_version()
            return
        now = others.index(self._other) if self._other in others else 0
        self._other = others[(now + step) % len(others)] if self._mode is Mode.DIFFERENCE else others[now]
        if self._error is None:
            self._show(Mode.DIFFERENCE)

    def action_outside(self, editor: bool) -> None:  # noqa: FBT001 - actions take positional arguments
        """Wish to see the file in the user's own program."""
        self.post_message(OpenOutside(self.entry, editor=editor))

    def action_extract(self) -> None:
        """Wish to have the file on disk."""
        self.post_message(Extract(self._node, self._inspection.tree.layer_of(self.entry)))

    def action_copy_path(self) -> None:
        """Wish to have the path on the clipboard."""
        self.post_message(Copy(printable(self._inspection.tree.path(self._node)), "the path"))


class _Difference:
    """The comparison of two versions, as a job for the desk."""

    def __init__(self, old: tuple[int, str], new: tuple[int, str], attributes: Sequence[Line], remark: str) -> None:
        self._old, self._new, self._attributes, self._remark = old, new, attributes, remark

    def __call__(self, desk: Desk[Key]) -> list[Line]:
        sides = []
        for entry, name in (self._old, self._new):
            peek = desk.peek(entry)
            sides.append(Side(name, peek.size_bytes, peek.read))
        old, new = sides
        lines = list(difference_lines(old, new, desk.check, attributes=self._attributes))
        return [*lines[:2], *([((self._remark, Role.DIM),)] if self._remark else []), *lines[2:]]


def versions_of(tree: FileTree, node: int) -> list[int]:
    """List the entries of a path that have content, oldest first."""
    found = []
    for entry in tree.entries_at(node):
        table, row = tree.place_of(tree.inode_of(entry))
        if table.kind[row] == Kind.FILE:
            found.append(entry)
    return found


def _failure(message: str, hint: str, width: int) -> Sequence[Line]:
    lines: list[Line] = [(("✗ ", Role.REMOVED), ("The file cannot be read", Role.STRONG)), BLANK]
    lines += [((part, Role.TEXT),) for part in fit.wrap(words.message(message), width)]
    lines += [BLANK, *(((part, Role.FOCUS),) for part in fit.wrap(words.message(hint), width))]
    return lines
