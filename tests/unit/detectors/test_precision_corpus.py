"""On the images that other projects test with, rules say what there is to say, and nothing else; each was looked at."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest

from layerscope.errors import LayerscopeError
from layerscope.pipeline import inspect

_SERVICE = {"LS305": 1, "LS314": 1}
"""They start a program as root, and have no labels: true of them all."""
_LOOKED_AT: dict[str, dict[str, int]] = {
    "jib-core/src/test/resources/core/extraction/docker-save.tar": _SERVICE,
    "jib-core/src/test/resources/core/extraction/jib-image.tar": _SERVICE,
    "extractor/docker/testdata/image3_gz_layers.tar": {"LS102": 2},  # a Gemfile and a Pipfile, deleted by a later layer
    "pkg/fanal/test/testdata/test.oci": _SERVICE,
    "pkg/fanal/test/testdata/test_image_tag.oci": _SERVICE,
    "demo/image.tar": _SERVICE,
    "testdata/pause.tar": _SERVICE,
    "pkg/v1/mutate/testdata/overwritten_file.tar": {"LS109": 1},
    "pkg/v1/mutate/testdata/whiteout_image.tar": {"LS102": 1},
    "pkg/v1/tarball/testdata/hello-world-v25.tar": _SERVICE,
    "layerscanning/image/testdata/overwrite-file.tar": {"LS109": 1},
    "docker-archives/docker-save/3-level-jar.tar": {"LS208": 1, "LS308": 1},  # a .DS_Store, and an ADD of a directory
    "docker-archives/docker-save/hello-world.tar": _SERVICE,
    "docker-archives/docker-save/nginx.tar": {**_SERVICE, "LS306": 1},
    "docker-archives/skopeo-copy/nodes-fake-multi.tar": {"LS107": 1},  # the same two files in two layers
    ".data/test-docker-image.tar": {"LS102": 3, "LS106": 2},  # Dive's own example of waste
}
"""End of the file's name → rules, and how many findings; no other image has any."""


@pytest.mark.corpus
def test_findings_on_other_projects_images_are_those_that_were_looked_at() -> None:
    if not (root := os.environ.get("LAYERSCOPE_CORPUS")):
        pytest.skip("LAYERSCOPE_CORPUS is not set")
    names = [line.split("\t")[0].rstrip("/") for line in Path(root, "INDEX.tsv").read_text().splitlines()[1:]]
    seen, silent = 0, 0
    for name in names:
        try:
            findings = inspect(Path(root, name)).findings
        except LayerscopeError:
            continue
        wanted = next((rules for end, rules in _LOOKED_AT.items() if name.endswith(end)), {})
        assert Counter(one.rule for one in findings) == wanted, name
        seen, silent = seen + 1, silent + (not findings)
    assert seen > 40
    assert silent > seen / 2
