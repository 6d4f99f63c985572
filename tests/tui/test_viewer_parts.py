"""What the viewer is made of: documents by window, what first bytes say, differences, clipboards, private copies."""

import os
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layerscope.errors import LayerscopeError, UsageError
from layerscope.tui import clipboard
from layerscope.tui.guard import slow_pattern
from layerscope.tui.outside import Copies, command_for
from layerscope.tui.query import How, Query, Term, parse_query
from layerscope.tui.roles import Line, Role
from layerscope.tui.viewer import document, showing
from layerscope.tui.viewer.differences import Side, difference_lines
from layerscope.tui.viewer.document import TextDocument, hex_line_count, hex_text
from layerscope.tui.viewer.magic import nature_of
from tui.looked_at import ELF, png


def text_of(line: Line) -> str:
    return "".join(text for text, _role in line)


def read_of(data: bytes) -> document.Read:
    return lambda offset, length: data[offset : offset + length]


# --- documents


@given(st.binary(max_size=400).map(lambda data: data.replace(b"\r", b"")), st.integers(0, 12), st.integers(1, 12))
def test_lines_of_a_window_are_those_of_the_whole_text(data: bytes, first: int, count: int) -> None:
    chunk, document.CHUNK = document.CHUNK, 16
    try:
        text = TextDocument(read_of(data), len(data))
        list(text.index())
        lines = data.split(b"\n")
        lines = lines[:-1] if lines[-1] == b"" else lines
        assert text.line_count == len(lines)
        assert [line.content for line in text.lines(first, count)] == lines[first : first + count]
    finally:
        document.CHUNK = chunk


def test_a_line_without_end_is_cut_and_says_how_much_more_there_is() -> None:
    data = b"x" * 1_000_000 + b"\nend"
    text = TextDocument(read_of(data), len(data))
    assert text.line_count == 1
    list(text.index())
    long, end = text.lines(0, 5)
    assert len(long.content) == document.LONGEST_LINE
    assert long.more_bytes == 1_000_000 + 1 - document.LONGEST_LINE
    assert end.content == b"end"


def test_lines_are_known_as_far_as_the_index_goes() -> None:
    data = b"a\n" * 100_000
    text = TextDocument(read_of(data), len(data))
    steps = text.index()
    next(steps)
    assert text.line_count == document.CHUNK // 2 + 1
    list(steps)
    assert text.line_count == 100_000


def test_bytes_are_written_sixteen_to_a_line() -> None:
    assert hex_line_count(33) == 3
    offset, pairs, text = hex_text(32, b"A\n", width=100)
    assert (offset, pairs.rstrip(), text) == ("00000020", "41 0a", "A.")


# --- what first bytes say


@pytest.mark.parametrize(
    ("head", "words", "text"),
    [
        (b"", "empty file", True),
        (b"plain\n", "text", True),
        ("naïve\n".encode(), "UTF-8 text", True),
        (b"#!/bin/sh\n", "script", True),
        (b"\0\1\2", "binary data", False),
        (b"caf\xe9 ole\n", "text in another encoding than UTF-8", True),
        (ELF, "ELF program", False),
        (png(3, 4), "PNG image", False),
        (b"GIF89a" + struct.pack("<HH", 7, 8), "GIF image", False),
        (b"\xff\xd8\xff\xe0\0\4ab\xff\xc0\0\x11\x08\0\x10\0\x20" + b"\0" * 10, "JPEG image", False),
        (b"SQLite format 3\0\x10\0" + b"\0" * 10 + b"\0\0\0\5", "SQLite database", False),
        (b"\x1f\x8b\x08", "gzip archive", False),
        (b"\xff\xfea\0", "UTF-16 text, shown as bytes", False),
    ],
)
def test_the_first_bytes_say_what_a_file_is(head: bytes, words: str, text: bool) -> None:  # noqa: FBT001
    nature = nature_of(head, len(head))
    assert (nature.words, nature.text) == (words, text)


def test_pictures_tell_their_size() -> None:
    assert nature_of(png(3000, 4), 200).facts == (("picture", "3,000 x 4 pixels"),)
    jpeg = b"\xff\xd8\xff\xe0\0\4ab\xff\xc0\0\x11\x08\0\x10\0\x20" + b"\0" * 10
    assert nature_of(jpeg, 99).facts == (("picture", "32 x 16 pixels"),)


@given(st.binary(max_size=300))
def test_no_file_is_too_odd_to_be_looked_at(head: bytes) -> None:
    assert nature_of(head, len(head) + 1).words
    for spans in (showing.plain_spans(head), showing.hex_line(0, head[:16], 80)):
        assert text_of(spans).isprintable() or max(text_of(spans)) >= "␀"


# --- colours


