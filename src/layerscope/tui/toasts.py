"""What is told in the line above the keys: each thing once, one at a time, and gone by escape.

Owns how many there are and how they go. What is told is everybody's own business (`notify`).
"""

from textual import events
from textual.app import App
from textual.notifications import Notification, Notify

from layerscope.tui import fit

TOLD_S, GREETED_S = 4, 8
_BESIDE = 3
"""Cells beside what is told: its edge and blanks."""
MOST_TOLD = 1
"""One line is below a pane where there is little room, the tabs, but for the keys. More would cover its rows."""


class Telling(App[None]):
    """The part of the application that tells things."""

    NOTIFICATION_TIMEOUT = TOLD_S

    def on_notify(self, message: Notify) -> None:
        """Make room: what is told already is told anew, not twice. Textual adds the new one after this."""
        new, told = message.notification, list(self._notifications)
        again = [
            one for one in told if (one.message, one.title, one.severity) == (new.message, new.title, new.severity)
        ]
        others = [one for one in told if one not in again]
        for one in [*again, *others[: max(len(others) + 1 - MOST_TOLD, 0)]]:
            self._unnotify(one, refresh=False)

    def _refresh_notifications(self) -> None:
        super()._refresh_notifications()
        self._make_room()

    def _unnotify(self, notification: Notification, refresh: bool = True) -> None:  # noqa: FBT001, FBT002 - Textual's own
        super()._unnotify(notification, refresh)
        self._make_room()

    def on_resize(self, event: events.Resize) -> None:
        """Leave as much room as what is told needs in the new width."""
        if len(self._notifications):  # before the first one there may be no screen yet
            self._make_room(event.size.width)

    def _make_room(self, screen_width: int | None = None) -> None:
        width = (self.size.width if screen_width is None else screen_width) - _BESIDE
        lines = (
            sum(len(fit.wrap(line, width)) for line in one.message.split("\n"))
            for one in self._notifications
            if width > 0
        )
        self.keep_free(max(lines, default=0))

    def keep_free(self, lines: int) -> None:
        """Leave so many lines above the keys to what is told."""

    _is_greeting = False

    def greet(self, text: str) -> None:
        """Tell something until the first key is pressed, or for a while."""
        self._is_greeting = True
        self.notify(text, timeout=GREETED_S, markup=False)

    def pressed(self, key: str) -> None:
        """Take away what is told where a key says that it was read."""
        if key == "escape" or self._is_greeting:
            self.tell_no_more()
        self._is_greeting = False

    def tell_no_more(self) -> None:
        """Take away what is told: it was read, or is in the way."""
        if self._notifications:
            self.clear_notifications()
