"""The odd tars of the public corpus, each with what must come of it, reviewed by hand.

Where the outcome is not tarfile's, `differs` says why it is right: it is what container engines see, that is what Go's
archive/tar reads. Reasons of refusal are Go's, too, in our words. The corpus is read where it lies and is no part of
this project.
"""

import bz2
import gzip
import lzma
import os
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from laws.tarlook import names, rows, scan, tarfile_rows
from layerscope.errors import ImageError

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

pytestmark = pytest.mark.corpus


@dataclass(frozen=True, slots=True)
class Read:
    """What a tar holds."""

    rows: int
    stored_bytes: int
    markers: int = 0
    left_out: int = 0
    terminated: bool = True
    differs: str = ""
    """Why we do not say what tarfile says."""


# Repository of the corpus → end of the file's path → outcome, or why it is refused.
OUTCOMES: dict[str, dict[str, Read | str]] = {
    "GoogleContainerTools+container-diff": {
        "la-croix-dir-update.tar": Read(2, 0),
        "la-croix-wh.tar": Read(2, 0, markers=2, differs="whiteouts are no entries"),
        "la-croix1.tar": Read(3, 0),
        "nested-dir.tar": Read(1, 0),
    },
    "GoogleContainerTools+jib": {
        "compressed.tar.gz": Read(1, 0),
        "not-compressed.tar": Read(1, 0),
        "c98d1833a3aeae2bfb668cf9eb965c229c7f": Read(3, 2427),
        "tarfile-only-file-packaged.tar": Read(1, 14),
    },
    "alexcrichton+tar-rs": {
        "7z_long_path.tar": Read(2, 0),
        "biguid_pax.tar": Read(1, 14),
        "file_times.tar": Read(1, 0),
        "gnu-longname.tar": Read(1, 0),
        "hard_link.tar": Read(4, 332),
        "null_date.tar": Read(4, 2276, terminated=False),
        "/pax.tar": Read(2, 3150),
        "pax3.tar": Read(1, 0),
        "pax_size.tar": Read(1, 4),
        "pax_sparse.tar": Read(1, 4096),
        "reading_files.tar": Read(2, 44),
        "simple.tar": Read(3, 0),
        "simple_missing_last_header.tar": Read(3, 0),
        "single.tar": Read(1, 0),
        "sparse-1.tar": Read(1, 4108),
        "sparse-large.tar": Read(1, 1664),
        "/sparse.tar": Read(4, 4526),
        "xattrs.tar": Read(2, 0),
    },
    "aquasecurity+fanal": {
        "osreleaselink.tar": Read(5, 381),
    },
    "aquasecurity+trivy": {
        "badworld.tar.gz": Read(1, 10),
        "helloworld.tar.gz": Read(1, 12),
        "opq.tar": Read(4, 0, markers=2, differs="markers are no entries"),
    },
    "bazelbuild+rules_docker": {
        "7c4dec/layer.tar": Read(3, 54),
        "two.tar": Read(4, 13),
    },
    "golang+go": {
        "file-and-dir.tar": Read(2, 5),
        "gnu-nil-sparse-data.tar": Read(1, 1000),
        "gnu-nil-sparse-hole.tar": Read(1, 0),
        "gnu-not-utf8.tar": Read(1, 0),
        "gnu-utf8.tar": Read(1, 0),
        "hardlink.tar": Read(2, 15),
        "hdr-only.tar": Read(16, 92),
        "issue11169.tar": "a tar header in which a PAX record is longer than its header",
        "issue12435.tar": "a tar header in which a number is beyond 63 bits",
        "neg-size.tar": "a tar header in which a number is beyond 63 bits",
        "pax-bad-hdr-file.tar": "a tar header in which a PAX record is longer than its header",
        "pax-bad-hdr-large.tar.bz2": "an extended tar header of 1,048,577 bytes",
        "pax-multi-hdrs.tar": Read(
            1,
            0,
            terminated=False,
            differs="the second of two extended headers replaces the first (Go, GNU tar); in tarfile the first wins",
        ),
        "pax-nul-path.tar": "a tar header in which a PAX record has a NUL in its key or in a name",
        "pax-nul-xattrs.tar": "a tar header in which a PAX record has a NUL in its key or in a name",
        "pax-path-hdr.tar": "it ends after an extended header",
        "pax-sparse-big.tar": Read(
            1,
            3072,
            differs="tarfile takes the PAX record of the stored size for the size of the file",
        ),
        "pax.tar": Read(2, 7),
        "sparse-formats.tar": Read(5, 384),
        "trailing-slash.tar": Read(1, 0),
        "v7.tar": Read(2, 16),
        "writer-big-long.tar": "it is cut short in the contents of ",
        "writer-big.tar": "it is cut short in the contents of",
        "writer.tar": Read(3, 16),
    },
    "goodwithtech+dockle": {
        "goodTarContent.golden": Read(2, 22, terminated=False),
    },
    "google+go-containerregistry": {
        "layer.tar": Read(3, 8),
    },
    "google+osv-scalibr": {
        "empty.tar": Read(0, 0),
        "escape.tar": Read(6, 3, terminated=False),
    },
    "libarchive+libarchive": {
        "test_acl_pax_posix1e.tar": Read(4, 0),
        "test_compat_plexus_archiver_tar.tar": "a lone block of zeros between tar entries",
        "test_compat_tar_directory_1.tar": Read(2, 0),
        "test_compat_zstd_1.tar.zst": Read(6, 18),
        "test_pax_xattr_header_schily.tar": Read(1, 8),
        "test_read_format_gtar_filename_cp866.tar": Read(2, 12),
        "test_read_format_gtar_filename_eucjp.tar": Read(2, 12),
        "test_read_format_gtar_filename_koi8r.tar": Read(2, 12),
        "test_read_format_gtar_sparse_1_17.tar": Read(3, 51393),
        "gtar_sparse_1_17_posix10_modified.tar": "a sparse map has no valid length",
        "test_read_format_gtar_sparse_length.tar": Read(2, 0),
        "test_read_format_gtar_sparse_reuse.tar": Read(1, 0),
        "test_read_format_tar_empty_filename.tar": Read(
            0,
            0,
            left_out=1,
            differs="a name of nothing names nothing; tarfile lists it",
        ),
        "test_read_format_tar_empty_with_gnulabel.tar": Read(
            0,
            0,
            left_out=1,
            differs="a volume label is no file; tarfile lists it",
        ),
        "test_read_format_tar_filename_koi8r.tar": Read(2, 12),
        "test_read_format_tar_invalid_pax_size.tar": "a tar header in which a PAX record has no valid length",
        "test_read_format_tar_pax_sun_holesdata.tar": Read(1, 1536),
        "test_read_format_tar_pax_timestamps.tar": "a tar header in which PAX mtime",
        "test_read_format_tar_timestamp_overflow.tar": Read(
            1,
            14,
            differs="fields start with NUL, which Go and GNU tar skip; tarfile reads 0",
        ),
        "test_read_pax_xattr_schily.tar": Read(1, 33),
        "test_leading_slash.tar": Read(2, 4),
    },
    "moby+moby": {
        "broken.tar": Read(10, 6743),
        "991fd5328c1a94d364ad00e457/layer.tar": Read(9, 3348),
        "b4d4702f3ba7d4d2698e22c158/layer.tar": Read(1, 0),
        "xattr/layer.tar": Read(1, 0),
    },
    "npm+node-tar": {
        "200longlink.tar": Read(1, 0),
        "200longname.tar": Read(1, 201),
        "c.tar": Read(10, 1731),
        "c.v1.tar": Read(8, 1531),
        "c.v2.tar": Read(7, 1531),
        "c.v3.tar": Read(6, 1330),
        "c.v4.tar": Read(5, 1130),
        "c.v5.tar": Read(3, 1126),
        "c.v6.tar": Read(2, 1026),
        "omega.tar": Read(1, 2),
        "emptypax.tar": Read(2, 107),
        "file.tar": Read(1, 1),
        "global-header.tar": Read(1, 1, differs="engines ignore global headers; tarfile applies them"),
        "trailing-slash-corner-case.tar": Read(3, 1120),
    },
    "python+cpython": {
        "testtar.tar": Read(39, 390076),
        "testtar.tar.xz": Read(1, 0),
    },
    "quay+claircore": {
        "bad_name.tar": Read(1, 9),
        "oddlayer.tar": Read(1, 0, terminated=False),
        "layer-with-bad-version.tar": Read(7, 1309),
        "layer-with-cpe.tar": Read(3, 100),
        "/layer-with-embedded-cs.tar": Read(4, 80),
        "layer-with-invalid-content-manifests-json.tar": Read(4, 89),
        "layer-with-no-cpe-info.tar": Read(2, 0),
        "rhcos-layer-with-conflicting-files.tar": Read(8, 160),
        "rhcos-layer-with-embedded-cs.tar": Read(4, 80),
        "whiteout_advanced.layer": Read(1, 0, markers=3, differs="whiteouts are no entries"),
    },
    "snyk+snyk-docker-plugin": {
        "unsupported-image.tar": Read(3, 71),
        "layer_with_bad_elf_file.tar": Read(6, 1402300),
    },
}
CASES = [(repository, end) for repository, files in OUTCOMES.items() for end in files]


