"""The limits that the README states are those of the code, and the tests that it names are there."""

import re
from pathlib import Path

import pytest

from layerscope.filesystem import allowance, links, reading, scanning, stack, tarheader, tarscan, unpacking
from layerscope.history import align, dockerfile
from layerscope.sources import budget, candidates, dockersave, imageconfig, manifest, oci, outertar, spool, stream

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
SECURITY = README.partition("## Security\n")[2].partition("\n## ")[0]


def binary(count: int) -> str:
    """Write a power of two times a number as people do."""
    for bits, unit in ((40, "TiB"), (20, "MiB"), (10, "KiB")):
        if count >= 1 << bits:
            assert count % (1 << bits) == 0
            return f"{count >> bits} {unit}"
    return str(count)


LIMITS = {
    "manifest, index, configuration": f"{binary(manifest.MAX_JSON_BYTES)}, {manifest.MAX_JSON_DEPTH} levels deep",
    "images, indexes and attestations of one archive": f"{candidates.MAX_IMAGES:,}; {oci.MAX_DEPTH} indexes deep",
    "configurations read to choose an image": f"{binary(candidates.MAX_CONFIG_BYTES)} together",
    "records of the history": (
        f"{imageconfig.MAX_HISTORY_RECORDS:,}; {binary(imageconfig.MAX_RECORD_CHARS)}, "
        f"{binary(imageconfig.MAX_HISTORY_CHARS)}"
    ),
    "variables, labels and the like": f"{manifest.MAX_ITEMS:,} each",
    "a Dockerfile": (
        f"{binary(dockerfile.MAX_DOCKERFILE_BYTES)}; {align.MAX_STAGES}, {align.MAX_STATEMENTS:,}, "
        f"{align.MAX_COMPARED:,}"
    ),
    "JSON kept of a stream": f"{binary(stream.MAX_KEPT_BYTES)}; {binary(stream.MAX_STATEMENT_BYTES)}",
    "layers": f"{candidates.MAX_LAYERS:,}",
    "files in the outer archive": f"{outertar.MAX_MEMBERS:,}; {binary(outertar.MAX_EXTENSION_BYTES)}",
    "unpacked bytes of an image": (
        f"{binary(budget.FREE_BYTES)} + {budget.MAX_RATIO:,} \N{MULTIPLICATION SIGN} what is stored"
    ),
    "PAX records of an image": (
        f"{allowance.FREE_RECORDS:,} + {allowance.RECORDS_EACH} for each entry that has an extended header; "
        f"{allowance.FREE_XATTRS:,} + {allowance.XATTRS_EACH}; {allowance.FREE_RUNS:,} + {allowance.RUNS_EACH}"
    ),
    "entries of one layer": (
        f"{tarscan.MAX_ENTRIES // 10**6} million; {scanning.MAX_REPEATED_ENTRIES:,} + as many as the layers have"
    ),
    "directories that no entry mentions": f"{stack.FREE_IMPLIED_ENTRIES:,} + {stack.IMPLIED_PER_ENTRY} for each entry",
    "components of symlinks": f"{links.MAX_WALKED // 10**6} million",
    "a sparse file written out": binary(reading.MAX_READ_BYTES),
    "room left on the disk": binary(spool.MIN_FREE_BYTES),
}
ROWS = dict(re.findall(r"^\| ([^|]+) \| ([^|]+) \|$", SECURITY, re.MULTILINE))


@pytest.mark.parametrize("what", LIMITS)
def test_the_readme_states_the_limit_of_the_code(what: str) -> None:
    stated = next(limit for name, limit in ROWS.items() if name.startswith(what))
    assert stated.startswith(LIMITS[what])


def test_no_row_of_the_readme_is_held_by_nothing() -> None:
    rows = [name for name in ROWS if name not in {"what", "---"}]
    assert [name for name in rows if not any(name.startswith(what) for what in LIMITS)] == []


def test_limits_that_are_said_once_are_the_same_twice() -> None:
    assert tarheader.MAX_EXTENSION_BYTES == outertar.MAX_EXTENSION_BYTES
    assert unpacking.MIN_FREE_BYTES == spool.MIN_FREE_BYTES
    assert dockersave.MAX_TAGS == manifest.MAX_ITEMS


def test_the_tests_that_the_readme_names_are_there() -> None:
    named = re.findall(r"`(tests/[\w/.]+)`", SECURITY)
    assert len(named) > 4
    assert [name for name in named if not (Path(__file__).parents[2] / name).exists()] == []
