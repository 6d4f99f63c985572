"""Podman by its command, with a stand-in for that command; the real one is asked by the engine tests."""

import json
import os
import stat
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from builder import ImageBuilder, tar_bytes
from layerscope.errors import CancelledError, EngineError, ImageNotFoundError
from layerscope.model.image import RawImage
from standin import Behaviour, built

Open = Callable[..., RawImage]

PODMAN = """#!{python}
import json, os, pathlib, sys, time
state = pathlib.Path({state!r})
first = next(i for i, word in enumerate(sys.argv) if word in ("image", "history"))
words = [word for word in sys.argv[first:] if not word.startswith("--")]
with (state / "log").open("a") as log:
    log.write(" ".join(sys.argv[1:]) + "\\n")
if words[:2] == ["image", "inspect"]:
    if not (state / "there").exists():
        sys.exit("Error: inspecting object: " + words[-1] + ": image not known")
    print((state / "inspect.json").read_text())
elif words[0] == "history":
    print("[]")
elif words[:2] == ["image", "list"]:
    print("[]")
elif words[:2] == ["image", "pull"]:
    (state / "there").touch()
elif words[:2] == ["image", "save"]:
    (pathlib.Path(os.environ["TMPDIR"]) / "big").write_text("x")
    data = (state / "archive").read_bytes()
    if (state / "stall").exists():
        sys.stdout.buffer.write(data[:100_000])
        sys.stdout.flush()
        time.sleep(60)
    if (state / "fail").exists():
        sys.stdout.buffer.write(data[:100_000])
        sys.exit("Error: writing blob: no space left on device")
    sys.stdout.buffer.write(data)
"""


@pytest.fixture
def podman(engine: Behaviour, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a stand-in for podman on PATH, and nothing else; gives the directory of its state."""
    assert engine.asked == []
    image: ImageBuilder = built()
    script = tmp_path / "bin/podman"
    script.parent.mkdir()
    script.write_text(PODMAN.format(python=sys.executable, state=str(tmp_path)))
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    facts = {"Id": image.image_id[7:], "RepoTags": ["localhost/app:1"], "RootFS": {"Layers": image.diff_ids}}
    (tmp_path / "inspect.json").write_text(json.dumps([facts]))
    (tmp_path / "archive").write_bytes(tar_bytes(image.members("legacy")))
    (tmp_path / "there").touch()
    (tmp_path / "tmp").mkdir()
    monkeypatch.setenv("PATH", str(script.parent))
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    monkeypatch.setenv("CONTAINERS_CONF", str(tmp_path / "none"))
    return tmp_path


def calls(podman: Path) -> list[str]:
    return (podman / "log").read_text().splitlines()


def test_where_no_socket_answers_podman_saves_the_image_to_a_pipe(podman: Path, open_ref: Open) -> None:
    opened = open_ref("podman://app:1")
    assert (opened.source, opened.tags, opened.image_id) == ("podman", ("localhost/app:1",), built().image_id)
    assert f"image save --quiet --format docker-archive -- {built().image_id[7:]}" in calls(podman)
    assert not any((podman / "tmp").iterdir()), "what podman wrote while it saved is gone"


def test_an_image_podman_does_not_have_is_fetched_when_asked_for(podman: Path, open_ref: Open) -> None:
    (podman / "there").unlink()
    with pytest.raises(ImageNotFoundError, match=r"podman \(its own command\): no such image") as caught:
        open_ref("podman://app:1")
    assert "--pull podman://app:1" in str(caught.value.hint)
    assert open_ref("podman://app:1", pull=True).source == "podman"
    assert "image pull --quiet -- app:1" in calls(podman)


def test_a_save_that_fails_is_told_in_podmans_words(podman: Path, open_ref: Open) -> None:
    (podman / "fail").touch()
    with pytest.raises(EngineError, match="writing blob: no space left on device"):
        open_ref("podman://app:1")
    assert not any((podman / "tmp").iterdir())


def test_a_save_that_stalls_can_be_stopped_and_leaves_no_process_and_no_file(podman: Path, open_ref: Open) -> None:
    (podman / "stall").touch()
    began = time.monotonic()

    def impatient(phase: str, done_bytes: int, _total: int | None) -> None:
        if phase == "export" and done_bytes:
            raise CancelledError

    with pytest.raises(CancelledError):
        open_ref("podman://app:1", progress=impatient)
    assert time.monotonic() - began < 5
    assert not any((podman / "tmp").iterdir())


def test_podman_on_another_machine_is_reached_by_its_own_command(
    podman: Path, open_ref: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONTAINER_HOST", "ssh://me@there/run/podman.sock")
    monkeypatch.setenv("CONTAINER_SSHKEY", "/key")
    assert open_ref("podman://app:1").source == "podman"
    assert all(call.startswith("--url ssh://me@there/run/podman.sock --identity /key ") for call in calls(podman))


def test_a_bare_name_does_not_make_podman_build_a_storage(
    podman: Path, open_ref: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "getuid", lambda: 1000)
    assert open_ref("app:1").source == "docker"
    assert not (podman / "log").exists()
    (podman / "data/containers/storage").mkdir(parents=True)
    monkeypatch.setenv("XDG_DATA_HOME", str(podman / "data"))
    assert open_ref("app:1").source == "docker", "it is the same image in both"
    assert calls(podman)
