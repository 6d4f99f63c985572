"""The public corpus, read where it lies: LAYERSCOPE_CORPUS names its directory."""

import csv
import os
import re
from pathlib import Path

import pytest

CORPUS = os.environ.get("LAYERSCOPE_CORPUS", "")
_IMAGE = re.compile(r"docker-archive|docker>=25|oci-archive|oci-layout|docker-v1-save|docker-schema1")


def corpus_rows() -> list[dict[str, str]]:
    """List what claims to be an image."""
    index = Path(CORPUS, "INDEX.tsv") if CORPUS else None
    if index is None or not index.is_file():
        return []
    with index.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [row for row in rows if _IMAGE.match(row["format"])]


ROWS = corpus_rows()
requires_corpus = pytest.mark.skipif(not ROWS, reason="LAYERSCOPE_CORPUS does not name the corpus")
