"""The cases in which Dive 0.13.1 was measured: here the ledger must name the bytes that are really dead.

Each image is small and has a known number of dead bytes; what Dive says of it stands beside it, as a fact.
"""

import random
from dataclasses import dataclass

import pytest

from builder import Additions, Entry, ImageBuilder, directory
from unit.filesystem.opened import Inspect

KB = 1000


def text(size_kb: int, seed: str = "") -> bytes:
    """Make content that no other seed has."""
    return random.Random(seed).randbytes(size_kb * KB)


TEN = text(10)


def base() -> ImageBuilder:
    """Start with one file of 100 kB, as all the measured images did."""
    return ImageBuilder().layer({"base": text(100, "base")})


def filled(*contents: bytes) -> Additions:
    """Make a directory with its entry, as builders write it, and one file for each content."""
    return {"dir/": directory(), **{f"dir/{name}": data for name, data in zip("abc", contents, strict=False)}}


THIRTY = filled(text(10, "a"), text(10, "b"), text(10, "c"))


@dataclass(frozen=True, slots=True)
class Case:
    """One line of the table."""

    name: str
    image: ImageBuilder
    dead_kb: int
    shipped_kb: int
    dive_score: float
    dive_wasted_kb: int


CASES = [
    Case("a 10 kB file, deleted one layer later", base().layer({"f": TEN}).layer(remove=["f"]), 10, 110, 0.909, 10),
    Case(
        "a directory of 30 kB removed by rm -rf, one whiteout",
        base().layer(THIRTY).layer(remove=["dir"]),
        30, 130, 1.0, 0,
    ),
    Case(
        "the same files removed one by one, a whiteout each",
        base().layer(THIRTY).layer(remove=["dir/a", "dir/b", "dir/c"]),
        30, 130, 0.769, 30,
    ),
    Case(
        "a directory replaced, with an opaque marker",
        base().layer(THIRTY).layer({"dir/": directory()}, opaque=["dir"]),
        30, 130, 1.0, 0,
    ),
    Case(
        "one path written with 10, 20 and 30 kB",
        base().layer({"f": text(10, "1")}).layer({"f": text(20, "2")}).layer({"f": text(30, "3")}),
        30, 160, 0.688, 60,
    ),
    Case(
        "a 900 kB file re-owned by chown",
        base().layer({"f": text(900)}).layer({"f": Entry(data=text(900), uid=1000, gid=1000)}),
        900, 1900, 0.526, 1800,
    ),
    Case("a byte-identical rewrite of 10 kB", base().layer({"f": TEN}).layer({"f": TEN}), 10, 120, 0.917, 20),
    Case(
        "10 kB shipped again for its mtime only",
        base().layer({"f": TEN}).layer({"f": Entry(data=TEN, mtime=1)}),
        10, 120, 0.917, 20,
    ),
    Case(
        "10 kB added, deleted, added again",
        base().layer({"f": TEN}).layer(remove=["f"]).layer({"f": TEN}),
        10, 120, 0.833, 20,
    ),
    Case(
        "a directory of 10 kB added, rm -rf, added, rm -rf",
        base().layer(filled(TEN)).layer(remove=["dir"]).layer(filled(TEN)).layer(remove=["dir"]),
        20, 120, 0.857, 40,
    ),
    Case(
        "10 kB modified in a directory, then rm -rf of it",
        base().layer(filled(text(10, "1"))).layer(filled(text(10, "2"))).layer(remove=["dir"]),
        20, 120, 0.923, 20,
    ),
    Case(
        "a directory that was empty earlier, filled, rm -rf",
        base().layer({"dir/": directory()}).layer(filled(TEN)).layer(remove=["dir"]),
        10, 110, 0.917, 10,
    ),
    Case(
        "a 100 kB base file modified in the only user layer",
        base().layer({"base": text(100, "new")}),
        100, 200, 0.5, 200,
    ),
    Case(
        "a whiteout of nothing, and a duplicated 10 kB file",
        base().layer({"f": TEN}).layer({"f": TEN}, remove=["aaa"], markers_first=True),
        10, 120, 0.99999, 0,
    ),
    Case("a single layer", base(), 0, 100, 1.0, 0),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_bytes_that_are_really_dead_are_wasted_and_no_others(case: Case, inspected: Inspect) -> None:
    ledger = inspected(case.image).ledger
    assert ledger.wasted_bytes == case.dead_kb * KB
    assert ledger.total_bytes == case.shipped_kb * KB
    assert ledger.efficiency == (case.shipped_kb - case.dead_kb) / case.shipped_kb


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_is_left_after_a_squash_is_what_is_live(case: Case, inspected: Inspect) -> None:
    inspection = inspected(case.image)
    live = [entry for entry in inspection.tree.live if entry != -1]
    assert sum(inspection.tree.entry(entry).stored_bytes for entry in live) == inspection.ledger.live_bytes


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_dive_s_own_numbers_stand_beside_ours_as_it_was_measured(case: Case, inspected: Inspect) -> None:
    dive = inspected(case.image).scores.dive
    assert dive.wasted_bytes == case.dive_wasted_kb * KB
    assert dive.efficiency == pytest.approx(case.dive_score, abs=0.0006)


FATES = {
    "a 10 kB file, deleted one layer later": "deleted",
    "a directory of 30 kB removed by rm -rf, one whiteout": "deleted",
    "a directory replaced, with an opaque marker": "deleted",
    "one path written with 10, 20 and 30 kB": "overwritten",
    "a 900 kB file re-owned by chown": "reshipped",
    "a byte-identical rewrite of 10 kB": "reshipped",
    "10 kB shipped again for its mtime only": "reshipped",
    "10 kB added, deleted, added again": "deleted",
    "a 100 kB base file modified in the only user layer": "overwritten",
}


@pytest.mark.parametrize(("name", "fate"), FATES.items())
def test_dead_bytes_have_the_fate_that_says_what_to_change(name: str, fate: str, inspected: Inspect) -> None:
    case = next(case for case in CASES if case.name == name)
    assert {waste.fate.label for waste in inspected(case.image).waste} == {fate}
