"""Which Dockerfile a build reads."""

from pathlib import Path

import pytest

from layerscope.cli.build import dockerfile_in


@pytest.mark.parametrize(
    ("args", "found"),
    [
        (("-t", "x", "."), "Dockerfile"),
        (("-f", "other/D", "."), "other/D"),
        (("--file=other/D", "-t", "x", "."), "other/D"),
        (("--file", "none", "."), None),
        (("-f", "-", "."), None),
        (("https://example.invalid/repo.git",), None),
        (("other",), None),
        ((".", "-f"), None),
    ],
)
def test_the_dockerfile_is_the_one_that_the_engine_reads(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, args: tuple[str, ...], found: str | None
) -> None:
    (tmp_path / "other").mkdir()
    for name in ("Dockerfile", "other/D"):
        (tmp_path / name).write_text("FROM scratch\n")
    monkeypatch.chdir(tmp_path)
    assert dockerfile_in(args) == (None if found is None else Path(found))
