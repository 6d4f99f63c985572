"""Keys can be others: by preset, by configuration; what cannot be is said with what could."""

import re

import pytest

from builder import ImageBuilder
from layerscope.config.tui import TuiSettings, parse_tui
from layerscope.errors import ConfigError, EngineError
from layerscope.pipeline import InspectOptions
from layerscope.tui.app import LayerscopeApp
from layerscope.tui.keymap import DIVE, actions, keymap
from layerscope.tui.phase import Phase
from tui.driver import Session, failing, reader_of
from tui.looked_at import said
from tui.wasteful import wasteful_image


def settings(preset: str = "layerscope", **keys: str) -> TuiSettings:
    return TuiSettings(preset=preset, keys=tuple((name.replace("__", "."), key) for name, key in keys.items()))


async def pressed(setting: TuiSettings, *keys: str) -> tuple[str, str, bool]:
    """Open with other keys, press some; the active pane, the footer, and whether the app ended."""
    app = LayerscopeApp(
        "shop:1", options=InspectOptions(), inspect=reader_of(wasteful_image().raw_image("shop:1")), settings=setting
    )
    async with app.run_test(size=(200, 60)) as pilot:
        session = Session(app, pilot)
        await session.until(lambda: app.inspect_screen.phase is Phase.READY)
        await session.press(*keys)
        return session.active, session.lines[-1] if app.is_running else "", app._exit


def test_every_action_has_an_id_of_its_own_and_words() -> None:
    found = actions()
    assert len(found) > 40
    assert all(action.meaning and action.keys for action in found.values())
    assert {"files.sort", "list.down", "app.quit", "layers.plan", "pane.files"} <= set(found)
    assert found["list.down"].keys == ("down", "j")


def test_the_defaults_are_no_map() -> None:
    assert keymap(TuiSettings()) == {}


@pytest.mark.parametrize(("key", "long"), [("ctrl+o", "ctrl+o"), ("f5", "f5"), ("!", "exclamation_mark"), ("ö", "ö")])
def test_keys_are_written_as_they_are_typed(key: str, long: str) -> None:
    assert keymap(settings(files__sort=key))["files.sort"] == long


async def test_a_key_that_is_given_to_another_action_does_that() -> None:
    assert (await pressed(settings(app__quit="Q"), "Q"))[2]
    active, footer, ended = await pressed(settings(app__quit="Q"), "q")
    assert not ended
    assert "Q quit" in footer
    assert active == "layers"


async def test_what_shares_a_key_keeps_it() -> None:
    keys = settings(load__again="f5")
    active, _footer, _ended = await pressed(keys, "2", "slash", "p", "enter", "escape")
    assert active == "files"


async def test_with_dives_keys_dives_keys_work() -> None:
    setting = TuiSettings(preset="dive")
    assert set(DIVE) <= set(actions())
    assert (await pressed(setting, "ctrl+c"))[2]
    active, _footer, _ended = await pressed(setting, "ctrl+f")
    assert active == "files"
    app = LayerscopeApp(
        "shop:1", options=InspectOptions(), inspect=reader_of(wasteful_image().raw_image("shop:1")), settings=setting
    )
    async with app.run_test(size=(200, 60)) as pilot:
        session = Session(app, pilot)
        await session.until(lambda: app.inspect_screen.phase is Phase.READY)
        await session.press("ctrl+l")
        assert app.inspect_screen.view.title != "what layer 0 did"
        await session.press("2", "ctrl+o")
        assert "by size" in session.pane_text("files")


@pytest.mark.parametrize(("key", "sent"), [("ctrl+space", "ctrl+@"), ("ctrl+slash", "ctrl+underscore")])
async def test_keys_without_a_code_of_their_own_are_known_by_what_terminals_send(key: str, sent: str) -> None:
    for pressed_key in (key, sent):
        active, _footer, _ended = await pressed(settings(pane__waste=key), pressed_key)
        assert active == "waste"
    if key == "ctrl+slash":
        active, footer, _ended = await pressed(TuiSettings(preset="dive"), sent)
        assert active == "files"
        assert "to the list" in footer


async def test_an_empty_pane_names_the_keys_as_they_are_now() -> None:
    app = LayerscopeApp(
        "clean:1",
        options=InspectOptions(),
        inspect=reader_of(ImageBuilder("clean:1").layer({"a": b"1"}).layer({"b": b"1"}).raw_image("clean:1")),
        settings=settings(pane__findings="f6", find__everywhere="f7"),
    )
    async with app.run_test(size=(140, 50)) as pilot:
        session = Session(app, pilot)
        await session.until(lambda: app.inspect_screen.phase is Phase.READY)
        await session.press("5")
        assert "f6      shows" in session.pane_text("waste")
        await session.press("2", "slash", *"zzz")
        assert "f7      searches all layers" in session.pane_text("files")


