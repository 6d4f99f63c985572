"""Reading an image on a thread, and telling the screen by messages: rows first, then everything.

Owns the thread, its pace and its end. Progress is passed on ten times a second at most: a message costs the screen
more than a block of the image does. Knows no widget.
"""

import gc
import threading
import time
from collections.abc import Callable

from textual.message import Message

from layerscope.analysis.plan import Planner
from layerscope.errors import CancelledError
from layerscope.model.image import RawImage
from layerscope.model.inspection import Inspection
from layerscope.pipeline import InspectOptions, Watcher, inspect
from layerscope.tui.apart import Apart
from layerscope.tui.fairness import begin, fair_turns
from layerscope.tui.meter import Meter, Reading
from layerscope.tui.rows import StepRow, announced_rows, inspected_rows
from layerscope.tui.wanted import Coming

_INTERVAL_S = 0.1
_PATIENCE_S = 1.0
"""How long findings wait for the files to be on the screen, if nobody says that they are."""

Inspect = Callable[..., Inspection]


class Announced(Message):
    """The layers are known, but not what is in them."""

    def __init__(self, raw: RawImage, rows: tuple[StepRow, ...]) -> None:
        super().__init__()
        self.raw = raw
        self.rows = rows

    @classmethod
    def of(cls, raw: RawImage) -> "Announced":
        """Make the rows of an image of which only the manifest is read."""
        from layerscope.history.align import steps_of

        steps, _notes = steps_of(raw)
        return cls(raw, announced_rows(raw, steps))


class Progressed(Message):
    """The reading goes on."""

    def __init__(self, reading: Reading) -> None:
        super().__init__()
        self.reading = reading


class Loaded(Message):
    """The image is read; twice: `complete` when the findings are known, too."""

    def __init__(
        self,
        inspection: Inspection,
        rows: tuple[StepRow, ...],
        planner: Planner | None = None,
        coming: Coming | None = None,
    ) -> None:
        """With `planner` when the findings are known, too; `coming` is a comparison that is made meanwhile."""
        super().__init__()
        self.coming = coming
        self.inspection = inspection
        self.rows = rows
        self.planner = planner
        self.shown = threading.Event()
        """To be set when it is on the screen: what comes next can wait so long, and would make it wait."""

    @property
    def complete(self) -> bool:
        """Tell whether nothing more will come."""
        return self.planner is not None


class Failed(Message):
    """The image could not be read, or the user stopped it (`CancelledError`)."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error


class Loader:
    """One attempt to read an image."""

    def __init__(
        self,
        reference: str,
        options: InspectOptions,
        post: Callable[[Message], object],
        *,
        inspect: Inspect = inspect,
    ) -> None:
        """`post` takes messages on any thread."""
        self._reference = reference
        self._options = options
        self._post = post
        self._inspect = inspect
        self._stopped = threading.Event()
        self._meter = Meter()
        self._next_s = 0.0
        self._shown: threading.Event | None = None

    def start(self) -> None:
        """Begin; a daemon thread, because leaving the program must not wait for a stalled engine."""
        begin("load", self._run)

    def stop(self) -> None:
        """End the reading at its next step."""
        self._stopped.set()

    def _run(self) -> None:
        with fair_turns():
            try:
                message: Message = self._loaded()
            except Exception as error:  # noqa: BLE001 - every end is told to the screen, which decides
                message = Failed(error)
        if not (self._stopped.is_set() and isinstance(message, Loaded)):
            self._post(message)

    def _loaded(self) -> Loaded:
        watcher = Watcher(progress=self._progress, image_ready=self._announce, inspected=self._show)
        inspection = self._inspect(self._reference, options=self._options, watcher=watcher)
        if self._shown:
            self._shown.wait(_PATIENCE_S)
        # What is made here stays until the end: no collection need walk it, and each would hold up the screen
        gc.disable()
        try:
            planner = Planner(inspection)
            planner.prepare()
            loaded = Loaded(inspection, inspected_rows(inspection), planner)
            gc.freeze()
        finally:
            gc.enable()
        return loaded

    def _progress(self, phase: str, done_bytes: int, total_bytes: int | None) -> None:
        if self._stopped.is_set():
            raise CancelledError
        now_s = time.monotonic()
        if now_s >= self._next_s or phase != self._meter.phase:
            self._next_s = now_s + _INTERVAL_S
            self._post(Progressed(self._meter.feed(phase, done_bytes, total_bytes, now_s)))

    def _show(self, inspection: Inspection) -> None:
        inspection.tree.put_in_order()  # else the screen would stand still while it looks for the first paths
        coming = self._inspect.coming if isinstance(self._inspect, Apart) else None
        loaded = Loaded(inspection, inspected_rows(inspection), coming=coming)
        self._post(loaded)
        self._shown = loaded.shown
        if coming is None:  # what is worked out next is worked out here
            loaded.shown.wait(_PATIENCE_S)

    def _announce(self, raw: RawImage) -> None:
        if self._stopped.is_set():
            raise CancelledError
        self._post(Announced.of(raw))
