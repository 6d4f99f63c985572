"""What the screen says while an image is read, when that is stopped, and when it fails."""

import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest

from layerscope.errors import AmbiguousImageError, CancelledError, EngineError, LayerscopeError, NotAnImageError
from layerscope.model.inspection import Inspection
from layerscope.pipeline import InspectOptions, Watcher, inspect_raw
from layerscope.tui.phase import Phase
from tui.driver import SIZES, Session, failing, started
from tui.wasteful import FINDINGS, wasteful_image

HINT = "write it with docker save NAME -o image.tar"


class Gate:
    """A reader that waits where a test wants it to."""

    def __init__(self) -> None:
        self.announce = threading.Event()
        self.finish = threading.Event()
        self.attempts = 0
        self.stopped = threading.Event()

    def __call__(self, _reference: str, *, options: InspectOptions, watcher: Watcher) -> Inspection:
        self.attempts += 1
        raw = wasteful_image().raw_image("shop:1")
        try:
            watcher.progress("export", 250_000, 1_000_000)
            self._wait(self.announce, watcher, "export")
            watcher.image_ready(raw)
            self._wait(self.finish, watcher, "layers")
        except CancelledError:
            self.stopped.set()
            raise
        return inspect_raw(raw, options=options)

    @staticmethod
    def _wait(event: threading.Event, watcher: Watcher, phase: str) -> None:
        while not event.wait(0.005):
            watcher.progress(phase, 500_000, 1_000_000)


@pytest.fixture
def gate() -> Iterator[Gate]:
    gate = Gate()
    yield gate
    gate.announce.set()
    gate.finish.set()


def phase_of(session: Session) -> Phase:
    return session.app.inspect_screen.phase


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
async def test_progress_is_shown_with_phase_bytes_and_bar(gate: Gate, size: tuple[int, int]) -> None:
    async with started(gate, size=size) as session:
        await session.until(lambda: "500 kB of 1.0 MB" in session.text)
        assert "Reading shop:1" in session.text
        assert "export" in session.text
        assert "━━━" in session.text
        assert "esc stops" in session.text


async def test_the_list_of_layers_appears_before_the_files_are_known(gate: Gate) -> None:
    async with started(gate) as session:
        gate.announce.set()
        await session.until(lambda: "Layers" in session.text)
        assert "RUN apt-get update" in session.pane_text("layers")
        assert " Stored " in session.pane_text("layers")  # the bytes of their tars: more is not known yet
        assert "Files are not known until all layers are read." in session.text
        await session.press("j", "j")
        assert session.layer == 1
        assert "being read" in session.pane_text("details")


async def test_what_was_chosen_while_reading_is_still_chosen_when_all_is_read(gate: Gate) -> None:
    async with started(gate) as session:
        gate.announce.set()
        await session.until(lambda: "Layers" in session.text)
        await session.press("j", "j", "j")
        gate.finish.set()
        await session.until(lambda: phase_of(session) is Phase.READY)
        assert session.layer == 2
        assert "what layer 2 did" in session.pane_text("files")
        assert "Reading" not in session.text


async def test_escape_stops_the_reading_and_says_how_to_go_on(gate: Gate) -> None:
    async with started(gate) as session:
        await session.until(lambda: "Reading" in session.text)
        await session.press("escape")
        assert "Stopped reading shop:1" in session.text
        assert "r reads it again" in session.text
        await session.until(gate.stopped.is_set)
        assert isinstance(session.app.ended_by, CancelledError)


async def test_layers_that_are_known_stay_when_the_reading_is_stopped(gate: Gate) -> None:
    async with started(gate) as session:
        gate.announce.set()
        await session.until(lambda: "Layers" in session.text)
        await session.press("escape", "j", "j")
        assert "Stopped reading" in session.text
        assert "Files are not known: reading was stopped." in session.text
        assert session.layer == 1
        assert "RUN apt-get update" in session.pane_text("details")


async def test_r_reads_again_after_a_stop(gate: Gate) -> None:
    async with started(gate) as session:
        await session.until(lambda: "Reading" in session.text)
        await session.press("escape", "r")
        gate.announce.set()
        gate.finish.set()
        await session.until(lambda: phase_of(session) is Phase.READY)
        assert gate.attempts == 2
        assert session.app.ended_by is None


