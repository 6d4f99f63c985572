"""Looking inside: the viewer, versions and differences, other programs, taking out, and the clipboard."""

import os
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from textual.widgets import Input

from builder import ImageBuilder, file, symlink
from layerscope.pipeline import inspect
from layerscope.tui import clipboard, errands
from layerscope.tui.viewer.screen import Viewer
from tui.driver import Session, opened, started
from tui.looked_at import PROGRAM, go, looked_at_image, point_at, said, to_layer
from tui.wasteful import FINDINGS, wasteful_image

WIDE = (140, 40)


async def look(session: Session, layer: int, path: str, key: str = "enter") -> None:
    """Open the viewer on a file of a layer, and wait until it is read."""
    await go(session, "files")
    await to_layer(session, layer)
    await point_at(session, path)
    await session.press(key)
    await session.until(lambda: isinstance(session.app.screen, Viewer) and "reading" not in session.text)
    await session.until(lambda: "…" not in session.lines[5] and "comparing" not in session.text)


async def fill_in(session: Session, text: str, done: Callable[[], bool]) -> None:
    """Answer a question."""
    session.app.screen.query_one(Input).value = text
    await session.press("enter")
    await session.until(done)


def role_colours(session: Session, y: int) -> dict[str, str]:
    """The colour of each piece of a line of the screen."""
    strip = session.app.screen._compositor.render_strips()[y]
    return {
        segment.text.strip(): str(segment.style.color) for segment in strip if segment.style and segment.text.strip()
    }


async def test_enter_on_a_file_shows_its_text_with_numbers_and_colours() -> None:
    async with opened(looked_at_image(), size=WIDE) as session:
        await look(session, 1, "/srv/main.py")
        assert "/srv/main.py" in session.lines[0]
        assert "script" in session.lines[1]
        assert "     1 #!/usr/bin/env python3" in session.text
        assert '     4     print("hello")' in session.text
        colours = role_colours(session, 4)
        assert colours["def"] != colours["main"]
        await session.press("escape")
        assert session.active == "files"


async def test_a_binary_is_shown_as_bytes_and_its_facts_are_told() -> None:
    async with opened(looked_at_image(), size=WIDE) as session:
        await look(session, 0, "/usr/bin/tool")
        assert "00000000  7f 45 4c 46" in session.text
        assert ".ELF" in session.text
        await session.press("i")
        assert "ELF program" in session.text
        assert "x86-64, 64-bit" in session.text
        assert "layer 0" in session.text
        await session.press("t")
        await session.until(lambda: "␀" in session.text)


async def test_a_picture_says_its_size() -> None:
    async with opened(looked_at_image(), size=WIDE) as session:
        await look(session, 1, "/srv/logo.png")
        await session.press("i")
        assert "PNG image" in session.text
        assert "640 x 480 pixels" in session.text


async def test_the_difference_between_two_layers_is_shown_line_by_line() -> None:
    async with opened(looked_at_image(), size=WIDE) as session:
        await look(session, 1, "/etc/app.conf", "d")
        await session.until(lambda: "line one hundred" in session.text)
        assert "- line 100" in session.text
        assert "+ line one hundred" in session.text
        assert "layer 0 ADD rootfs.tar /" in session.text
        assert "layer 1 COPY app /srv" in session.text
        assert "  line 99" in session.text
        assert "line 50" not in session.text


async def test_versions_of_a_file_are_walked_and_any_two_are_compared() -> None:
    async with opened(looked_at_image(), size=WIDE) as session:
        await look(session, 3, "/etc/hosts")
        assert "3 of 3 versions" in session.text
        await session.press("left_square_bracket")
        await session.until(lambda: "2 of 3 versions" in session.text)
        await session.press("d")
        await session.until(lambda: "the same, byte by byte" in session.text)
        assert "- layer 0" in session.text
        assert "owner     0:0 → 7:0" in session.text
        assert "oldest version" not in session.text
        await session.press("right_curly_bracket")
        await session.until(lambda: "+ layer 3" in session.text)
        await session.press("right_square_bracket", "right_square_bracket")
        assert "no newer version" in said(session)


async def test_the_difference_names_the_attributes_that_changed_and_says_that_there_is_no_version_before() -> None:
    image = looked_at_image().layer(
        {"etc/hosts": file(b"127.0.0.1 localhost\n", uid=7, mode=0o600, mtime=1_800_000_000, xattrs={"user.a": "one"})}
    )
    async with opened(image, size=WIDE) as session:
        await look(session, 5, "/etc/hosts")
        await session.press("d")
        await session.until(lambda: "the same, byte by byte" in session.text)
        assert "mode      -rw-r--r-- (0644) → -rw------- (0600)" in session.text
        assert "xattr     user.a: none → one" in session.text
        assert "owner  " not in session.text
    async with opened(looked_at_image(), size=WIDE) as session:
        await look(session, 0, "/etc/hosts")
        await session.press("d")
        await session.until(lambda: "the same, byte by byte" in session.text)
        assert "This is the oldest version: it is compared with the one after it." in session.text
        await session.press("right_curly_bracket")
        await session.until(lambda: "+ layer 3" in session.text)
        assert "it is compared with a newer one." in session.text
        assert "modified  " in session.text


