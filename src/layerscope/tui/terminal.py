"""Which stream the screen is drawn on: standard output, as everything that is a result.

Textual draws on standard error, so that `layerscope x 2>log` would show nothing and wait for keys.
"""

import sys

from textual.driver import Driver


def driver_on_stdout(usual: type[Driver]) -> type[Driver]:
    """Give a driver that draws on standard output, where the usual one would not."""
    if sys.platform == "win32" or sys.__stdout__ is None or not sys.__stdout__.isatty():
        return usual
    from textual.drivers.linux_driver import LinuxDriver

    if usual is not LinuxDriver:
        return usual  # the user, or a browser, wants another

    class StdoutDriver(LinuxDriver):
        """Textual's driver for terminals, on standard output."""

        def __init__(self, *args: object, **how: object) -> None:
            super().__init__(*args, **how)  # type: ignore[arg-type]
            self._file = sys.__stdout__

    return StdoutDriver
