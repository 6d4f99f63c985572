"""The table of attacks names every anchor and every point, and tests that exist and say what they stand for."""

import pytest

from hostile.attacks import TESTS, Row, collected, rows

ANCHORS = {
    # extraction, layers, the outer archive
    "CVE-2007-4559", "CVE-2024-12718", "CVE-2025-4138", "CVE-2025-4330", "CVE-2025-4435", "CVE-2025-4517",
    "CVE-2026-4360", "TestExtractionFilters", "CVE-2021-29136", "CVE-2014-9356", "CVE-2014-6407", "CVE-2018-15664",
    "TestApplyLayerInvalidFilenames", "TestApplyLayerInvalidHardlink", "TestApplyLayerInvalidSymlink",
    "TestUntarInvalidFilenames", "TestUntarInvalidHardlink", "TestUntarInvalidSymlink", "TestBreakouts",
    "TestTargetOutsideRoot", "symlink-attack.tar", "escape.tar", "CVE-2024-3727", "CVE-2024-24579", "CVE-2026-50163",
    "possible path traversal (same prefix)", "safePath",
    # documents
    "CVE-2021-41190", "TestValidateUnambiguousManifestFormat", "TestValidateManifest", "null_manifest.tar",
    # bombs, circles, shifted sizes, digests
    "CVE-2020-1702", "CVE-2023-25153", "CVE-2022-2879", "CVE-2025-58183", "iolimits", "TestReadAtMost",
    "perFileReadLimit", "MaxFileBytes", "pax-bad-hdr-large", "gnu-sparse-many-zeros",
    "test_read_format_tar_pax_g_large", "CVE-2019-20907", "recursion.tar", "CVE-2024-6232", "CVE-2025-8194",
    "CVE-2025-62518", "paxsize.tar", "pax_size.tar", "Layer tarfile used for two different DiffID values",
    "TestBadHash", "TestBadSize", "java-windows.tar", "oci-archives/nginx.tar", "alpine-3.12.0.tar",
    # text, cuts, trees, output
    "CVE-2021-25743", "kubernetes#112553", "Textual#6155", "Textual#5581", "Test_complexSymlinkPerformance",
    "formats.md 1.9: tarfile stops silently", "Dive's --json does not truncate",
    # constants
    "limit: 4 MiB", "limit: JSON depth", "limit: 1,000 layers", "limit: 10 M entries", "limit: 1 MiB header",
    "limit: index depth 8", "limit: symlink depth 40", "limit: decompression ratio",
}  # fmt: skip
"""What other projects were broken by, or test for: their advisories, tests and files, and the limits worth having."""


def test_every_anchor_and_every_point_has_a_row() -> None:
    listed = {anchor for row in rows() for anchor in row.stands_for}
    assert ANCHORS - listed == set()
    assert {row.point for row in rows()} == {1, 2, 3, 4, 5, 6}


@pytest.mark.xdist_group("attacks")  # one worker collects the tests
@pytest.mark.parametrize("row", rows(), ids=lambda row: row.attack[:40])
def test_every_test_of_a_row_exists(row: Row) -> None:
    assert row.outcome
    assert [test for test in row.tests if not collected()[test]] == []


@pytest.mark.parametrize("row", [row for row in rows() if row.stands_for], ids=lambda row: row.attack[:40])
def test_a_test_says_what_it_stands_for(row: Row) -> None:
    """In the words of the advisory, or of the other project."""
    texts = "".join(
        (TESTS / file).read_text(encoding="utf-8") for file in {one.partition("::")[0] for one in row.tests}
    )
    texts = " ".join(texts.split())
    named = [one for one in row.stands_for if one.startswith(("CVE-", "Test", "Textual#", "kubernetes#"))]
    assert [one for one in named if one not in texts] == []
