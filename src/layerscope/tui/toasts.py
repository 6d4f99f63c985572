"""What is told in the last lines of the screen: each thing once, never more than a few, and gone by escape.

Owns how many there are and how they go. What is told is everybody's own business (`notify`).
"""

from textual.app import App
from textual.notifications import Notify

MOST_TOLD = 2
"""As many lines as there are below a pane where there is little room: keys and tabs. More would cover its rows."""


class Telling(App[None]):
    """The part of the application that tells things."""

    def on_notify(self, message: Notify) -> None:
        """Make room: what is told already is told anew, not twice. Textual adds the new one after this."""
        new, told = message.notification, list(self._notifications)
        again = [
            one for one in told if (one.message, one.title, one.severity) == (new.message, new.title, new.severity)
        ]
        others = [one for one in told if one not in again]
        for one in [*again, *others[: max(len(others) + 1 - MOST_TOLD, 0)]]:
            self._unnotify(one, refresh=False)

    def tell_no_more(self) -> None:
        """Take away what is told: it was read, or is in the way."""
        if self._notifications:
            self.clear_notifications()
