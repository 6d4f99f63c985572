"""Every image of the corpus, cut at many places: opened with the right tree, or refused in one line with exit code 3.

A few places of each image are tried every time. LAYERSCOPE_CUT_EVERYTHING=1 tries all of them (each 512 bytes of the
small ones, 120 places of the others, one file at a time of directories) and turned bits, and prints a table.
"""

import os
import random
from collections import Counter
from pathlib import Path

import pytest

from builder import Compression, Layout
from builder_images import three_layers
from cutting import RUN, cuts, flips, judge, run, whole
from unit.sources.corpus import CORPUS, ROWS, requires_corpus

EVERYTHING = os.environ.get("LAYERSCOPE_CUT_EVERYTHING") == "1"
FILES = [row for row in ROWS if not row["path"].endswith("/")]
pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="each copy is read in a fork")


@requires_corpus
@pytest.mark.corpus
@pytest.mark.parametrize("row", ROWS, ids=[row["path"] for row in ROWS])
def test_no_image_of_the_corpus_becomes_a_smaller_one_when_it_is_cut(row: dict[str, str], tmp_path: Path) -> None:
    path = Path(CORPUS, row["path"])
    expected = whole(path)
    chance = random.Random(row["path"])
    found = Counter(
        judge(run(*RUN, str(copy)), expected)
        for copy in cuts(path, tmp_path, chance=chance, most=None if EVERYTHING else 1)
    )
    assert found.total() > 0
    print(f"{dict(found)} {row['path']}")


@pytest.mark.parametrize("layout", ["legacy", "docker25", "oci", "oci-archive"])
@pytest.mark.parametrize("packing", ["none", "gzip", "zstd"])
def test_no_built_image_becomes_a_smaller_one_when_it_is_cut(
    layout: Layout, packing: Compression, tmp_path: Path
) -> None:
    path = three_layers().save(tmp_path / "image.bin", layout, packing)
    expected = whole(path)
    (tmp_path / "cut").mkdir()
    chance = random.Random(layout + packing)
    for copy in cuts(path, tmp_path / "cut", chance=chance, most=None if EVERYTHING else 4):
        judge(run(*RUN, str(copy)), expected)


@requires_corpus
@pytest.mark.corpus
@pytest.mark.skipif(not EVERYTHING, reason="LAYERSCOPE_CUT_EVERYTHING=1 asks for it")
@pytest.mark.parametrize("row", FILES if EVERYTHING else FILES[:1], ids=lambda row: row["path"])
def test_turned_bits_crash_nothing_and_cost_nothing(row: dict[str, str], tmp_path: Path) -> None:
    path = Path(CORPUS, row["path"])
    outcomes = Counter[int]()
    for copy in flips(path, tmp_path, chance=random.Random(row["path"]), most=100):
        found = run(*RUN, str(copy))
        assert found.code in {0, 3}, found
        assert "Traceback" not in found.err
        assert (found.code == 3) == (found.out == "")
        outcomes[found.code] += 1
    print(f"{dict(outcomes)} {row['path']}")
