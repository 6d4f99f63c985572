"""The one screen: owns the view, applies what panes ask, and tells every pane about it.

Owns which phase the reading is in, too. Decides nothing about contents: panes and pure functions do.
"""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.reactive import Reactive
from textual.widget import Widget

from layerscope.errors import AmbiguousImageError, CancelledError
from layerscope.frozen import replace
from layerscope.model.inspection import Inspection
from layerscope.model.plan import Plan
from layerscope.tui import loading, notices
from layerscope.tui.boundkeys import key_of
from layerscope.tui.fairness import DRAWN_S
from layerscope.tui.foresight import Foresight
from layerscope.tui.headline import headline, origin_of, plain_headline
from layerscope.tui.layout import Column, Shape, panes_shown, shape_of, too_small
from layerscope.tui.loading import Loader
from layerscope.tui.meter import Reading
from layerscope.tui.panes import PANES
from layerscope.tui.panes.base import NOTHING, Pane, Subject
from layerscope.tui.panes.files import FilesPane
from layerscope.tui.phase import Phase
from layerscope.tui.planstrip import PlanStrip
from layerscope.tui.roles import Line
from layerscope.tui.screenactions import ScreenActions
from layerscope.tui.screenkeys import KEYS, ends_range, works
from layerscope.tui.state import ViewState, stop_finding
from layerscope.tui.widgets.keybar import KeyBar
from layerscope.tui.widgets.tabs import Tabs
from layerscope.tui.widgets.written import Written
from layerscope.tui.wishes import ChooseImage, FindEverywhere


