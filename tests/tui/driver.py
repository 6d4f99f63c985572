"""Driving the terminal interface in tests: an app on an image in memory, and what its screen says."""

import asyncio
from array import array
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from textual import _wait
from textual.pilot import Pilot

from builder import ImageBuilder
from layerscope.model.filetree import FileTree
from layerscope.model.findings import Finding, Part
from layerscope.model.image import RawImage
from layerscope.model.inspection import Inspection
from layerscope.model.ledger import Fate
from layerscope.pipeline import InspectOptions, Watcher, inspect_raw
from layerscope.tui.app import LayerscopeApp
from layerscope.tui.loading import Inspect
from layerscope.tui.panes.base import Pane
from layerscope.tui.widgets.lines import LineList

# After each key Textual's pilot looks four times, each time for 20 ms, whether the app is busy still: the tests slept
# half of their time. The share of a look below which an app counts as idle stays.
LOOK_EVERY_S = 0.005
_wait.SLEEP_IDLE *= LOOK_EVERY_S / _wait.SLEEP_GRANULARITY
_wait.SLEEP_GRANULARITY = LOOK_EVERY_S
_wait.wait_for_idle.__defaults__ = (LOOK_EVERY_S, 1)

SIZES = {"80x24": (80, 24), "120x40": (120, 40), "200x60": (200, 60)}


def reader_of(raw: RawImage, findings: tuple[Finding, ...] = ()) -> Inspect:
    """Give a door like the pipeline's that reads an image in memory."""

    def read(_reference: str, *, options: InspectOptions, watcher: Watcher) -> Inspection:
        watcher.image_ready(raw)
        # What detectors find is theirs to test, and grows: screens here have the findings that a test gives them.
        inspection = inspect_raw(raw, options=options, watcher=watcher)
        return replace(inspection, findings=tuple(_with_parts(finding, inspection.tree) for finding in findings))

    return read


def _with_parts(finding: Finding, tree: FileTree) -> Finding:
    """Let a finding on deleted files explain their bytes."""
    nodes = array("i", [node for path in finding.paths if (node := tree.find(path)) is not None])
    pairs = [(owner, killer) for owner in finding.owner_layers for killer in finding.killer_layers]
    return replace(finding, parts=tuple(Part(nodes, *pair, Fate.DELETED) for pair in pairs))


def failing(error: Exception) -> Inspect:
    """Give a door behind which there is no image."""

    def fail(_reference: str, **_how: object) -> Inspection:
        raise error

    return fail


@dataclass(slots=True)
class Session:
    """A running app."""

    app: LayerscopeApp
    pilot: Pilot[None]

    async def press(self, *keys: str) -> None:
        """Press keys, and wait until the screen has taken them in."""
        await self.pilot.press(*keys)
        await self.settle()

    async def settle(self) -> None:
        """Wait until everything that was asked for is drawn."""
        await self.pilot.pause()
        await self.pilot.pause()

    async def until(self, reached: Callable[[], bool], *, timeout_s: float = 10) -> None:
        """Wait for something that another thread brings about."""
        async with asyncio.timeout(timeout_s):
            while not reached():  # noqa: ASYNC110 - the other side is a thread, which sets no asyncio.Event
                await asyncio.sleep(0.01)
        await self.settle()

    @property
    def lines(self) -> list[str]:
        """The text on the screen."""
        return [strip.text for strip in self.app.screen._compositor.render_strips()]

    @property
    def text(self) -> str:
        return "\n".join(line.rstrip() for line in self.lines)

    def pane(self, name: str) -> Pane:
        return self.app.inspect_screen.query_one(f"#{name}", Pane)

    def list_of(self, name: str) -> LineList:
        return self.pane(name).query_one(LineList)

    def pane_lines(self, name: str) -> list[str]:
        """The text of one pane, borders included."""
        region = self.pane(name).region
        return [line[region.x : region.right].rstrip() for line in self.lines[region.y : region.bottom]]

    def pane_text(self, name: str) -> str:
        return "\n".join(self.pane_lines(name))

    def row(self, name: str) -> str:
        """The line of a pane's list that has the cursor."""
        lines = [line for line in self.pane_lines(name) if "▌" in line]
        assert lines, self.pane_text(name)
        return lines[0].strip("│ ▐").removeprefix("▌")

    @property
    def active(self) -> str:
        return self.app.inspect_screen.view.active

    @property
    def layer(self) -> int:
        return self.app.inspect_screen.view.layer


@asynccontextmanager
async def opened(
    image: ImageBuilder | RawImage,
    *,
    size: tuple[int, int] = (140, 40),
    reference: str = "shop:1",
    findings: tuple[Finding, ...] = (),
) -> AsyncIterator[Session]:
    """Open an image, and wait until it is read."""
    raw = image.raw_image(reference) if isinstance(image, ImageBuilder) else image
    async with started(reader_of(raw, findings), size=size, reference=reference) as session:
        await session.until(lambda: session.app.inspect_screen.complete)
        yield session


@asynccontextmanager
async def started(
    inspect: Inspect, *, size: tuple[int, int] = (140, 40), reference: str = "shop:1"
) -> AsyncIterator[Session]:
    """Start the app with another way to read."""
    app = LayerscopeApp(reference, options=InspectOptions(), inspect=inspect)
    try:
        async with app.run_test(size=size) as pilot:
            yield Session(app, pilot)
    finally:
        app.end_errands()
