"""Report files appear whole or not at all."""

import os
import stat
from pathlib import Path

import pytest

from layerscope.cli.streams import check_output, output, standard_output
from layerscope.errors import UsageError


def write(path: Path, text: str = "new") -> None:
    with output(str(path)) as stream:
        stream.write(text)


def names(directory: Path) -> list[str]:
    return [path.name for path in directory.iterdir()]


def test_a_file_is_written_in_utf8(tmp_path: Path) -> None:
    write(tmp_path / "report", "é\n")
    assert (tmp_path / "report").read_bytes() == "é\n".encode()
    assert names(tmp_path) == ["report"]


def test_a_shorter_report_replaces_a_longer_one_whole(tmp_path: Path) -> None:
    (tmp_path / "report").write_text("old " * 1_000)
    write(tmp_path / "report")
    assert (tmp_path / "report").read_text() == "new"


def test_a_failure_leaves_the_old_report_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "report").write_text("old")

    def fail() -> None:
        with output(str(tmp_path / "report")) as stream:
            stream.write("half of it")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert (tmp_path / "report").read_text() == "old"
    assert names(tmp_path) == ["report"]


def test_a_reader_never_sees_half_a_report(tmp_path: Path) -> None:
    (tmp_path / "report").write_text("old")
    with output(str(tmp_path / "report")) as stream:
        stream.write("new")
        stream.flush()
        assert (tmp_path / "report").read_text() == "old"


def test_a_replaced_file_keeps_its_mode_and_a_new_one_obeys_the_umask(tmp_path: Path) -> None:
    (tmp_path / "old").write_text("old")
    (tmp_path / "old").chmod(0o640)
    write(tmp_path / "old")
    assert stat.S_IMODE((tmp_path / "old").stat().st_mode) == 0o640
    before = os.umask(0o027)
    try:
        write(tmp_path / "new")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o640


def test_the_file_behind_a_symbolic_link_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to("real")
    write(tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text() == "new"


def test_a_device_is_written_to_and_not_replaced() -> None:
    write(Path(os.devnull))
    assert stat.S_ISCHR(Path(os.devnull).stat().st_mode)


def test_a_full_device_is_an_error() -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    with pytest.raises(UsageError, match="/dev/full: No space left"):
        write(Path("/dev/full"))


@pytest.mark.parametrize(("target", "message"), [("", "is a directory"), ("none/report", "there is no directory")])
def test_a_target_that_cannot_be_written_is_known_before_an_image_is_read(
    tmp_path: Path, target: str, message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        check_output(str(tmp_path / target))


def test_a_target_that_can_be_written_passes_the_check(tmp_path: Path) -> None:
    (tmp_path / "old").write_text("old")
    for target in ("-", str(tmp_path / "old"), str(tmp_path / "new"), "new-here", os.devnull):
        check_output(target)


def test_a_closed_standard_output_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout", None)
    with pytest.raises(UsageError, match="closed"), standard_output():
        pass