def test_code_is_coloured_without_changing_what_it_says() -> None:
    data = b'def f():\n\treturn "\\x1b" # \x1b\n\n'
    text = TextDocument(read_of(data), len(data))
    list(text.index())
    lines = text.lines(0, 9)
    spans = showing.coloured(lines, showing.lexer_for("a.py", data))
    assert [text_of(line) for line in spans] == ["def f():", '    return "\\x1b" # ␛', ""]
    assert len({role for _text, role in spans[0]}) > 1
    assert showing.lexer_for("no-such-suffix", b"nothing") is None


# --- differences


def lines_of(old: bytes, new: bytes) -> list[str]:
    sides = (Side("old", len(old), read_of(old)), Side("new", len(new), read_of(new)))
    return [text_of(line) for line in difference_lines(*sides, lambda: None)]


def test_equal_contents_are_said_to_be_the_same() -> None:
    assert lines_of(b"a\n", b"a\n")[-1] == "The contents are the same, byte by byte."
    side = Side("old", 1, read_of(b"a"))
    lines = [text_of(line) for line in difference_lines(side, side, lambda: None, attributes=[])]
    assert lines[-1] == "So are mode, owner, time and extended attributes."


def stressed_in(old: bytes, new: bytes) -> list[str]:
    sides = (Side("old", len(old), read_of(old)), Side("new", len(new), read_of(new)))
    strong = {Role.ADDED_STRONG, Role.REMOVED_STRONG}
    return [text for line in difference_lines(*sides, lambda: None) for text, role in line if role in strong]


def test_what_differs_in_a_line_stands_out() -> None:
    assert stressed_in(b"port = 8000\nhost = a\n", b"port = 9000\nhost = a\n") == ["8", "9"]
    assert stressed_in(b"workers = 2\n", b"workers = 2, debug\n") == [", debug"]
    assert stressed_in(b"one thing\n", b"quite another\n") == []  # that would be all of it
    assert stressed_in(b"a = 1\n", b"a = 1\nb = 2\n") == []
    assert stressed_in("naïve = ä\n".encode(), "naïve = ö\n".encode()) == ["ä", "ö"]


@given(st.lists(st.sampled_from([b"ab", b"aab", b"b\t", b"\xc3\xa4"]), max_size=8), st.integers(0, 7))
def test_stressing_changes_no_text(parts: list[bytes], at: int) -> None:
    old, new = b"".join(parts), b"".join([*parts[:at], b"x", *parts[at:]])
    lines = lines_of(old + b"\nend\n", new + b"\nend\n")
    assert f"- {text_of(showing.plain_spans(old))}" in lines
    assert f"+ {text_of(showing.plain_spans(new))}" in lines


def test_a_difference_shows_the_lines_and_what_is_around_them() -> None:
    old = b"".join(b"%d\n" % number for number in range(50))
    lines = lines_of(old, old.replace(b"25\n", b"twenty-five\n"))
    assert lines[3:] == [
        "@@ lines 23-29 → 23-29 @@",
        "  22",
        "  23",
        "  24",
        "- 25",
        "+ twenty-five",
        "  26",
        "  27",
        "  28",
    ]


def test_binaries_are_shown_where_they_begin_to_differ() -> None:
    lines = lines_of(b"\0" * 100 + b"a", b"\0" * 100 + b"b")
    assert lines[3] == "They differ from byte 100 on."
    assert any(line.startswith("- 00000060") for line in lines)
    assert any(line.startswith("+ 00000060") for line in lines)


def test_huge_texts_are_not_compared_line_by_line() -> None:
    old, new = b"a\n" * 600_000, b"b\n" * 600_000
    assert "They differ from byte 0 on." in lines_of(old, new)
    many = b"".join(b"%d\n" % number for number in range(6000))
    assert "They differ from byte 0 on." in lines_of(many, many.replace(b"\n", b"!\n").replace(b"0", b"zero", 1))


# --- filters


def test_what_is_typed_is_understood_as_terms_and_facts() -> None:
    query = parse_query('lib "a b" !x ~fz *.so size:1k-2k layer:3 dead:no change:rem,add')
    assert [term.how for term in query.terms] == [How.PART, How.PART, How.PART, How.FUZZY, How.GLOB]
    assert query.terms[1:3] == (Term(How.PART, "a b"), Term(How.PART, "x", inverse=True))
    assert query.sizes == (1000, 2000)
    assert query.layers == (3, 3)
    assert query.dead is False
    assert {change.label for change in query.changes or ()} == {"removed", "added"}


