"""Real archives and layouts from public projects: each opens with the right layers or is refused with the right reason.

Judges are GNU tar, whose listing of every layer is written down here, and Dive 0.13.1 where it opens the image.
"""

import re
from pathlib import Path

import pytest

from layerscope.errors import ImageError
from layerscope.pipeline import inspect
from unit.sources.corpus import CORPUS, ROWS, requires_corpus

pytestmark = pytest.mark.corpus
_DIVE = re.compile(r"OPEN layers=(\d+) size=(\d+)")

REFUSED = {
    "no_manifests/": "lists no image",
    "fanal/image/testdata/multi/": "is listed and is not there",
    "test_bad_index_json.oci/": "index.json is not JSON",
    "testdata/test_index3/": "is listed and is not there",
    "v2s1-invalid-signatures.manifest.json": "is JSON, such as a manifest, and holds no layers",
    "v2s1-unsigned.manifest.json": "is JSON, such as a manifest, and holds no layers",
    "fixtures/v2s1.everything.json": "is JSON, such as a manifest, and holds no layers",
    "delete_image_multiple_images/": "is not a tar, compressed or not",  # its layers are lines of text
    "delete_image_only_one_image/": "is not a tar, compressed or not",
    "name_lookups/": "is listed and is not there",
    "two_images_manifest/": "is listed and is not there",
    "no_manifest.tar": "before Docker 1.10",
    "emptyLayer.tar": "before Docker 1.10",
}
"""End of the path → part of the message."""

OPENED = {
    "core/busybox-docker.tar": (1, 420, 1223894),
    "extraction/docker-save.tar": (2, 14, 4071),
    "extraction/jib-image.tar": (2, 14, 4071),
    "testdata/valid-oci.tar": (1, 1, 10),
    "testdata/valid_oci_dir/": (1, 1, 10),
    "testdata/image3_gz_layers.tar": (4, 493, 5577494),
    "fixtures/alpine-310.tar.gz": (1, 482, 5577485),
    "fixtures/alpine-39.tar.gz": (1, 482, 5528857),
    "testdata/test.oci/": (1, 1, 13336),
    "testdata/test_image_tag.oci/": (1, 1, 13336),
    "testdata/test_index1/": (3, 7, 3),
    "demo/image.tar": (1, 1, 21),
    "testdata/image_with_symlinked_layer.tar": (2, 0, 0),
    "testdata/pause.tar": (2, 1, 350164),
    "fixtures/almostempty.tar": (1, 1, 0),
    "testdata/scratch.tar": (1, 1, 461),
    "testdata/test_gc_index/": (1, 3, 8),
    "testdata/test_index/": (1, 3, 8),
    "testdata/test_index_one_image/": (1, 1, 5),
    "testdata/overwritten_file.tar": (3, 5, 8),
    "testdata/source_image.tar": (1, 3, 8),
    "testdata/source_image_with_empty_layer_history.tar": (1, 3, 8),
    "testdata/whiteout_image.tar": (3, 5, 8),
    "testdata/foreign.tar": (2, 2, 768),
    "testdata/hello-world-v25.tar": (1, 1, 9136),
    "testdata/test_bundle.tar": (1, 3, 8),
    "testdata/test_image_1.tar": (1, 3, 8),
    "testdata/test_image_1.tar.gz": (1, 3, 8),
    "testdata/test_image.tar": (1, 4, 8),
    "image/testdata/basic.tar": (2, 2, 6817),
    "testdata/multiple-files.tar": (2, 4, 12),
    "testdata/overwrite-file.tar": (2, 2, 46),
    "testdata/single-file.tar": (1, 1, 4),
    "testdata/symlink-basic.tar": (1, 6, 12),
    "tar/testdata/basic.tar": (2, 2, 6817),
    "testdata/permissions.tar": (1, 1, 17),
    "testdata/symlinks.tar": (2, 14, 12),
    "containerd-archives/busybox.amd64.tar": (1, 440, 4261550),
    "docker-save/3-level-jar.tar": (1, 4, 8959),
    "docker-save/gemfile.tar": (1, 2, 32230),
    "docker-save/hello-world.tar": (1, 1, 13256),
    "docker-save/java-system-jars.tar": (1, 5, 83621),
    "docker-save/java-uberjar.tar": (2, 2, 2565326),
    "docker-save/nginx.tar": (1, 16, 92330),
    "docker-save/node-package-json.tar": (1, 3, 200280),
    "docker-save/oci-labels.tar": (1, 1, 97),
    "docker-save/openjdk.tar": (1, 1, 25),
    "docker-save/poetry.tar": (1, 3, 14034),
    "docker-save/top-level.tar": (1, 1, 2553500),
    "skopeo-copy/busybox.tar": (1, 420, 1219782),
    "skopeo-copy/nodes-fake-multi.tar": (2, 29, 93942),
    "skopeo-copy/nodes-fake.tar": (1, 23, 93771),
    "oci-archives/busybox-1.31.1.tar": (1, 420, 1219430),
    "oci-archives/oci-with-attestations.tar": (1, 1, 6),
    ".data/test-docker-image.tar": (14, 451, 1220598),
    ".data/test-oci-gzip-image.tar": (1, 1, 11189),
    ".data/test-oci-uncompressed-image.tar": (1, 1, 11189),
}
"""End of the path → layers, entries, content bytes: what GNU tar 1.34 lists of each layer that the manifest names."""


def expectation(path: str) -> tuple[int, int, int] | str | None:
    for end, message in REFUSED.items():
        if path.endswith(end):
            return message
    return next((found for end, found in OPENED.items() if path.endswith("/" + end)), None)


@requires_corpus
@pytest.mark.parametrize("row", ROWS, ids=[row["path"] for row in ROWS])
def test_every_image_of_the_corpus_opens_or_is_refused_as_expected(row: dict[str, str]) -> None:
    expected = expectation(row["path"])
    assert expected is not None, "a row that nobody has looked at"
    path = Path(CORPUS, row["path"])
    if isinstance(expected, str):
        with pytest.raises(ImageError, match=re.escape(expected)) as caught:
            inspect(path)
        assert "\n" not in str(caught.value)
        return
    opened = inspect(path)
    entries = sum(layer.entry_count for layer in opened.layers)
    assert (len(opened.layers), entries, opened.image.content_bytes) == expected
    assert not opened.partial
    dive = _DIVE.match(row["dive_result"])
    if dive and row["format"].startswith("docker"):  # which takes any order of layers in an OCI archive
        assert (len(opened.layers), opened.image.content_bytes) == (int(dive[1]), int(dive[2]))


@requires_corpus
def test_every_row_of_the_table_is_in_the_corpus() -> None:
    paths = [row["path"] for row in ROWS]
    for end in (*OPENED, *REFUSED):
        assert sum(path.endswith(end) for path in paths) == 1, end
