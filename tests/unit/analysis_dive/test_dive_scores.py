"""Dive's three numbers on images made to show each of its rules; every figure is what Dive 0.13.1 said.

Origin of all figures here and in the .tsv files: `dive --source docker-archive FILE --json OUT` with Dive 0.13.1 on the
archive that `image(…).save(FILE, "legacy")` writes (or the corpus' file), and userWastedPercent as its --ci prints it.
"""

import math
import os
from pathlib import Path

import pytest

import layerscope
from layerscope.errors import LimitError
from layerscope.filesystem import numbering
from layerscope.model.ledger import DiveScores
from unit.analysis_dive.notation import image, scores

HERE = Path(__file__).parent

CASES: list[tuple[str, list[str], DiveScores]] = [
    (
        "a file deleted one layer later counts once",
        ["base=100000", "f=10000", "-f"],
        DiveScores(0.9090909090909091, 10000, 1.0),
    ),
    (
        "a directory deleted as one counts as nothing",
        ["base=100000", "d/ d/f=10000 d/g=10000 d/h=10000", "-d"],
        DiveScores(1.0, 0, 0.0),
    ),
    (
        "the same files deleted one by one count",
        ["base=100000", "d/ d/f=10000 d/g=10000 d/h=10000", "-d/f -d/g -d/h"],
        DiveScores(0.7692307692307693, 30000, 1.0),
    ),
    (
        "a directory hidden by an opaque marker counts as nothing",
        ["base=100000", "d/ d/f=10000 d/g=10000 d/h=10000", "d/ !d d/new=1000"],
        DiveScores(1.0, 0, 0.0),
    ),
    (
        "a path written three times counts three times",
        ["base=100000", "f=10000", "f=20000", "f=30000"],
        DiveScores(0.6875, 60000, 1.0),
    ),
    (
        "a file shipped again by chown counts twice",
        ["base=100000", "f=900000", "f=900000"],
        DiveScores(0.5263157894736842, 1800000, 1.0),
    ),
    (
        "an identical rewrite counts twice",
        ["base=100000", "f=10000", "f=10000"],
        DiveScores(0.9166666666666666, 20000, 1.0),
    ),
    (
        "a file deleted and added again counts twice",
        ["base=100000", "f=10000", "-f", "f=10000"],
        DiveScores(0.8333333333333334, 20000, 1.0),
    ),
    (
        "a directory added and deleted twice counts twice over",
        ["base=100000", "d/ d/f=10000", "-d", "d/ d/f=10000", "-d"],
        DiveScores(0.8571428571428571, 40000, 2.0),
    ),
    (
        "a directory deleted after a change in it shows only the change",
        ["base=100000", "d/ d/f=10000", "d/ d/f=10000", "-d"],
        DiveScores(0.9230769230769231, 20000, 1.0),
    ),
    (
        "a deleted directory counts if it was empty once",
        ["base=100000", "d/", "d/ d/f=10000", "-d"],
        DiveScores(0.9166666666666666, 10000, 1.0),
    ),
    (
        "a base file changed in the only user layer is 200 % of the user's bytes",
        ["base=100000", "base=100000"],
        DiveScores(0.5, 200000, 2.0),
    ),
    (
        "a whiteout of nothing ends the layer and leaves -1",
        ["base=100000", "f=10000", "-a f=10000"],
        DiveScores(0.999990909090909, 0, 0.0),
    ),
    ("one layer alone has no user bytes to compare with", ["base=100000"], DiveScores(1.0, 0, None)),
    ("waste without user bytes is infinite", ["f=10", "-f"], DiveScores(0.0, 10, math.inf)),
    ("an image of nothing is efficient", [""], DiveScores(1.0, 0, None)),
    (
        "what sorts before a whiteout of nothing is counted",
        ["!=1 z=1 f=10", "!=1 z=1 -f -g"],
        DiveScores(0.07692307692307693, 12, 6.0),
    ),
    ("a whiteout of nothing leaves no -1 if the path comes later", ["f=10", "-g", "g=5"], DiveScores(1.0, 0, 0.0)),
    ("a whiteout of nothing leaves no -1 if the path was there", ["f=10", "-f", "-f"], DiveScores(0.0, 10, math.inf)),
    (
        "a whiteout in the lowest layer finds its own layer's path",
        ["f=10 d/ d/g=5 -f -d z=1"],
        DiveScores(0.5238095238095238, 10, math.inf),
    ),
    (
        "a deleted directory weighs nothing after a layer that does not mention it",
        ["d/ d/f=10", "d/g=5", "-d x=1", "d/"],
        DiveScores(1.0, 0, 0.0),
    ),
    (
        "a whiteout's parent is no directory either",
        ["d/ d/f=10 d/g=5", "-d/g", "-d x=1", "d/"],
        DiveScores(0.6875, 5, 5.0),
    ),
    (
        "a directory that only whiteouts mention is there",
        ["f=10", "-no/such/x", "-no/such f=10", "-no f=10"],
        DiveScores(0.3, 30, 1.5),
    ),
    (
        "a whiteout that sorts after its path takes its own layer's, too",
        ["d/ d/.cache=100 d/z=100", "d/ -d/.cache d/.cache=50 -d/z d/z=50", "-d", "d/"],
        DiveScores(0.0, 350, 3.5),
    ),
    (
        "nested whiteouts each weigh what the layers below hold",
        ["a/ a/b/ a/b/c/ a/b/c/f=7 x=1", "-a -a/b -a/b/c -a/b/c/f", "a/ a/b/ a/b/c/", "a/", "a/b=3"],
        DiveScores(0.125, 31, 10.333333333333334),
    ),
    ("a file with a path below it is not counted", ["d=100 d/f=10", "d=100 f=1"], DiveScores(1.0, 0, 0.0)),
    (
        "a directory that became a file hides nothing below",
        ["d/ d/f=10", "d=5", "-d", "d/"],
        DiveScores(0.6666666666666666, 5, 1.0),
    ),
    (
        "the last of several entries counts for the score, all for the user's bytes",
        ["f=1", "f=10 f=20", "f=5"],
        DiveScores(0.038461538461538464, 26, 0.7428571428571429),
    ),
    (
        "a sparse file weighs what it looks like",
        ["f~9000", "f~9000 g=1", "-f"],
        DiveScores(5.555246930726071e-05, 18000, 1.9997778024663926),
    ),
    ("a hard link weighs nothing", ["f=100 g>f", "g>f f=100"], DiveScores(0.5, 200, 2.0)),
    (
        "an empty directory is a row without weight",
        ["d/ f=1", "d/ f=1 !e", "e/ d=7"],
        DiveScores(0.1111111111111111, 9, 1.125),
    ),
    (
        "a directory with a whiteout's name acts as one",
        ["f=10 d/ d/g=3", ".wh.d/x=5 f=10", "-d", "-f d=1"],
        DiveScores(0.3103448275862069, 20, 1.25),
    ),
]


