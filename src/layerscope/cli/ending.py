"""The end of the process, at once: nothing is taken apart that the operating system throws away as a whole."""

import os
import sys


def end(code: int) -> None:
    """End the process; returns where the interpreter must do it, because something is left that it may have to say.

    To free 10⁵ entries one by one takes a twentieth of a run. All else that the interpreter does is done first.
    """
    import atexit
    import threading

    try:
        # Nobody waits for daemons: such as read the end of an engine's answer
        if all(thread.daemon for thread in threading.enumerate() if thread is not threading.current_thread()):
            atexit._run_exitfuncs()  # noqa: SLF001  as multiprocessing ends its processes
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
    except (OSError, ValueError, AttributeError):  # a full disk, a closed or a missing stream
        return
