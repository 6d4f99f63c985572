"""Real archives and layouts from public projects: each opens with the right layers or is refused with the right reason.

The corpus is read where it lies; LAYERSCOPE_CORPUS names its directory. Where Dive 0.13.1 opened a docker-archive of
one image, its layers and bytes are the expectation; everything else was looked at and is written down here.
"""

import csv
import os
import random
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from layerscope.errors import ImageError
from layerscope.filesystem.tarscan import scan_stream
from layerscope.model.image import LayerBlob, RawImage

pytestmark = pytest.mark.corpus
CORPUS = os.environ.get("LAYERSCOPE_CORPUS", "")
_IMAGE = re.compile(r"docker-archive|docker>=25|oci-archive|oci-layout|docker-v1-save|docker-schema1")
_DIVE = re.compile(r"OPEN layers=(\d+) size=(\d+)")

REFUSED = {
    "no_manifests/": "lists no image",
    "fanal/image/testdata/multi/": "is listed and is not there",
    "test_bad_index_json.oci/": "index.json is not JSON",
    "testdata/test_index3/": "is listed and is not there",
    "v2s1-invalid-signatures.manifest.json": "neither a tar nor a compressed one",
    "v2s1-unsigned.manifest.json": "neither a tar nor a compressed one",
    "fixtures/v2s1.everything.json": "neither a tar nor a compressed one",
    "delete_image_multiple_images/": "is not a tar, compressed or not",  # its layers are lines of text
    "delete_image_only_one_image/": "is not a tar, compressed or not",
    "name_lookups/": "is listed and is not there",
    "two_images_manifest/": "is listed and is not there",
    "no_manifest.tar": "before Docker 1.10",
    "emptyLayer.tar": "before Docker 1.10",
}
"""End of the path → part of the message."""

OPENED = {
    "valid_oci_dir/": (1, 10),
    "alpine-310.tar.gz": (1, 5577485),
    "alpine-39.tar.gz": (1, 5528857),
    "testdata/test.oci/": (1, 13336),
    "test_image_tag.oci/": (1, 13336),
    "testdata/test_index1/": (3, 3),
    "test_gc_index/": (1, 8),
    "testdata/test_index/": (1, 8),
    "test_index_one_image/": (1, 5),
    "test_image_1.tar.gz": (1, 8),
    "docker-save/gemfile.tar": (1, 32230),
}
"""End of the path → layers and content bytes, where Dive cannot be asked."""


def corpus_rows() -> list[dict[str, str]]:
    index = Path(CORPUS, "INDEX.tsv") if CORPUS else None
    if index is None or not index.is_file():
        return []
    with index.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [row for row in rows if _IMAGE.match(row["format"])]


ROWS = corpus_rows()
requires_corpus = pytest.mark.skipif(not ROWS, reason="LAYERSCOPE_CORPUS does not name the corpus")


def content_bytes(blob: LayerBlob) -> int:
    if blob.table is not None:
        return blob.table.content_bytes
    if blob.window is None:
        with blob.open_tar() as stream:
            return scan_stream(stream, blob.name).content_bytes
    from layerscope.filesystem.tarscan import scan_window

    with blob.window.path.open("rb") as file:
        return scan_window(file.fileno(), blob.window.offset, blob.window.size_bytes, blob.name).content_bytes


def expectation(row: dict[str, str]) -> tuple[int, int] | str | None:
    for end, message in REFUSED.items():
        if row["path"].endswith(end):
            return message
    for end, found in OPENED.items():
        if row["path"].endswith(end):
            return found
    match = _DIVE.match(row["dive_result"])
    return (int(match[1]), int(match[2])) if match else None


@requires_corpus
@pytest.mark.parametrize("row", ROWS, ids=[row["path"] for row in ROWS])
def test_every_image_of_the_corpus_opens_or_is_refused_as_expected(
    row: dict[str, str], open_ref: Callable[..., RawImage]
) -> None:
    expected = expectation(row)
    assert expected is not None, "a row that nobody has looked at"
    path = Path(CORPUS, row["path"])
    if isinstance(expected, str):
        with pytest.raises(ImageError, match=re.escape(expected)) as caught:
            open_ref(path)
        assert "\n" not in str(caught.value)
        return
    opened = open_ref(path)
    assert (len(opened.layers), sum(map(content_bytes, opened.layers))) == expected


@requires_corpus
@pytest.mark.parametrize("seed", range(20))
def test_no_image_of_the_corpus_becomes_a_smaller_one_when_it_is_cut(
    seed: int, tmp_path: Path, open_ref: Callable[..., RawImage]
) -> None:
    chance = random.Random(seed)
    files = [row for row in ROWS if Path(CORPUS, row["path"]).is_file() and not isinstance(expectation(row), str)]
    row = chance.choice(files)
    data = Path(CORPUS, row["path"]).read_bytes()
    path = tmp_path / "cut"
    for _ in range(20):
        length = chance.randrange(len(data))
        path.write_bytes(data[: length - length % chance.choice((1, 512))])
        try:
            found = [content_bytes(layer) for layer in open_ref(path).layers]
        except ImageError:
            continue
        expected = [content_bytes(layer) for layer in open_ref(Path(CORPUS, row["path"])).layers]
        assert found == expected