async def test_a_file_of_one_layer_only_has_nothing_to_be_compared_with() -> None:
    async with opened(looked_at_image(), size=WIDE) as session:
        await look(session, 1, "/srv/logo.png")
        await session.press("d")
        assert "Only one layer has this file" in said(session)


async def test_enter_on_a_link_goes_to_what_it_names() -> None:
    image = looked_at_image().layer(
        {"usr/bin/conf": symlink("../../etc/app.conf"), "usr/bin/lost": symlink("/nowhere")}
    )
    async with opened(image, size=WIDE) as session:
        await go(session, "files")
        await to_layer(session, 5)
        await point_at(session, "/usr/bin/conf")
        await session.press("enter")
        assert "app.conf" in session.row("files")
        assert session.layer == 1
        await to_layer(session, 5)
        await point_at(session, "/usr/bin/lost")
        await session.press("enter")
        assert "It leads to /nowhere, which is not in the image." in said(session)


async def test_a_link_itself_has_nothing_to_look_into() -> None:
    async with opened(looked_at_image(), size=WIDE) as session:
        await go(session, "files")
        await point_at(session, "/usr/lib/libbig.so")
        await session.press("o")
        assert "A link itself has no content" in said(session)
        assert session.app.screen is session.app.inspect_screen


@pytest.mark.parametrize("compression", ["none", "gzip"])
async def test_a_big_file_is_read_by_window_and_never_whole(tmp_path: Path, compression: str) -> None:
    text = b"".join(b"%07d of many\n" % number for number in range(200_000))
    path = tmp_path / "big.tar"
    ImageBuilder().layer({"big.log": text}).save(path, "oci-archive", compression)  # type: ignore[arg-type]
    async with started(inspect, size=WIDE, reference=str(path)) as session:
        await session.until(lambda: session.app.inspect_screen.complete)
        await look(session, 0, "/big.log")
        assert "0000000 of many" in session.text
        await session.until(lambda: "% read" not in session.lines[1])
        await session.press("G")
        await session.until(lambda: "0199999 of many" in session.text)
        assert "200000 " in session.text
        await session.press("b", "G")
        await session.until(lambda: "of many." in session.text)


async def test_what_cannot_be_read_again_says_so_and_what_to_do(tmp_path: Path) -> None:
    path = looked_at_image().save(tmp_path / "gone.tar")
    async with started(inspect, size=WIDE, reference=str(path)) as session:
        await session.until(lambda: session.app.inspect_screen.complete)
        path.unlink()
        await go(session, "files")
        await point_at(session, "/etc/hosts")
        await session.press("enter")
        await session.until(lambda: "The file cannot be read" in session.text)
        assert "was the file moved?" in session.text
        await session.press("i")
        assert "127" not in session.text
        assert "-rw-r--r--" in session.text
        await session.press("escape", "j")
        assert session.app.is_running


async def test_control_codes_of_a_file_are_seen_and_never_obeyed() -> None:
    hostile = b"\x1b[31mred\x1b]0;title\x07 \xff \xe2\x80\xae\n"
    async with opened(ImageBuilder().layer({"x.txt": hostile}), size=WIDE) as session:
        await look(session, 0, "/x.txt")
        assert "␛[31mred␛]0;title␇ \\xff \\u202e" in session.text
        assert not any(char in session.text for char in "\x1b\x07\u202e")


async def test_o_and_e_open_a_private_read_only_copy(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[str, bytes, int]] = []

    def run(command: list[str], **_how: object) -> object:
        path = Path(command[-1])
        seen.append((command[0], path.read_bytes(), stat.S_IMODE(path.stat().st_mode)))
        return type("Done", (), {"returncode": 0})

    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.setattr(errands.Errands, "suspend", lambda _self: pytest.MonkeyPatch().context())
    monkeypatch.setenv("PAGER", "my-pager")
    monkeypatch.setenv("VISUAL", "my-editor")
    async with opened(looked_at_image(), size=WIDE) as session:
        await go(session, "files")
        await to_layer(session, 1)
        await point_at(session, "/srv/main.py")
        await session.press("o")
        await session.until(lambda: len(seen) == 1)
        await session.press("e")
        await session.until(lambda: len(seen) == 2)
        assert seen == [("my-pager", PROGRAM, 0o400), ("my-editor", PROGRAM, 0o400)]
        await session.until(lambda: "nothing of the image was changed" in said(session))
        copies = session.app._copies._directory
        assert copies is not None
        await session.press("q")
    assert not os.path.lexists(copies.name)  # noqa: ASYNC240 - the app has ended