def find(repository: str, end: str) -> Path:
    corpus = os.environ.get("LAYERSCOPE_CORPUS")
    if corpus is None:
        pytest.skip("LAYERSCOPE_CORPUS does not name the public corpus")
    found = [path for path in Path(corpus, repository).rglob("*") if str(path).endswith(end) and path.is_file()]
    assert len(found) == 1, found
    return found[0]


def uncompressed(path: Path) -> bytes:
    data = path.read_bytes()
    openers = {
        b"\x1f\x8b": gzip.decompress, b"BZ": bz2.decompress, b"\xfd7": lzma.decompress, b"\x28\xb5": zstd.decompress,
    }  # fmt: skip
    return openers[data[:2]](data) if data[:2] in openers else data


@pytest.mark.parametrize(("repository", "end"), CASES)
def test_an_odd_tar_of_the_corpus_reads_as_reviewed(repository: str, end: str, tmp_path: Path) -> None:
    data = uncompressed(find(repository, end))
    outcome = OUTCOMES[repository][end]
    if isinstance(outcome, str):
        with pytest.raises(ImageError) as refused:
            scan(data, tmp_path)
        assert outcome in str(refused.value)
        return
    table = scan(data, tmp_path)
    assert outcome == Read(
        rows=len(table),
        stored_bytes=table.content_bytes,
        markers=len(table.whiteouts) + len(table.opaques),
        left_out=len(table.quarantined),
        terminated=table.terminated,
        differs=outcome.differs,
    )
    if end != "goodTarContent.golden":  # tarfile does not read a tar whose last padding is missing
        assert (rows(table, data) == tarfile_rows(data)) == (not outcome.differs)


def test_of_two_extended_headers_the_second_counts(tmp_path: Path) -> None:
    data = uncompressed(find("golang+go", "/pax-multi-hdrs.tar"))
    (row,) = rows(scan(data, tmp_path), data)
    assert (row[0], row[6]) == (b"/bar", b"PAX4/PAX4/long-linkpath-name")


def test_a_global_header_renames_nothing_and_is_remarked(tmp_path: Path) -> None:
    data = uncompressed(find("npm+node-tar", "/global-header.tar"))
    table = scan(data, tmp_path)
    assert names(rows(table, data)) == [b"/one-byte.txt"]
    assert table.remarks == ["it has a global PAX header, which engines ignore"]


def test_a_file_of_sixty_gigabytes_of_holes_is_that_big(tmp_path: Path) -> None:
    data = uncompressed(find("golang+go", "/pax-sparse-big.tar"))
    assert scan(data, tmp_path).sparse[0].real_size_bytes == 60_000_000_000


def test_fields_that_start_with_nul_are_read(tmp_path: Path) -> None:
    data = uncompressed(find("libarchive+libarchive", "/test_read_format_tar_timestamp_overflow.tar"))
    table = scan(data, tmp_path)
    assert (list(table.mode), list(table.size)) == ([0o64], [14])
