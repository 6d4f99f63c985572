"""Names that no shell likes are shown escaped, each its own way, and mean the same file wherever they are typed.

CVE-2021-25743: kubectl passed control codes of what it showed on to the terminal; kubernetes#112553 escapes `\\r`, too.
"""

import base64
import json
import re
from pathlib import Path

import pytest

from builder import Entry, ImageBuilder, Name, directory
from cutting import run
from golden.command import layerscope_ends
from layerscope.units import printable

NAMES = [
    b"esc\x1b[31mred", b"bell\x07", b"osc\x1b]52;c;ZXZpbA==\x07", b"return\rback", b"new\nline", b"\xff\xfe",
    b"\\xff\\xfe", b"\xc2\x9b31m", "rtl\u202egnp.exe".encode(), "zero\u200bwidth".encode(), b"\\", b"a\\x41", b"aA",
    b"a\\\\x41", b"*", b"$(id)", b"[red]", b" blank", b"blank ", b"-rf", b"d/" + b"/".join([b"n" * 250] * 16),
    "e\u0301".encode(), "\u00e9".encode(),
]  # fmt: skip


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    files: list[tuple[Name, bytes | Entry]] = [(name, b"%d" % at) for at, name in enumerate(NAMES)]
    built = ImageBuilder().layer([("d/", directory()), *files])
    return built.save(tmp_path_factory.mktemp("names") / "image.tar")


@pytest.fixture(scope="module")
def shown(image: Path) -> list[str]:
    """What `ls` calls the files."""
    rows = layerscope_ends("ls", image).lines
    found = [re.fullmatch(r"-\S+ +\S+ +\d+ (/.*)", row) for row in rows]
    return [match[1] for match in found if match is not None]


def test_no_two_names_are_shown_alike(shown: list[str]) -> None:
    assert len(set(shown)) == len(shown) == len(NAMES)
    assert all(name.isprintable() for name in shown)


def test_a_name_as_it_is_shown_is_an_argument_of_every_command(image: Path, shown: list[str], tmp_path: Path) -> None:
    for number, name in enumerate(shown):
        target = tmp_path / str(number)
        assert run("extract", "--no-cache", "-o", str(target), str(image), "--", name).code == 0
        path = next(path for path in target.rglob("*") if path.is_file())
        content = path.read_text()
        assert bytes(path.relative_to(target)) == NAMES[int(content)]
        assert name == printable(b"/" + NAMES[int(content)])
        assert run("ls", "--no-cache", str(image), "--", name).out.endswith(f" {name}\n")
        assert run("timeline", "--no-cache", str(image), "--", name).out.count("added") == 1
        if number % 5 == 0:
            assert layerscope_ends("cat", image, "--", name).out == content


def test_json_has_every_name_exactly(image: Path) -> None:
    rows = [json.loads(line) for line in layerscope_ends("ls", "--format", "json", image).lines]
    files = [row for row in rows if row["kind"] == "file"]
    exact = {
        base64.b64decode(row["path_base64"]) if "path_base64" in row else row["path"].encode() for row in files
    }  # fmt: skip
    assert exact == {b"/" + name for name in NAMES}
    row = json.loads(layerscope_ends("timeline", "--format", "json", image, r"\xff\xfe").out)
    assert base64.b64decode(row["path_base64"]) == b"/\xff\xfe"