class InspectScreen(ScreenActions):
    """The image, in panes."""

    class Foreseen(Message):
        """The numbers of a plan are there."""

        def __init__(self, plan: Plan) -> None:
            super().__init__()
            self.plan = plan

    AUTO_FOCUS = ""
    focused: Reactive[Widget | None] = Reactive(None, repaint=False)
    """As Textual has it, but who gets or loses the focus draws itself: no need to draw the whole screen."""
    BINDINGS: ClassVar[list[BindingType]] = KEYS

    def __init__(
        self,
        reference: str,
        make_loader: Callable[["InspectScreen"], Loader],
        announced: loading.Announced | None = None,
    ) -> None:
        super().__init__()
        self.view = ViewState()
        self._foresight = Foresight(lambda plan: self.post_message(self.Foreseen(plan)))
        self.phase = Phase.READING
        self.error: Exception | None = None
        self._subject = NOTHING
        self._reference = reference
        self._origin = ""
        self._make_loader = make_loader
        self._announced = announced
        if announced:
            self._origin = origin_of(announced.raw.source, announced.raw.platform)
        self._loader: Loader | None = None
        self._reading: Reading | None = None
        self._plan: tuple[object, ...] = ()

    def compose(self) -> ComposeResult:
        """Put the headline above the columns, and tabs and keys below."""
        yield Written(self._headline, id="headline")
        yield PlanStrip()
        yield Written(self._notice, id="notice")
        with Horizontal(id="body"):
            for column in Column:
                with Vertical(id=column.value):
                    for number, pane in enumerate(PANES, start=1):
                        if pane.SPEC.column is column:
                            yield pane(number, self.apply)
        names = [(number, pane.SPEC.name, pane.TITLE) for number, pane in enumerate(PANES, start=1)]
        yield Tabs(names, {pane.SPEC.name: pane.HELP_TEXT for pane in PANES}, id="tabs")
        yield KeyBar()

    def on_mount(self) -> None:
        """Begin to read."""
        self._panes = {pane.SPEC.name: pane for pane in self.query(Pane)}
        self._begin(Subject(self._announced.rows) if self._announced else NOTHING)

    # --- one view, shown by all panes

    def apply(self, change: Callable[[ViewState], ViewState]) -> None:
        """Replace the view, and show it."""
        wanted = change(replace(self.view, plan=self._foresight.wished))
        if not self._foresight.is_ready(wanted.plan, self._subject):
            wanted = replace(wanted, plan=self.view.plan)
        self._say_what_is_wished()
        self._turn_to(wanted)

    def on_inspect_screen_foreseen(self, message: Foreseen) -> None:
        """Show a plan, unless another one is wished for by now."""
        message.stop()
        if message.plan == self._foresight.wished:
            self._turn_to(replace(self.view, plan=message.plan))

    def _say_what_is_wished(self) -> None:
        """Answer a key that plans something at once, though its numbers take a while."""
        strip, wished = self.query_one(PlanStrip), self._foresight.wished
        if strip.wished != wished:
            strip.wish(wished)
            self._lay_out()

    def _turn_to(self, view: ViewState) -> None:
        before, self.view = self.view, view
        if self.view == before:
            return
        if ends_range(before) is not ends_range(view):
            self.refresh_bindings()
        arranged = [(one.active, one.zoomed, bool(one.plan)) for one in (before, view)]
        if arranged[0] != arranged[1]:
            self._lay_out()
            self._follow_focus()
        self._present()

    def on_tabs_chosen(self, message: Tabs.Chosen) -> None:
        """Go to the pane whose tab was clicked."""
        message.stop()
        self.action_pane(message.name)

    def _present(self) -> None:
        if self.phase is Phase.READY and not self._subject.rows:
            return  # no pane has anything to say of an image without layers
        for pane in self._panes.values():
            pane.present(self._subject, self.view)
        self.query_one(PlanStrip).present(self._subject, self.view)
        self.query_one(KeyBar).name_again()

    def _follow_focus(self) -> None:
        pane = self._panes[self.view.active]
        if self._sees_panes and (self.focused is None or pane not in self.focused.ancestors):
            pane.take_focus()

    def _settle_focus(self) -> None:
        """Give keys to the active pane when panes come into sight, and to nothing when they go."""
        if not self._sees_panes:
            self.set_focus(None)
        elif self.focused is None:
            self.call_after_refresh(self._follow_focus)

    # --- where things are

    def on_resize(self) -> None:
        """Choose what is seen on a screen of this size."""
        self._lay_out()
        self._present()
        self._settle_focus()
        self.begin_drawing()

    @property
    def complete(self) -> bool:
        """Tell whether all there is to know is shown."""
        return self.phase is Phase.READY and self._subject.complete

    @property
    def inspection(self) -> Inspection | None:
        """The image, once it is read."""
        return self._subject.inspection

    @property
    def layer_rows(self) -> list[int | None]:
        """By row of the layers pane: its layer."""
        return self._subject.layers

    @property
    def _sees_panes(self) -> bool:
        """Tell whether panes are shown: there are layers to list, and there is room."""
        return bool(self._subject.rows) and self.phase is not Phase.FAILED and not too_small(*self.size)

    def _lay_out(self) -> None:
        width, height = self.size
        shape = shape_of(width)
        taken = 4 if shape is Shape.ONE else 3
        has_strip = bool(self.view.plan or self._foresight.wished)
        taken += has_strip if self.phase is Phase.READY else 4
        specs = [pane.SPEC for pane in PANES]
        zoomed = self.view.zoomed and shape is not Shape.ONE
        in_sight = Shape.ONE if zoomed else shape
        shown = panes_shown(specs, (self.view.active, *self.view.recent), in_sight, height - taken)
        tabs = self.query_one(Tabs)
        tabs.show(self.view.active, shown)
        plan = (self.size, has_strip, self.phase, self._sees_panes, shown, zoomed, len(self._subject.rows))
        if plan == self._plan:
            return  # what follows makes Textual lay out the whole screen
        before, self._plan = self._plan, plan
        self.draw_once_moved()
        classes = {one.value: one is shape for one in Shape}
        classes["-too-small"] = too_small(width, height)
        classes["-alone"] = not self._sees_panes
        classes["-zoomed"] = zoomed
        classes["-ready"] = self.phase is Phase.READY and self._sees_panes
        # All at once: each change styles every widget again. The first need not: Textual does so when a screen begins.
        self.update_classes(classes, update=bool(before), animate=False)
        tabs.display = self._sees_panes and len(shown) < len(PANES)
        for name, pane in self._panes.items():
            pane.display = name in shown
            pane.border_subtitle = Content(f"{pane.key('pane.zoom')} shows all panes") if zoomed else None
        for column in Column:
            names = [spec.name for spec in specs if spec.column is column and spec.name in shown]
            self.query_one(f"#{column.value}").display = bool(names)
            self._share_height([self._panes[name] for name in names], height - taken)

    def _share_height(self, panes: list[Pane], height: int) -> None:
        """Give a pane that needs less than its share only what it needs, where another can use the rest."""
        for pane in panes:
            wanted = pane.wanted_height(self._subject)
            shared = wanted is not None and len(panes) > 1
            free = "2fr" if pane.SPEC.when_asked else "1fr"  # who asked for a pane wants to see much of it
            pane.styles.height = min(wanted or 0, max(height * 6 // (5 * len(panes)), 6)) if shared else free

    def _headline(self, width: int) -> tuple[Line, ...]:
        if self._subject.inspection and self.phase is Phase.READY:
            return headline(self._subject.inspection, width, complete=self._subject.complete)
        return plain_headline(self._reference, self._origin, width)

    def _notice(self, width: int) -> tuple[Line, ...]:
        key = partial(key_of, self)
        if too_small(*self.size):
            return notices.too_small_lines(width, self.size.height)
        if self.phase is Phase.FAILED and self.error:
            return notices.error_lines(self.error, self._reference, width, key)
        if self.phase is Phase.STOPPED:
            return notices.stopped_lines(self._reference, width, key, layers_known=self._sees_panes)
        if self.phase is Phase.READING:
            return notices.reading_lines(self._reference, self._reading, width, key, alone=not self._sees_panes)
        return () if self._sees_panes else notices.empty_lines(self._reference, width, key)

    # --- reading

    def action_reload(self) -> None:
        """Read the image, from the beginning."""
        self._begin(NOTHING)

    def _begin(self, known: Subject) -> None:
        self.error, self._reading = None, None
        self._loader = self._make_loader(self)
        self._enter(Phase.READING, known)
        self._loader.start()

    def action_stop(self) -> None:
        """Stop reading."""
        if self._loader:
            self._loader.stop()
        self.error = CancelledError()
        self._enter(Phase.STOPPED, replace(self._subject, stopped=True))

    def stop_reading(self) -> None:
        """Let the reading thread end; the screen is about to go."""
        if self._loader:
            self._loader.stop()

    def _enter(self, phase: Phase, subject: Subject) -> None:
        self.phase, self._subject = phase, subject
        self._lay_out()
        self._present()
        for name in ("#headline", "#notice"):
            self.query_one(name, Written).renew()
        self.refresh_bindings()
        self._settle_focus()

    def on_announced(self, message: loading.Announced) -> None:
        """List the layers while their contents are read."""
        if self.phase is Phase.READING and message.rows != self._subject.rows:
            self._origin = origin_of(message.raw.source, message.raw.platform)
            self._enter(Phase.READING, Subject(message.rows))

    def on_progressed(self, message: loading.Progressed) -> None:
        """Move the bar."""
        if self.phase is Phase.READING:
            self._reading = message.reading
            self.query_one("#notice", Written).renew()

    async def on_loaded(self, message: loading.Loaded) -> None:
        """Show everything: first put panes where they are, then let them write, with time for a key in between."""
        if self.phase in {Phase.READING, Phase.READY}:
            known = Subject(message.rows, message.inspection, planner=message.planner, coming=message.coming)
            self.phase, self._subject = Phase.READY, known
            self._lay_out()
            await asyncio.sleep(0)
            if self._subject is known:
                self._enter(Phase.READY, known)
        self.set_timer(DRAWN_S, message.shown.set)

    def on_failed(self, message: loading.Failed) -> None:
        """Say why there is nothing to see."""
        if self.phase is Phase.READING:
            self.error = message.error
            self._enter(Phase.FAILED, NOTHING)
            if isinstance(self.error, AmbiguousImageError) and self.error.candidates:
                self.post_message(ChooseImage(self.error))

    # --- keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Say which keys make sense now; the footer shows no others."""
        zoom = shape_of(self.size.width) is not Shape.ONE
        return works(action, self.phase, self.view, sees_panes=self._sees_panes, can_zoom=zoom)

    def action_find(self) -> None:
        """Type a filter in the files pane; who gives it up comes back to the pane in use now."""
        origin = self.view.active
        self.action_pane("files")
        self.query_one(FilesPane).open_filter(origin)

    def action_find_everywhere(self) -> None:
        """Search all layers, beginning with the filter."""
        self.post_message(FindEverywhere(self.view.query))

    def action_clear(self) -> None:
        """Show all files again."""
        self.apply(lambda view: stop_finding(view, self.inspection.tree) if self.inspection else view)
