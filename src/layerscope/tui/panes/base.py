"""What all panes have in common: a name, a place, a title, and one way to be told and to ask.

A pane is given the subject and the view (`present`), shows its part of both, and asks for another view with a pure
function, by what it was given for that (`Ask`). It knows neither the screen nor another pane.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar

from textual import events
from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget

from layerscope.analysis.plan import Planner
from layerscope.frozen import dataclass
from layerscope.model.inspection import Inspection
from layerscope.tui.boundkeys import is_key_of, key_of, with_keys
from layerscope.tui.fit import width_of
from layerscope.tui.layout import PaneSpec
from layerscope.tui.rows import StepRow
from layerscope.tui.state import ViewState, focus, plan_path, turn_zoom
from layerscope.tui.wanted import Coming


@dataclass(frozen=True, slots=True)
class Subject:
    """What is known of the image so far."""

    rows: tuple[StepRow, ...] = ()
    """Of the layers pane; known before the files are."""
    inspection: Inspection | None = None
    stopped: bool = False
    """The user stopped the reading: there will be no inspection."""
    planner: Planner | None = None
    """Once the findings are known, too: they are the last."""
    coming: Coming | None = None
    """The first comparison, where another process makes it."""

    @property
    def complete(self) -> bool:
        """Tell whether all there is to know is known."""
        return self.planner is not None

    def adds_to(self, before: "Subject") -> bool:
        """Tell whether this is the image of another subject with more known of it: its findings."""
        one, other = self.inspection, before.inspection
        return one is not None and other is not None and one.tree is other.tree

    def unknown(self, what: str) -> str:
        """Say why something is not there."""
        return f"{what}: reading was stopped." if self.stopped else f"{what} until all layers are read."

    @property
    def layers(self) -> list[int | None]:
        """By row: its layer, or the one it is a part of."""
        return [row.part_of for row in self.rows]


NOTHING = Subject()
_ORDER = "files.sort"
"""What a click on names of columns means, too: where they cannot be sorted, that is said."""
_BORDER = 6
"""Cells of a border that a title cannot have."""

Ask = Callable[[Callable[[ViewState], ViewState]], None]
"""Takes a change of the view. A call, not a message: whatever a key changes is on the screen at once, in one go; by
message each pane would get its turn after the screen was drawn with the half of it."""


class Pane(Vertical):
    """A part of the screen with a border and a title."""

    SPEC: ClassVar[PaneSpec]
    TITLE: ClassVar[str]
    HELP_TEXT: ClassVar[str]
    """What the pane shows, in one line for the help."""
    ELSEWHERE: ClassVar[Mapping[str, str]] = {}
    """What to say of a key that works in most panes, but not in this one: by the id of its action in another pane."""
    SHOWS_FINDINGS: ClassVar[bool] = False
    """It shows another subject when findings are added to one."""
    DEFAULT_CSS = """
    Pane {
        border: round $pane-border;
        border-title-color: $dim-text;
        height: 1fr;
        &:focus-within { border: round $focus; border-title-color: $focus; border-title-style: bold; }
    }
    """

    def __init__(self, number: int, ask: Ask) -> None:
        """Make the pane of a number key."""
        super().__init__(id=self.SPEC.name)
        self._number = number
        self.ask = ask
        self._own_key: str | None = None
        self._said: tuple[str, ...] = ()
        self._presented: tuple[Subject, ViewState] | None = None

    def key(self, action: str) -> str:
        """Say the key that an action has here, by its id."""
        return key_of(self, action)

    def tell(self, text: str, **how: Any) -> None:
        """Tell something at the edge of the screen; keys are named by the ids of their actions, in braces."""
        self.notify(with_keys(self, text), markup=False, **how)

    def ask_for_path(self, node: int, path: str) -> None:
        """Ask for a path (printable) to be planned to be never added; if it is, take that back. Say which it was."""
        from layerscope.analysis.needed import is_of_the_system

        def turn(view: ViewState) -> ViewState:
            # What is planned is known only here: the pane shows no plan before its numbers are there.
            if node in view.plan.dropped:
                self.notify(f"No longer planned: to leave out {path}.", markup=False)
            elif is_of_the_system(path):
                why = "the system and later steps need it. Its number is what doing without it by hand would save."
                self.notify(f"No Dockerfile can leave out {path}: {why}", severity="warning", markup=False)
            else:
                self.notify(f"Planned: to leave out {path}.", markup=False)
            return plan_path(view, node)

        self.ask(turn)

    @property
    def _key_shown(self) -> str:
        """The key that goes here: its number, unless the configuration has another."""
        if self._own_key is None:
            self._own_key = self.key(f"pane.{self.SPEC.name}") or str(self._number)
        return self._own_key

    def on_mount(self) -> None:
        """Show the name before there is more to say."""
        self.say()

    def say(self, *details: str, shorter: Iterable[Sequence[str]] = ()) -> None:
        """Set the title: the pane's name, and what it shows right now (printable text).

        Where that has no room the first of `shorter` that has some is shown, whole; without any, what stands last is
        left out first. What is left is cut.
        """
        shorter = tuple(shorter) or tuple(details[:count] for count in range(len(details) - 1, 0, -1))
        said = tuple(
            "".join([f"{self._key_shown} {self.TITLE}", *(f" · {detail}" for detail in one)])[:400]
            for one in (details, *shorter)
        )
        if said != self._said:
            self._said = said
            self._show_title()

    def _show_title(self) -> None:
        # Textual keeps a blank on both sides of a title only where the border has corners.
        blank = "" if self.styles.border_left[0] else " "
        room = self.size.width - _BORDER
        text = next((one for one in self._said if width_of(one) <= room), self._said[-1] if self._said else "")
        self.border_title = Content(f"{blank}{text}{blank}")

    def on_resize(self) -> None:
        """Fit the title to the border, which depends on the width of the screen."""
        self._show_title()

    def present(self, subject: Subject, view: ViewState) -> None:
        """Take what is to be shown; a pane that is not seen waits until it is."""
        if not self.display or self._presented == (subject, view):
            return
        before, self._presented = self._presented, (subject, view)
        known = before is not None and (
            subject is before[0] or (subject.adds_to(before[0]) and not self.SHOWS_FINDINGS)
        )
        if before is None or not known:
            self.renew(subject, view)
        else:
            self.follow(subject, view, before[1])

    def _is_news(self, subject: Subject, before: Subject) -> bool:
        return subject is not before and (self.SHOWS_FINDINGS or not subject.adds_to(before))

    def renew(self, subject: Subject, view: ViewState) -> None:
        """Show another subject."""
        raise NotImplementedError

    def follow(self, subject: Subject, view: ViewState, before: ViewState) -> None:
        """Show another view of the same subject; do nothing where nothing of the pane's has changed."""
        raise NotImplementedError

    def wanted_height(self, subject: Subject) -> int | None:
        """Say how many rows would show everything, borders included; None for as many as there are."""
        del subject
        return None

    def take_focus(self) -> None:
        """Give the focus to the pane's own list or text."""
        raise NotImplementedError

    def give_focus(self, widget: Widget) -> None:
        """Give the focus to a widget, at once: its own `focus` does so after the screen is drawn without it."""
        self.screen.set_focus(widget, scroll_visible=False)

    def on_click(self, event: events.Click) -> None:
        """Take the focus wherever the pane is clicked; a double click on its title gives it the whole screen."""
        event.stop()
        if not self._has_focus_inside():
            self.take_focus()
        if event.chain == 1 and _ORDER in self.ELSEWHERE and self._is_header(event.screen_x, event.screen_y):
            self.tell(self.ELSEWHERE[_ORDER])
        if event.chain == 2 and event.screen_y == self.region.y and self.styles.border_left[0]:
            self.ask(lambda view: turn_zoom(focus(view, self.SPEC.name)))

    def _is_header(self, x: int, y: int) -> bool:
        """Tell whether a place is one with names of columns."""
        return any(one.region.contains(x, y) for one in self.query(".columns"))

    def on_key(self, event: events.Key) -> None:
        """Say why a key does nothing; those that do something do not come here."""
        for action, text in self.ELSEWHERE.items():
            if is_key_of(self, action, event.key):
                event.stop()
                self.tell(text)

    def on_descendant_focus(self) -> None:
        """Become the active pane, however the focus came here."""
        # By the time the screen hears of it, the focus may have gone elsewhere; then it is not news any more.
        self.ask(lambda view: focus(view, self.SPEC.name) if self._has_focus_inside() else view)

    def _has_focus_inside(self) -> bool:
        focused = self.screen.focused
        return focused is not None and self in focused.ancestors
