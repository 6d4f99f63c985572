"""Dive itself as the judge, where it is installed: random images, asked and compared."""

from pathlib import Path

import pytest

from unit.analysis_dive.notation import image, random_layers, scores
from unit.analysis_dive.realdive import ask, installed

pytestmark = pytest.mark.skipif(not installed(), reason="Dive 0.13.1 is not installed")


def test_dive_says_the_same_of_random_images(tmp_path: Path) -> None:
    for seed in range(1000, 1040):
        builder = image(*random_layers(seed))
        said = ask(builder.save(tmp_path / "image.tar", "legacy"))
        assert scores(builder) == said, f"random_layers({seed})"
