"""Small files that unpack to much text: histories, settings, headers. None costs more than 300 MB of memory or 10 s.

Each case is one that did, before its mend: a command that a rule goes through again and again, lists of nothing,
headers that become objects.
"""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from builder import ImageBuilder, Members, compress, edit_json, entry_bytes, file, pax_record, symlink, tar_bytes
from cutting import RUN, run

MOST_BYTES, MOST_SECONDS = 300_000_000, 10
JSON_BYTES = (4 << 20) - 8_000
"""As much as one document may have, with the rest of it around."""
pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="each file is read in a fork")
RECONSTRUCT = ("history", "--reconstruct", "--no-cache", "--quiet")


def cheap(*argv: str | Path, codes: tuple[int, ...] = (0, 3)) -> str:
    """Run a command, hold it to the limits, and give what it said."""
    found = run(*map(str, argv))
    assert found.code in codes, found
    assert "Traceback" not in found.err
    assert found.peak_bytes < MOST_BYTES
    assert found.seconds < MOST_SECONDS
    return found.out + found.err


def filled(text: str, size: int = JSON_BYTES) -> str:
    return text * (size // (len(json.dumps(text)) - 2))


COMMANDS = {
    "a chain without blanks": "RUN /bin/sh -c " + filled("a&&"),
    "commands that may take a password": "RUN /bin/sh -c " + filled("curl "),
    "starts of tokens": "RUN /bin/sh -c " + filled("eyJ-"),
    "names of secrets": "ENV " + filled("A_KEY=b "),
    "passwords for chpasswd": "RUN " + filled("a.") + ":x|chpasswd",
    "lists in lists": "CMD " + filled("["),
    "variables in variables": "ENV A=" + filled("${A:-"),
    "ends of here-documents": "RUN\t<<EOF" + filled("F"),
    "quotes": "RUN " + filled('"'),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_of_megabytes_costs_little(name: str, tmp_path: Path) -> None:
    built = ImageBuilder().layer({"a": b"1"}).run(COMMANDS[name]).layer({"b": b"2"})
    path = built.save(tmp_path / "image", "legacy", "zstd", outer="zstd")
    assert path.stat().st_size < 10_000
    assert "is too long" in cheap(*RUN, path, codes=(0,))
    cheap(*RECONSTRUCT, path, codes=(0,))


def test_what_is_cut_off_a_history_is_said_once(tmp_path: Path) -> None:
    built = ImageBuilder()
    for number in range(12):
        built.layer({str(number): b"x"}).run("RUN " + "x" * 100_000)
    said = cheap("history", built.save(tmp_path / "image", "legacy"), "--no-cache", codes=(0,))
    assert "the text of history record 10 is too long, as of 1 more" in said
    assert said.count("is too long") == 1


CONFIGS: dict[str, dict[str, Any]] = {
    "variables": {"Env": ["A="] * (JSON_BYTES // 5)},
    "what is no variable": {"Env": [1] * (JSON_BYTES // 2)},
    "a variable of commands": {"Env": ["A=" + "curl " * (JSON_BYTES // 5)]},
    "labels": {"Labels": {str(number): "" for number in range(JSON_BYTES // 13)}},
    "triggers": {"OnBuild": ["RUN x"] * (JSON_BYTES // 8)},
    "characters that JSON escapes": {"Labels": {"a": "\x1b" * (JSON_BYTES // 6)}},
}


@pytest.mark.parametrize("name", CONFIGS)
def test_a_configuration_of_megabytes_costs_little(name: str, tmp_path: Path) -> None:
    built = ImageBuilder().layer({"a": b"1"}).configure(**CONFIGS[name])
    cheap(*RUN, built.save(tmp_path / "image", "legacy", "zstd", outer="zstd"), codes=(0,))


def test_a_list_that_is_too_long_is_read_in_part_and_said(tmp_path: Path) -> None:
    built = ImageBuilder().layer({"a": b"1"}).configure(Env=["A=1"] * 10_001)
    assert "Env has 10,001 items; 10,000 are read" in cheap(*RUN, built.save(tmp_path / "image"), codes=(0,))


@pytest.mark.parametrize(("field", "what"), [("Layers", "layers"), ("RepoTags", "tags")])
def test_a_manifest_of_a_million_names_costs_little(field: str, what: str, tmp_path: Path) -> None:
    def long(members: Members) -> Members:
        return edit_json(members, "manifest.json", lambda images: images[0].update({field: ["x"] * (JSON_BYTES // 4)}))

    built = ImageBuilder().layer({"a": b"1"})
    said = cheap(*RUN, built.save(tmp_path / "image", "legacy", "zstd", outer="zstd", edit=long))
    assert f".{field} has 1,046,576 {what}; 1" in said


def pax(*records: tuple[str, str]) -> bytes:
    body = b"".join(pax_record(key, value) for key, value in records)
    return entry_bytes("header", file(body, type=b"x"))


HEADERS = {
    "extended attributes": (pax(*((f"SCHILY.xattr.{number:x}", "") for number in range(100))), file()),
    "runs of sparse files": (
        pax(
            ("GNU.sparse.major", "0"), ("GNU.sparse.minor", "1"), ("GNU.sparse.realsize", "100000"),
            ("GNU.sparse.map", ",".join(f"{2 * number},1" for number in range(2000))),
        ),
        file(bytes(2000)),
    ),
    "PAX records": (pax(*[("a", "b")] * 3000), file()),
    "": (pax(("linkpath", "l" * 900_000)), symlink("x")),
}  # fmt: skip
"""What there is too much of (nothing where bytes are the limit): an extended header and its entry, again and again."""


@pytest.mark.parametrize("what", HEADERS)
def test_extended_headers_that_unpack_to_the_limit_cost_little(what: str, tmp_path: Path) -> None:
    header, entry = HEADERS[what]
    unit = header + entry_bytes("a", entry)
    inner = unit * ((128 << 20) // len(unit)) + bytes(1024)
    built = ImageBuilder().without_history()
    built.tars = [inner]
    path = tmp_path / "image"
    path.write_bytes(compress(tar_bytes(built.members("oci-archive", "zstd")), "zstd"))
    assert path.stat().st_size < 10_000
    said = cheap(*RUN, path)
    assert "the image has more than " in said or not what
    assert what in said


WORDS = " ".join(f"word{number}" for number in range(150))
DOCKERFILES: dict[str, Callable[[], str]] = {
    "stages": lambda: "FROM a\n" * 30_000,
    "stages upon stages": lambda: "FROM a AS s0\n" + "".join(f"FROM s{n} AS s{n + 1}\nRUN a\n" for n in range(8_000)),
    "values that grow": lambda: "FROM a\nENV A=0123456789\n" + "ENV A=$A$A$A$A$A$A$A$A$A$A\n" * 1_000,
    "arguments that grow": lambda: "ARG A=0123456789\n" + "ARG A=$A$A$A$A$A$A$A$A$A$A\n" * 1_000 + "FROM a\n",
    "patterns": lambda: f"FROM a\nENV A={'a' * 1024}\nENV " + "B=${A#*a*b} " * 18_000,
    "replacements": lambda: f"FROM a\nENV A={'a' * 1024}\nENV " + "B=${A//a/bb} " * 18_000,
    "commands that are nearly alike": lambda: "FROM a\n" + f"RUN {WORDS} {WORDS[:-1]}\n" * 120,
}


@pytest.mark.parametrize("name", DOCKERFILES)
def test_a_dockerfile_made_to_cost_costs_little(name: str, tmp_path: Path) -> None:
    built = ImageBuilder().layer({"a": b"1"})
    for _ in range(300):
        built.step(f"RUN {WORDS} {WORDS}")
    dockerfile = tmp_path / "Dockerfile"
    dockerfile.write_text(DOCKERFILES[name]())
    cheap(*RUN[:2], *RUN[3:], "-f", dockerfile, built.save(tmp_path / "image", "legacy"), codes=(0,))