async def test_leaving_while_reading_counts_as_stopped_by_the_user(gate: Gate) -> None:
    async with started(gate) as session:
        await session.until(lambda: "Reading" in session.text)
        await session.press("q")
    assert isinstance(session.app.ended_by, CancelledError)
    assert gate.stopped.wait(5)


@pytest.mark.parametrize("size", [*SIZES.values(), (40, 10)], ids=str)
@pytest.mark.parametrize(
    ("error", "title"),
    [
        (NotAnImageError("x.tar is a web page", hint=HINT), "This is not a container image"),
        (EngineError("no engine answered", hint=HINT), "No engine delivered the image"),
        (AmbiguousImageError("two images fit", choices=("a:1", "b:1"), hint=HINT), "Several images fit"),
        (ValueError("so not expected"), "A fault of our own"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_a_failure_says_what_why_and_what_to_do(error: Exception, title: str, size: tuple[int, int]) -> None:
    async with started(failing(error), size=size) as session:
        await session.until(lambda: phase_of(session) is Phase.FAILED)
        said = " ".join(session.text.split())
        assert title in said
        if size[1] > 10:
            assert str(error) in said
            assert "r tries again q quits" in said
            if isinstance(error, LayerscopeError):
                assert HINT in said
        await session.press("j", "2", "tab", "slash", "v", "enter")  # nothing of this makes sense now
        assert title in " ".join(session.text.split())
    assert session.app.ended_by is error


async def test_the_choices_of_an_ambiguous_image_are_listed() -> None:
    error = AmbiguousImageError("two images fit", choices=("shop:1", "shop:2"), hint="say which with --tag")
    async with started(failing(error), size=(80, 24)) as session:
        await session.until(lambda: phase_of(session) is Phase.FAILED)
        assert "choices  shop:1" in session.text
        assert "shop:2" in session.text


async def test_r_tries_again_after_a_failure(gate: Gate) -> None:
    attempts = []

    def at_second(reference: str, *, options: InspectOptions, watcher: Watcher) -> Inspection:
        attempts.append(reference)
        if len(attempts) == 1:
            raise EngineError("the engine is still starting")
        return gate(reference, options=options, watcher=watcher)

    gate.announce.set()
    gate.finish.set()
    async with started(at_second) as session:
        await session.until(lambda: phase_of(session) is Phase.FAILED)
        await session.press("r")
        await session.until(lambda: phase_of(session) is Phase.READY)
        assert "RUN apt-get update" in session.pane_text("layers")
        assert session.app.ended_by is None


async def test_everything_but_the_findings_is_there_before_the_findings_are() -> None:
    looked = threading.Event()

    def read(_reference: str, *, options: InspectOptions, watcher: Watcher) -> Inspection:
        whole = inspect_raw(wasteful_image().raw_image("shop:1"), options=options)
        watcher.inspected(replace(whole, findings=()))
        looked.wait(20)
        return replace(whole, findings=FINDINGS)

    async with started(read, size=(200, 60)) as session:
        await session.until(lambda: phase_of(session) is Phase.READY)
        assert "… findings" in session.lines[0]
        assert "Looking for what to change" in session.pane_text("findings")
        await session.press("j", "j", "j", "2", "j", "j")
        row = session.row("files")
        looked.set()
        await session.until(lambda: session.app.inspect_screen.complete)
        assert "2 findings" in session.lines[0]
        assert "apt lists deleted" in session.pane_text("findings")
        assert session.row("files") == row  # nothing else has moved


def test_phases_are_said_in_plain_words() -> None:
    from layerscope.tui.meter import Reading
    from layerscope.tui.notices import reading_lines

    for phase, said in (("stack", "folding layers"), ("compare", "comparing files"), ("ledger", "adding up")):
        lines = reading_lines("x", Reading(phase, 0, None, None), 80, lambda _action: "esc", alone=False)
        text = " ".join("".join(part for part, _role in line) for line in lines)
        assert said in text
        assert phase not in text.replace(said, "")
