"""Where several images fit, the interface asks which; where something is not there, it says what, why and what next."""

from pathlib import Path

from builder import ImageBuilder, image_members, write
from layerscope.errors import AmbiguousImageError, Choice
from layerscope.model.inspection import Inspection
from layerscope.pipeline import InspectOptions, Watcher, inspect, inspect_raw
from layerscope.tui.app import LayerscopeApp
from layerscope.tui.phase import Phase
from tui.driver import Session, started
from tui.wasteful import wasteful_image

PLATFORMS = (Choice("linux/amd64", "platform", "linux/amd64"), Choice("[b]linux/arm64", "platform", "linux/arm64"))


def asking(asked: list[InspectOptions]) -> object:
    def read(_reference: str, *, options: InspectOptions, watcher: Watcher) -> Inspection:
        asked.append(options)
        if options.platform is None:
            raise AmbiguousImageError("x.tar holds 2 platforms", choices=("a", "b"), candidates=PLATFORMS)
        return inspect_raw(wasteful_image().raw_image("shop:1"), options=options, watcher=watcher)

    return read


async def test_the_one_that_is_chosen_is_read() -> None:
    asked: list[InspectOptions] = []
    async with started(asking(asked)) as session:  # type: ignore[arg-type]
        await session.until(lambda: "Which platform?" in session.text)
        assert "x.tar holds 2 platforms" in session.text
        assert "[b]linux/arm64" in session.text
        await session.press("j", "enter")
        await session.until(lambda: session.app.inspect_screen.complete)
        assert asked[-1].platform == "linux/arm64"


async def test_a_choice_that_is_given_up_leaves_the_explanation_and_can_be_asked_again() -> None:
    asked: list[InspectOptions] = []
    async with started(asking(asked)) as session:  # type: ignore[arg-type]
        await session.until(lambda: "Which platform?" in session.text)
        await session.press("escape")
        assert "Several images fit" in session.text
        assert session.app.inspect_screen.phase is Phase.FAILED
        await session.press("r")
        await session.until(lambda: "Which platform?" in session.text)
        await session.press("enter")
        await session.until(lambda: session.app.inspect_screen.complete)


async def test_an_archive_of_two_images_asks_which(tmp_path: Path) -> None:
    one, other = ImageBuilder("one:1").layer({"a": b"1"}), ImageBuilder("two:2").layer({"b": b"2"})
    path = tmp_path / "both.tar"
    write(path, image_members([one, other], "docker25", "none"))
    app = LayerscopeApp(str(path), options=InspectOptions(ask=True), inspect=inspect)
    async with app.run_test(size=(120, 40)) as pilot:
        session = Session(app, pilot)
        await session.until(lambda: "Which image?" in session.text)
        assert "one:1" in session.text
        await session.press("j", "enter")
        await session.until(lambda: session.app.inspect_screen.complete)
        assert session.app.inspection is not None
        assert session.app.inspection.image.tags == ("two:2",)


async def test_a_layer_that_is_not_there_says_why_it_has_no_files() -> None:
    from dataclasses import replace

    raw = ImageBuilder("part:1").layer({"a": b"1"}).layer({"b": b"2"}).raw_image("part:1")
    absent = replace(raw.layers[1], opener=None, absent_reason="its blob is not in the archive")
    raw = replace(raw, layers=(raw.layers[0], absent))
    async with started(lambda *_image, **how: inspect_raw(raw, **how)) as session:
        await session.until(lambda: session.app.inspect_screen.complete)
        await session.press("right_square_bracket")
        files = session.pane_text("files")
        assert "This layer could not be read." in files
        said = " ".join(files.replace("│", " ").split())
        assert "The source does not have it: its blob is not in the archive. All totals are lower bounds." in said
        assert "v shows the files that lie below, too" in said
        assert "≥" in session.lines[0]
