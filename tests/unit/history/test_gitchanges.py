"""How often the sources of COPY changed, as a real repository tells."""

import shutil
import subprocess
from pathlib import Path

import pytest

from layerscope.errors import UsageError
from layerscope.history import gitchanges
from layerscope.history.gitchanges import volatility_of

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


def git(directory: Path, *words: str) -> None:
    settings = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false", "-c", "core.hooksPath=")
    subprocess.run(["git", "-C", directory, *settings, *words], check=True, capture_output=True)


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five commits: a manifest once, sources three times, a name with odd letters, a file outside of the context."""
    root = tmp_path_factory.mktemp("repository")
    git(root, "init", "-q")
    commits = (
        {"app/package.json": "{}", "app/src/a.js": "1"},
        {"app/src/a.js": "2"},
        {"app/src/deep/b.js": "3"},
        {"app/café \t.md": "4"},
        {"other/c": "5"},
    )
    for number, files in enumerate(commits):
        for name, text in files.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
        git(root, "add", "-A")
        git(root, "commit", "-q", "-m", str(number))
    return root


def counts(repository: Path, *copies: str) -> list[int | None]:
    lines = ["FROM a", *copies]
    found, notes = volatility_of(lines, repository / "app")
    assert notes == ()
    return [found[number].changed_count if number in found else None for number in range(2, len(lines) + 1)]


def test_each_copy_counts_the_commits_that_changed_a_file_under_its_sources(repository: Path) -> None:
    assert counts(
        repository,
        "COPY package.json ./",
        "COPY src/ src/",
        "COPY ./src/*.js x/",
        "COPY . .",
        "COPY none /",
        "ADD src/deep /",
    ) == [1, 3, 2, 4, 0, 1]


def test_names_with_odd_letters_are_names_like_others(repository: Path) -> None:
    assert counts(repository, "COPY caf* /") == [1]


def test_json_forms_and_several_sources_are_read(repository: Path) -> None:
    assert counts(repository, 'COPY ["package.json", "src/deep", "/x/"]') == [2]


def test_other_stages_addresses_documents_and_variables_are_left_out(repository: Path) -> None:
    copies = ("COPY --from=a . .", "ADD https://x/y /", "COPY <<EOF /x\na\nEOF", "COPY $SRC /", "RUN true")
    assert counts(repository, *"\n".join(copies).split("\n")) == [None] * 7


def test_what_the_build_ignores_does_not_count(repository: Path) -> None:
    ignore = repository / "app/.dockerignore"
    try:
        ignore.write_text("# no\nsrc\n!src/deep\n")
        assert counts(repository, "COPY . .") == [3]
    finally:
        ignore.unlink()


def test_a_directory_without_repository_is_wrong_usage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    with pytest.raises(UsageError, match="not a git repository"):
        volatility_of(["FROM a", "COPY . ."], tmp_path)
    with pytest.raises(UsageError, match="no such directory"):
        volatility_of(["FROM a", "COPY . ."], tmp_path / "none")


def test_git_runs_nothing_that_the_repository_names(repository: Path, tmp_path: Path) -> None:
    trap = tmp_path / "ran"
    for key in ("core.fsmonitor", "core.pager", "diff.external", "gpg.program", "pager.log"):
        git(repository, "config", key, f"touch {trap};")
    git(repository, "config", "log.showSignature", "true")
    counts(repository, "COPY . .")
    assert not trap.exists()


def test_git_gets_some_seconds_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = tmp_path / "bin/git"
    slow.parent.mkdir()
    slow.write_text("#!/bin/sh\nprintf '\\001\\n\\na\\n'\nexec sleep 30\n")
    slow.chmod(0o755)
    monkeypatch.setenv("PATH", f"{slow.parent}:/usr/bin:/bin")
    monkeypatch.setattr(gitchanges, "TIMEOUT_S", 0.3)
    found, notes = volatility_of(["FROM a", "COPY . ."], tmp_path)
    assert found[2].commit_count == 1
    assert [note.code for note in notes] == ["git-cut-short"]


@pytest.mark.parametrize("source", ["*" * 5000, "a" * 4000 + "*", "[" * 99, "(", "\\", "**/**/**/**", "*a*a*a*a"])
def test_odd_sources_match_what_they_can_and_take_no_time(source: str, repository: Path) -> None:
    counts(repository, f"COPY {source} /x")
