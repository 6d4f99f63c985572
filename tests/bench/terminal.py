"""Run a program in a real pseudo-terminal, see its screen, press its keys, and time what a person would feel.

Owns the pty, the emulated screen and the clock. Output is stamped when it is read and interpreted later, when the
program is quiet: the emulator is slow, and what it costs must not count as the program's time.
"""

import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, NoReturn, Self

from bench.child import Family, tree_of

COLUMNS: Final = 160
ROWS: Final = 45
QUIET_S: Final = 0.1
"""A screen that has not changed for so long is taken to be final."""
_UNANSWERED_S: Final = 1.0
_ANSWERS: Final = (
    (b"\x1b[6n", b"\x1b[1;1R"),
    (b"\x1b[c", b"\x1b[?62;22c"),
    (b"\x1b[?2026$p", b"\x1b[?2026;2$y"),
)
"""Questions of programs, and what a terminal answers; synchronised output is there and off."""
_PRIVATE: Final = re.compile(rb"\x1b\[[<>=?][0-9;]*[$]?[a-zA-Z]")
_MODE: Final = re.compile(rb"\x1b\[\?[0-9;]+[hl]")
_UNFINISHED: Final = re.compile(rb"\x1b(?:\[[0-9;:<>=?$ ]*)?\Z")


class NeverReadyError(RuntimeError):
    """The program ended, or time did, before the screen showed what was waited for; the message has the screen."""


@dataclass(frozen=True, slots=True)
class Answer:
    """How long after a key the screen began to change, and when it changed for the last time."""

    first_s: float
    settled_s: float

    def first_ms(self) -> float:
        """Milliseconds until the screen began to change."""
        return self.first_s * 1000

    def settled_ms(self) -> float:
        """Milliseconds until the screen was final."""
        return self.settled_s * 1000


class Terminal:
    """A program on a screen of 160 by 45, alive inside the `with` block."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        import pyte

        self._screen = pyte.Screen(COLUMNS, ROWS)
        self._stream = pyte.ByteStream(self._screen)
        self._unread: deque[tuple[float, bytes]] = deque()
        self._rest = b""
        self._alive = True
        kept = {**environment, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
        self._start_s = time.perf_counter()
        self.pid, self._fd = pty.fork()
        if self.pid == 0:
            _become(command, kept)
        self._family = Family(self.pid)

    def __enter__(self) -> Self:
        self._family.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._family.__exit__()
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        os.close(self._fd)
        os.waitpid(self.pid, 0)

    @property
    def text(self) -> str:
        """What is on the screen, as far as it was interpreted."""
        return "\n".join(self._screen.display)

    @property
    def peak_mb(self) -> float:
        """Most memory so far, in 10⁶ bytes, children included; 0 when the program has ended."""
        try:
            status = Path(f"/proc/{self.pid}/status").read_text()
        except OSError:
            return 0.0
        own = re.search(r"VmHWM:\s+(\d+)", status)
        return max(int(own[1]) if own else 0, self._family.peak_kb) * 1024 / 1_000_000

    @property
    def elapsed_s(self) -> float:
        """Seconds since the program was started."""
        return time.perf_counter() - self._start_s

    @property
    def cpu_s(self) -> float:
        """Processor time so far, of the program and its children, in steps of a hundredth of a second."""
        return sum(map(_ticks, tree_of(self.pid))) / os.sysconf("SC_CLK_TCK")

    def wait_for(self, *patterns: str, timeout_s: float = 300.0) -> list[float]:
        """Wait until the screen has shown each of the patterns; seconds from the start to the output that did."""
        found: dict[str, float] = {}
        while missing := [pattern for pattern in patterns if pattern not in found]:
            if self.elapsed_s > timeout_s or not (self._alive or self._unread):
                raise NeverReadyError(f"never on the screen: {missing[0]}\n{self.text}")
            if self._read(0.0 if self._unread else 0.01) or not self._unread:
                continue
            at_s, text = self._interpret(), self.text
            found |= {pattern: at_s - self._start_s for pattern in missing if re.search(pattern, text)}
        return [found[pattern] for pattern in patterns]

    def settle(self, quiet_s: float = 1.0, timeout_s: float = 10.0) -> None:
        """Let the program finish what it does by itself."""
        end_s = time.perf_counter() + timeout_s
        while time.perf_counter() < end_s and self._read(quiet_s):
            pass
        self._interpret_all()

    def press(self, keys: bytes) -> Answer | None:
        """Press a key, or some at once, and wait until the screen is quiet again; None when nothing changed."""
        self._interpret_all()
        start_s = time.perf_counter()
        os.write(self._fd, keys)
        while self._read(QUIET_S if self._unread else _UNANSWERED_S):
            pass
        if not self._unread:
            return None
        answer = Answer(self._unread[0][0] - start_s, self._unread[-1][0] - start_s)
        self._interpret_all()
        return answer

    def leave(self, keys: bytes, timeout_s: float = 30.0) -> None:
        """Press the keys that end the program, and wait until it has; raises `NeverReadyError` when it does not."""
        os.write(self._fd, keys)
        end_s = time.perf_counter() + timeout_s
        while self._alive:
            if time.perf_counter() > end_s:
                raise NeverReadyError(f"it does not end\n{self.text}")
            self._read(0.1)

    def _read(self, timeout_s: float) -> bool:
        """Take what the program writes within a time; say whether there was anything."""
        if not self._alive or not select.select([self._fd], [], [], timeout_s)[0]:
            return False
        try:
            data = os.read(self._fd, 1 << 16)
        except OSError:  # Linux says EIO where the other end is closed
            data = b""
        if not data:
            self._alive = False
            return False
        self._unread.append((time.perf_counter(), data))
        for question, answer in _ANSWERS:
            if question in data:
                os.write(self._fd, answer)
        return True

    def _interpret(self) -> float:
        """Put the oldest output on the screen; returns when it was read."""
        at_s, data = self._unread.popleft()
        plain, self._rest = understood(self._rest + data)
        self._stream.feed(plain)
        return at_s

    def _interpret_all(self) -> None:
        while self._unread:
            self._interpret()


def _ticks(pid: int) -> int:
    """Read the ticks of a process and of the children that it waited for; 0 when it has ended."""
    try:
        line = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return 0
    # Fields 14 to 17, behind the name, which may hold blanks and brackets.
    return sum(map(int, line.rpartition(")")[2].split()[11:15]))


def understood(data: bytes) -> tuple[bytes, bytes]:
    """Leave out what the emulator takes for text, and hold back a sequence that is not whole yet."""
    cut = _UNFINISHED.search(data)
    whole, rest = (data[: cut.start()], data[cut.start() :]) if cut else (data, b"")
    return _PRIVATE.sub(lambda match: match[0] if _MODE.fullmatch(match[0]) else b"", whole), rest


def _become(command: Sequence[str], environment: Mapping[str, str]) -> NoReturn:
    """Turn the new process into the program, on a screen of the right size from the start."""
    try:
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        os.execvpe(command[0], list(command), dict(environment))
    finally:
        os._exit(127)