@pytest.mark.parametrize(("layers", "said"), [pytest.param(*case[1:], id=case[0]) for case in CASES])
def test_each_of_dives_rules_is_followed(layers: list[str], said: DiveScores) -> None:
    assert scores(image(*layers)) == said


def _facts(name: str) -> list[tuple[str, DiveScores]]:
    """Read lines of "subject, efficiencyScore, inefficientBytes, userWastedPercent"."""
    facts = []
    for line in (HERE / name).read_text(encoding="utf-8").splitlines():
        if not line.startswith("# "):
            subject, efficiency, wasted, ratio = line.split("\t")
            facts.append(
                (subject, DiveScores(float(efficiency), int(wasted), None if ratio == "NaN" else float(ratio)))
            )
    return facts


@pytest.mark.parametrize(("layers", "said"), _facts("random.tsv"))
def test_random_images_score_as_dive_scored_them(layers: str, said: DiveScores) -> None:
    assert scores(image(*layers.split(" | "))) == said


@pytest.mark.corpus
def test_archives_of_the_corpus_score_as_dive_scored_them() -> None:
    corpus = os.environ.get("LAYERSCOPE_CORPUS")
    if not corpus:
        pytest.skip("LAYERSCOPE_CORPUS is not set")
    facts = dict(_facts("corpus.tsv"))
    assert {name: layerscope.inspect(Path(corpus, name)).scores.dive for name in facts} == facts


def test_whiteouts_that_name_endless_directories_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    builder = image("f=1", "-" + "d/" * 40 + "x")
    scores(builder)
    monkeypatch.setattr(numbering, "MAX_IMPLIED_BYTES", 1000)
    with pytest.raises(LimitError, match="1,000 bytes of directories"):
        scores(builder)


def test_sparse_files_beyond_any_disk_are_survived() -> None:
    huge = 2**63 - 1
    found = scores(image(f"d/ d/f~{huge} d/g~{huge} d/h~{huge}", "-d", "d/ f=1"))
    assert found.efficiency < 1
    assert found.wasted_bytes == 2**63 - 1