async def test_the_help_names_the_keys_as_they_are_now_also_of_panes_that_were_never_visited() -> None:
    app = LayerscopeApp(
        "shop:1",
        options=InspectOptions(),
        inspect=reader_of(wasteful_image().raw_image("shop:1")),
        settings=settings(waste__plan="f11"),
    )
    async with app.run_test(size=(120, 300)) as pilot:
        session = Session(app, pilot)
        await session.until(lambda: app.inspect_screen.phase is Phase.READY)
        await session.press("question_mark")
        read = ""
        for _ in range(6):
            read += session.text
            await session.press("pagedown")
        assert re.search(r"f11 +plan to never add the path", read), read


OTHER_KEYS = settings(
    files__extract="f3", layers__plan="f4", files__plan="f5", list__choose="f6", find="f7", plan__all="f8"
)


async def test_a_key_that_is_refused_and_what_it_says_are_those_of_the_configuration() -> None:
    app = LayerscopeApp(
        "shop:1",
        options=InspectOptions(),
        inspect=reader_of(wasteful_image().raw_image("shop:1")),
        settings=OTHER_KEYS,
    )
    async with app.run_test(size=(140, 50)) as pilot:
        session = Session(app, pilot)
        await session.until(lambda: app.inspect_screen.phase is Phase.READY)
        await session.press("5", "x")
        assert said(session) == ""  # x is no key of anything any more
        await session.press("f3")
        assert said(session) == "It is extracted in Files: f6 goes to it."
        await session.press("4", "f5")
        assert "Lines cannot be planned" in said(session)
        await session.press("2", "n")
        assert "There is no filter: f7 begins one." in said(session)
        await session.press("8", "z")
        assert "f4      in Layers: squash" in session.pane_text("plan")
        assert "f5      in Files and Waste" in session.pane_text("plan")
        assert "f8      here: fix all findings" in session.pane_text("plan")
        await session.press("z", "question_mark")
        assert "f4 in Layers squashes" in session.text


async def test_a_failure_names_the_keys_as_they_are_now() -> None:
    app = LayerscopeApp(
        "gone:1",
        options=InspectOptions(),
        inspect=failing(EngineError("no")),
        settings=settings(app__quit="Q", load__again="f9"),
    )
    async with app.run_test(size=(80, 24)) as pilot:
        session = Session(app, pilot)
        await session.until(lambda: app.inspect_screen.phase is Phase.FAILED)
        assert "f9 tries again   Q quits" in session.text


@pytest.mark.parametrize(
    ("keys", "said", "hint"),
    [
        ({"files__srot": "o"}, 'there is no action "files.srot"', "did you mean files.sort?"),
        ({"files__sort": "pgeup"}, 'there is no key "pgeup"', "did you mean pageup?"),
        ({"files__sort": "hyper+x"}, '"hyper" is no modifier', "there are ctrl, alt and shift"),
        ({"files__sort": "o"}, "o would mean files.sort and files.pager", 'give "files.pager" another key, too'),
        ({"files__sort": "q"}, "q would mean files.sort and app.quit", 'give "app.quit" another key, too'),
    ],
)
def test_what_cannot_be_is_said_with_what_could(keys: dict[str, str], said: str, hint: str) -> None:
    with pytest.raises(ConfigError) as caught:
        keymap(settings(**keys))
    assert said in caught.value.message
    assert caught.value.hint == hint


def test_two_actions_can_change_keys() -> None:
    found = keymap(settings(files__sort="o", files__pager="s"))
    assert found["files.sort"] == "o"
    assert found["files.pager"] == "s"


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("x", "is not a table"),
        ({"prest": "dive"}, "is no known key"),
        ({"preset": "vim"}, "vim"),
        ({"keys": {"find": 3}}, "is no key"),
        ({"keys": {"files": {"sort": "o"}}}, "is a table"),
        ({"theme": 1}, "is not a name"),
        ({"remember": "no"}, "is neither true nor false"),
    ],
)
def test_a_table_that_makes_no_sense_is_said(table: object, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_tui("tui", table)
    assert said in caught.value.message


def test_keys_of_one_action_can_be_a_list() -> None:
    assert parse_tui("tui", {"keys": {"find": ["/", ","]}}).keys == (("find", "/,comma"),)


async def test_a_pane_is_called_by_the_key_that_it_has() -> None:
    app = LayerscopeApp(
        "shop:1",
        options=InspectOptions(),
        inspect=reader_of(wasteful_image().raw_image("shop:1")),
        settings=settings(pane__waste="W"),
    )
    async with app.run_test(size=(80, 24)) as pilot:
        session = Session(app, pilot)
        await session.until(lambda: "Waste" in session.lines[-2])
        assert "W Waste" in session.lines[-2]
        assert "5 Waste" not in session.text
        await session.press("W")
        assert session.pane_lines("waste")[0].split()[1:3] == ["W", "Waste"]
