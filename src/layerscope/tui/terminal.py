"""The terminal: which stream the screen is drawn on, standard output as for everything that is a result; and its end.

Textual draws on standard error, so that `layerscope x 2>log` would show nothing and wait for keys.
"""

import os
import select
import sys
import threading
from codecs import getincrementaldecoder
from collections.abc import Callable
from typing import TYPE_CHECKING

from textual import constants
from textual.app import App
from textual.driver import Driver
from textual.message import Message

if TYPE_CHECKING:
    from textual._xterm_parser import XTermParser

_LOOK_EACH_S = 1.0
_GRACE_S = 3.0
_ASLEEP_S = 0.1
"""How often it is looked, while nothing is typed, whether it is over."""
_READ_BYTES = 4096
_HUNG_UP = 129
"""What a shell says of a process that a closed terminal ended (128 + SIGHUP)."""


def driver_on_stdout(usual: type[Driver]) -> type[Driver]:
    """Give a driver that draws on standard output, where the usual one would not."""
    if sys.platform == "win32" or sys.__stdout__ is None or not sys.__stdout__.isatty():
        return usual
    from textual._xterm_parser import XTermParser
    from textual.drivers.linux_driver import LinuxDriver

    if usual is not LinuxDriver:
        return usual  # the user, or a browser, wants another

    class StdoutDriver(LinuxDriver):
        """Textual's driver for terminals, on standard output."""

        def __init__(self, *args: object, **how: object) -> None:
            super().__init__(*args, **how)  # type: ignore[arg-type]
            self._file = sys.__stdout__

        def run_input_thread(self) -> None:
            read_keys(self.fileno, XTermParser(self._debug), self.process_message, self.exit_event.is_set)

    return StdoutDriver


def read_keys(
    descriptor: int, parser: "XTermParser", tell: Callable[[Message], object], is_over: Callable[[], bool]
) -> None:
    """Read what is typed, until it is over.

    As Textual's driver does, which looks each 0.1 s whether an escape stands alone, however soon that is known.
    """
    decode = getincrementaldecoder("utf-8")().decode
    wait_s = _ASLEEP_S
    while not is_over():
        if select.select([descriptor], [], [], wait_s)[0]:
            text = decode(os.read(descriptor, _READ_BYTES))
            for message in parser.feed(text) if text else ():
                tell(message)
            wait_s = constants.ESCAPE_DELAY
        else:
            wait_s = _ASLEEP_S
        for message in parser.tick():
            tell(message)


def leave_with_the_terminal(app: App[None]) -> None:
    """End the app when its terminal is closed, also where SIGHUP is ignored (nohup, some supervisors).

    Textual would read the end of its input for ever, with a core of its own.
    """
    if app.is_headless or not _is_there():
        return

    def look() -> None:
        if not _is_there():
            _end_hard(after_s=_GRACE_S)  # restoring the screen fails on a terminal that is gone
            app.exit()

    app.set_interval(_LOOK_EACH_S, look)


def _is_there() -> bool:
    return sys.__stdin__ is not None and not sys.__stdin__.closed and os.isatty(sys.__stdin__.fileno())


def _end_hard(*, after_s: float, end: Callable[[int], object] = os._exit) -> None:
    timer = threading.Timer(after_s, end, (_HUNG_UP,))
    timer.daemon = True
    timer.start()
