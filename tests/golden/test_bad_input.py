"""What cannot be read is said in one clear line, with exit code 3; never a traceback, never a green build."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from builder import Entry, ImageBuilder, Members, tar_bytes
from golden.command import Ended, environment, layerscope_ends

# A shell that starts tests in the background has them ignore interrupts, and children inherit that.
_INTERRUPTIBLE = (
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler);"
    "from layerscope.__main__ import main; main()"
)


def assert_unreadable(ended: Ended) -> None:
    assert (ended.code, ended.out) == (3, "")
    first, *hints = ended.err.splitlines()
    assert first.startswith("layerscope: ")
    assert len(first) > len("layerscope: ") + 10
    assert len(hints) <= 2
    assert all(hint.startswith("  ") for hint in hints)
    assert "Traceback" not in ended.err


def _text(path: Path) -> None:
    path.write_text("#!/bin/sh\necho hello\n")


def _noise(path: Path) -> None:
    path.write_bytes(bytes(range(256)) * 64)


def _half(path: Path) -> None:
    whole = ImageBuilder().layer({"f": b"x" * 100_000}).save(path).read_bytes()
    path.write_bytes(whole[: len(whole) // 2])


def _without_manifest(path: Path) -> None:
    path.write_bytes(tar_bytes([("some/file", Entry(data=b"text")), ("other", Entry(data=b"text"))]))


def _without_layers(path: Path) -> None:
    def drop(members: Members) -> Members:
        return [(name, entry) for name, entry in members if len(entry.data) < 4_000]

    ImageBuilder().layer({"f": b"x" * 100_000}).save(path, "legacy", edit=drop)


def _null_manifest(path: Path) -> None:
    path.write_bytes(tar_bytes([("manifest.json", Entry(data=b"null"))]))


def _escaping_manifest(path: Path) -> None:
    manifest = [{"Config": "../../etc/passwd", "Layers": ["/etc/shadow"], "RepoTags": None}]
    path.write_bytes(tar_bytes([("manifest.json", Entry(data=json.dumps(manifest).encode()))]))


BROKEN: dict[str, Callable[[Path], None]] = {
    "no such file": lambda _path: None,
    "a directory that is no image": Path.mkdir,
    "an empty file": Path.touch,
    "not a tar": _text,
    "random bytes": _noise,
    "a truncated tar": _half,
    "a tar without a manifest": _without_manifest,
    "an archive without its layers": _without_layers,
    "a manifest that is null": _null_manifest,
    "a manifest that points outside": _escaping_manifest,
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_file_that_is_no_image_is_refused_in_one_line(case: str, tmp_path: Path) -> None:
    path = tmp_path / "image.tar"
    BROKEN[case](path)
    assert_unreadable(layerscope_ends("ci", path))


@pytest.mark.parametrize(
    "command", [["ci"], ["inspect"], [], ["report", "--format", "json"], ["ls"], ["history"]], ids=" ".join
)
def test_every_command_refuses_the_same_way(command: list[str], tmp_path: Path) -> None:
    assert_unreadable(layerscope_ends(*command, tmp_path / "none.tar"))


@pytest.mark.parametrize("reference", ["docker://some:1", "podman://some:1", "no-such-image:latest"])
def test_an_engine_that_does_not_answer_is_named(reference: str) -> None:
    ended = layerscope_ends("ci", reference)
    assert_unreadable(ended)
    assert "docker" in ended.err.lower() or "podman" in ended.err.lower()


def test_nothing_on_standard_input_is_refused() -> None:
    assert_unreadable(layerscope_ends("ci", "-"))


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="there is no /dev/zero")
def test_a_stream_without_an_end_is_refused() -> None:
    """A tar of zeros has ended before it has begun."""
    with Path("/dev/zero").open("rb") as endless:
        words = [sys.executable, "-m", "layerscope", "ci", "-"]
        done = subprocess.run(
            words, stdin=endless, env=environment(), capture_output=True, check=False, timeout=30, text=True
        )
    assert (done.returncode, done.stdout) == (3, "")
    assert "goes on without an end" in done.stderr


def test_a_working_directory_that_is_gone_is_wrong_usage(bad_tar: Path, tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    start = f"import os; os.chdir({str(gone)!r}); os.rmdir({str(gone)!r}); {_INTERRUPTIBLE}"
    words = [sys.executable, "-c", start, "ci", str(bad_tar)]
    done = subprocess.run(words, env=environment(), capture_output=True, check=False, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("layerscope: the working directory: ")


def test_an_unknown_source_is_wrong_usage() -> None:
    ended = layerscope_ends("ci", "dokcer://x")
    assert (ended.code, ended.out) == (2, "")
    assert "docker" in ended.err


def test_a_traceback_comes_only_with_debug(tmp_path: Path) -> None:
    ended = layerscope_ends("ci", "--debug", tmp_path / "none.tar")
    assert ended.code == 3
    assert "Traceback" in ended.err


@pytest.mark.parametrize(
    "module",
    ["layerscope.cli.main", "layerscope.cli.plain", "layerscope.cli.judging", "layerscope.cli.root", "click"],
)
def test_an_interrupt_while_it_starts_is_one_line_as_well(module: str, bad_tar: Path) -> None:
    early = f"""
import sys
class Interrupting:
    def find_spec(self, name, path=None, target=None):
        if name == {module!r}:
            raise KeyboardInterrupt
sys.meta_path.insert(0, Interrupting())
sys.argv = ["layerscope", "ci", {str(bad_tar)!r}, "--no-dockerfile"]  # an option, so that click is loaded, too
from layerscope.__main__ import main
main()
"""
    done = subprocess.run([sys.executable, "-c", early], env=environment(), capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (130, b"", b"layerscope: stopped\n")


def test_an_interrupted_run_ends_with_130(bad_tar: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _INTERRUPTIBLE, "ci", "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
    ) as process:
        assert process.stdin is not None
        whole = bad_tar.read_bytes()
        # More than a pipe holds: once it is written, the process has started to read, and waits for the rest.
        process.stdin.write(whole[:200_000])
        process.stdin.flush()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate()
    assert (process.returncode, out) == (130, b"")
    assert err == b"layerscope: stopped\n"