async def test_where_no_program_can_be_started_that_is_said() -> None:
    async with opened(looked_at_image(), size=WIDE) as session:
        await go(session, "files")
        await point_at(session, "/etc/hosts")
        await session.press("o")
        await session.until(lambda: "cannot be started in this terminal" in said(session))


async def test_x_asks_where_to_writes_the_tree_and_never_overwrites(tmp_path: Path) -> None:
    async with opened(looked_at_image(), size=WIDE) as session:
        await go(session, "files")
        await to_layer(session, 1)
        await point_at(session, "/srv")
        await session.press("x")
        assert "Extract /srv" in session.text
        assert errands.TARGET in session.text
        await fill_in(session, str(tmp_path / "out"), lambda: "below" in said(session))
        assert "4 files" in said(session)
        await session.press("x")
        await fill_in(session, str(tmp_path / "out"), lambda: "already there" in said(session))
        assert "choose another directory" in said(session)
        assert "--force" not in said(session)  # there is no such option here
        assert (tmp_path / "out/srv/main.py").read_bytes() == PROGRAM


async def test_what_a_layer_removed_is_extracted_as_it_was_before(tmp_path: Path) -> None:
    async with opened(looked_at_image(), size=WIDE) as session:
        await go(session, "files")
        await to_layer(session, 4)
        await point_at(session, "/srv/cache.bin")
        await session.press("x")
        assert "once layer 3 is applied" in session.text
        await fill_in(session, str(tmp_path), (tmp_path / "srv/cache.bin").exists)


async def test_extracting_can_be_given_up_before_it_begins() -> None:
    async with opened(looked_at_image(), size=WIDE) as session:
        await go(session, "files", "x", "escape")
        assert session.app.screen is session.app.inspect_screen


async def test_path_line_and_fix_are_copied_and_the_message_says_how(monkeypatch: pytest.MonkeyPatch) -> None:
    copied: list[str] = []
    monkeypatch.setattr(clipboard, "tools", lambda *_about: [])
    async with opened(wasteful_image(), size=WIDE, findings=FINDINGS) as session:
        monkeypatch.setattr(session.app, "copy_to_clipboard", copied.append)
        await go(session, "files")
        await point_at(session, "/usr/lib/libc.so")
        await session.press("y")
        await session.until(lambda: len(copied) == 1)
        await session.press("Y")
        await session.until(lambda: len(copied) == 2)
        await go(session, "waste", "c")
        await session.until(lambda: len(copied) == 3)
        await go(session, "findings", "j", "c")
        await session.until(lambda: len(copied) == 4)
        assert copied[0] == "/usr/lib/libc.so"
        assert copied[1].split() == ["+", "180", "kB", "-rw-r--r--", "libc.so"]
        assert copied[2] == copied[3]
        assert copied[2].splitlines() == [
            "# fix LS101 apt lists deleted in a later layer",
            "# Dockerfile, lines 3-4:",
            FINDINGS[0].fix,
            "# Dockerfile, line 9: take it out",
        ]
        await session.until(lambda: "Copied the fix of LS101, by OSC 52." in said(session))
        assert said(session).count("LS101") == 1  # it was told twice, and stands there once


async def test_a_difference_can_be_taken_from_any_other_version() -> None:
    async with opened(looked_at_image(), size=WIDE) as session:
        await look(session, 3, "/etc/hosts", "d")
        assert "3 of 3 versions" in session.lines[0]
        assert "- layer 2" in session.text
        assert "+ layer 3" in session.text
        await session.press("left_curly_bracket")
        await session.until(lambda: "- layer 0" in session.text)
        await session.press("right_curly_bracket")
        await session.until(lambda: "- layer 2" in session.text)
        await session.press("f1")
        assert "compare with an older version" in session.text


async def test_the_demo_has_differences_to_look_at() -> None:
    async with started(inspect, size=WIDE, reference="demo") as session:
        await session.until(lambda: session.app.inspect_screen.complete)
        await look(session, 13, "/var/lib/dpkg/status", "d")
        await session.until(lambda: "- Package: binutils" in session.text)
        await session.press("escape")
        await look(session, 7, "/etc/passwd", "d")
        await session.until(lambda: "+ notes:x:999:999" in session.text)
        await session.press("escape")
        await look(session, 6, "/srv/notes/notes/views.py")
        await session.until(lambda: "def " in session.text)
