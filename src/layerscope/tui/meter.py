"""How far the reading is, and how fast: progress calls in, one line's worth of facts out. Pure; time is given to it."""

from collections import deque

from layerscope.frozen import dataclass, field

WINDOW_S = 3.0
"""The rate is that of the last few seconds."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The state of a phase."""

    phase: str
    done_bytes: int
    total_bytes: int | None
    rate_bytes_s: float | None
    """None until enough is known."""

    @property
    def ratio(self) -> float | None:
        """Done / total, 0-1; None without a total."""
        return min(self.done_bytes / self.total_bytes, 1.0) if self.total_bytes else None


@dataclass(slots=True)
class Meter:
    """Remembers the last seconds of a phase."""

    phase: str = ""
    _points: "deque[tuple[float, int]]" = field(default_factory=deque)

    def feed(self, phase: str, done_bytes: int, total_bytes: int | None, now_s: float) -> Reading:
        """Take one progress call, made at a time of a monotonic clock."""
        if phase != self.phase:
            self.phase = phase
            self._points.clear()
        self._points.append((now_s, done_bytes))
        while len(self._points) > 2 and now_s - self._points[0][0] > WINDOW_S:
            self._points.popleft()
        since, before = self._points[0]
        elapsed = now_s - since
        rate = (done_bytes - before) / elapsed if elapsed > 0.2 and done_bytes >= before else None
        return Reading(phase, done_bytes, total_bytes, rate)