@pytest.mark.parametrize(
    "text", ["size:x", "size:", "layer:a", "layer:1-", "dead:perhaps", "change:zzz", "re:(", "kind:"]
)
def test_what_cannot_be_understood_says_why(text: str) -> None:
    assert parse_query(text).fault
    assert parse_query(text).empty
    assert parse_query(f"ok {text}").terms == (Term(How.PART, "ok"),)  # the rest holds all the same


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("fate:dead", "no fact fate:, did you mean dead:?"),
        ("siz:>10M", "no fact siz:, did you mean size:?"),
        ("foo:bar", "facts: size layer change dead kind"),
        ("libc6:amd64.list", ""),
        ("re:lib", ""),
        ("a:/b", ""),
        ("lib", ""),
    ],
)
def test_a_fact_that_there_is_not_is_a_text_with_a_hint(text: str, hint: str) -> None:
    query = parse_query(text)
    assert (query.hint, query.fault) == (hint, "")
    assert query.terms


def test_facts_are_known_in_capitals_and_are_not_turned_round() -> None:
    assert parse_query("Size:>10").sizes == parse_query("size:>10").sizes
    assert "dead:no" in parse_query("!dead:yes").fault


@given(st.text(max_size=30))
def test_whatever_is_typed_is_understood_or_said_not_to_be(text: str) -> None:
    assert isinstance(parse_query(text), Query)


@pytest.mark.parametrize("pattern", ["(a+)+", "(a|b)*c", "((a)*b)*", "a*b*c*d*e*", "(?:x+y)*", "(a{2,})+", "(.*)*"])
def test_patterns_that_could_run_for_ever_are_refused(pattern: str) -> None:
    assert slow_pattern(pattern)


@pytest.mark.parametrize("pattern", [r"^lib.*\.so\.\d+$", "[(+*]+", r"\(a+\)\+", "(foo|bar)x", "(ab)+"])
def test_usual_patterns_are_not_refused(pattern: str) -> None:
    assert not slow_pattern(pattern)


def test_a_longer_name_is_found_among_what_the_shorter_one_found() -> None:
    assert parse_query("libs").narrows(parse_query("lib"))
    assert parse_query("libs dead:yes").narrows(parse_query("lib dead:yes"))
    for longer, shorter in (
        ("lib", "libs"),
        ("!libs", "!lib"),
        ("lib/s", "lib/"),
        ("*libs", "*lib"),
        ("a\\x41", "a\\x4"),
    ):
        assert not parse_query(longer).narrows(parse_query(shorter))


# --- the clipboard, and other programs


def test_the_tool_that_fits_the_session_is_used() -> None:
    def names(platform: str = "linux", **environment: str) -> list[str]:
        return [tool.name for tool in clipboard.tools(environment, platform)]

    assert names() == []
    assert names(WAYLAND_DISPLAY="w", DISPLAY=":0") == ["wl-copy", "xclip", "xsel"]
    assert names(TMUX="x") == ["tmux"]
    assert names("darwin") == ["pbcopy"]
    assert names("win32") == ["clip.exe"]
    assert names(WSL_DISTRO_NAME="Debian") == ["clip.exe"]


def test_a_text_goes_to_the_tool_and_to_the_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "xclip").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "xsel").write_text(f"#!/bin/sh\ncat > {tmp_path}/got\n")
    for name in ("xclip", "xsel"):
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    sent: list[str] = []
    assert clipboard.copy("ä text", sent.append, {"DISPLAY": ":0"}) == "xsel and OSC 52"
    assert (tmp_path / "got").read_text() == "ä text"
    assert sent == ["ä text"]


def test_what_no_way_can_carry_is_not_said_to_be_copied() -> None:
    with pytest.raises(OSError, match="too long"):
        clipboard.copy("x" * 100_000, lambda _text: None, {})


def test_the_users_own_programs_are_asked_first() -> None:
    assert command_for({"PAGER": "less -R", "LAYERSCOPE_PAGER": "bat --paging always"}, editor=False)[0] == "bat"
    assert command_for({"PAGER": "less -R"}, editor=False) == ["less", "-R"]
    assert command_for({"EDITOR": "vi", "VISUAL": "code -w"}, editor=True) == ["code", "-w"]
    with pytest.raises(UsageError, match="PAGER is not a command"):
        command_for({"PAGER": "'"}, editor=False)


def test_a_copy_has_a_name_that_no_program_misunderstands() -> None:
    copies = Copies()
    names = [
        copies.write(name, iter([b"x"]), 1, lambda *_how: None).name for name in ("-rf", "a\x1b/b", "..", "main.py")
    ]
    assert names == ["rf", "a__b", "file", "main.py"]
    copies.remove()


def test_a_copy_that_comes_too_late_is_not_written() -> None:
    """Whoever leaves while a file is copied leaves nothing behind."""
    copies = Copies()
    path = copies.write("a", iter([b"x"]), 1, lambda *_: None)
    copies.remove()
    assert not path.exists()
    with pytest.raises(LayerscopeError, match="no more"):
        copies.write("b", iter([b"x"]), 1, lambda *_: None)
