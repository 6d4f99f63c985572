"""Engines that answer, and that answer in ways a healthy one never does. A healthy dockerd is in the engine tests."""

import json
import socket
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from builder import ImageBuilder, tar_bytes
from layerscope.errors import AmbiguousImageError, CancelledError, EngineError, ImageNotFoundError
from layerscope.model.image import RawImage
from standin import Behaviour, listening

Open = Callable[..., RawImage]


@pytest.mark.parametrize("prefix", ["", "docker://"])
def test_an_image_is_streamed_out_of_its_engine(prefix: str, engine: Behaviour, open_ref: Open) -> None:
    ready: list[RawImage] = []
    seen: list[tuple[str, int, int | None]] = []
    opened = open_ref(f"{prefix}app:1", image_ready=ready.append, progress=lambda *told: seen.append(told))
    assert (opened.source, opened.reference, opened.tags) == ("docker", "app:1", ("app:1",))
    assert [layer.diff_id for layer in opened.layers] == engine.image.diff_ids
    assert all(layer.table is not None for layer in opened.layers)
    assert ready[-1] == opened
    assert seen[-1] == ("export", len(engine.export), len(engine.export))


def test_layers_are_listed_before_their_bytes_come(engine: Behaviour, open_ref: Open) -> None:
    ready: list[RawImage] = []
    open_ref("docker://app:1", image_ready=ready.append)
    first = ready[0]
    assert [layer.diff_id for layer in first.layers] == engine.image.diff_ids
    assert [layer.stored_bytes for layer in first.layers] == [3_000_000, 1]
    assert [(record.created_by, record.empty) for record in first.history] == [
        ("RUN one", False),
        ("ENV A=1", True),
        ("COPY b / # buildkit", False),
    ]
    assert (first.platform, first.config.env) == ("linux/amd64", ("A=1",))


@pytest.mark.parametrize("name", ["app:1", "app", "ID", "PREFIX"])
def test_a_bare_name_never_exports_all_its_tags(name: str, engine: Behaviour, open_ref: Open) -> None:
    name = {"ID": engine.image.image_id, "PREFIX": engine.image.image_id[7:19]}.get(name, name)
    assert open_ref(f"docker://{name}").tags == ("app:1",)
    exported = "app:1" if name == "app:1" else engine.image.image_id
    assert [path for path in engine.asked if path.endswith("/get")] == [f"/images/{exported}/get"]


@pytest.mark.parametrize("cut_at", [0, 700_000])
def test_an_engine_that_breaks_off_is_said_to(cut_at: int, engine: Behaviour, open_ref: Open) -> None:
    engine.cut_at = cut_at
    with pytest.raises(EngineError, match="broke off") as caught:
        open_ref("docker://app:1")
    assert "\n" not in str(caught.value)


def test_an_export_that_ends_too_early_is_never_a_smaller_image(engine: Behaviour, open_ref: Open) -> None:
    engine.export = engine.export[:700_000]
    with pytest.raises(EngineError, match=r"broke off: export of app:1.* is cut off"):
        open_ref("docker://app:1")


def test_an_error_in_mid_stream_is_told_in_the_engines_words(engine: Behaviour, open_ref: Open) -> None:
    engine.export = engine.export[:70_144] + b'{"errorDetail":{"message":"no space left"},"error":"no space left"}\r\n'
    with pytest.raises(EngineError, match=r"could not export app:1: .*no space left"):
        open_ref("docker://app:1")


def test_an_error_after_an_archive_that_lacks_a_layer_is_told_in_the_engines_words(
    engine: Behaviour, open_ref: Open
) -> None:
    """It is not waited for what an engine sends after a whole archive, but after one that is not it may say why."""
    engine.export = tar_bytes([one for one in engine.image.members("legacy") if not one[0].endswith("layer.tar")])
    engine.export += b'{"errorDetail":{"message":"no space left"},"error":"no space left"}\r\n'
    with pytest.raises(EngineError, match=r"could not export app:1: .*no space left"):
        open_ref("docker://app:1")


def test_what_an_engine_does_after_the_last_byte_is_not_waited_for_and_not_broken_off(
    engine: Behaviour, open_ref: Open
) -> None:
    engine.tidies = threading.Event()
    seen: list[tuple[str, int, int | None]] = []
    opened = open_ref("docker://app:1", progress=lambda *told: seen.append(told))
    assert [layer.diff_id for layer in opened.layers] == engine.image.diff_ids
    assert seen[-1][1] == seen[-1][2], "its end was told"
    assert not engine.ended.is_set()
    engine.tidies.set()
    assert engine.ended.wait(5)


def test_an_engine_that_refuses_the_export_is_told_in_its_words(engine: Behaviour, open_ref: Open) -> None:
    engine.status = 500
    with pytest.raises(EngineError, match="disk on fire"):
        open_ref("docker://app:1")


def test_an_image_that_is_nowhere_is_not_found_and_all_that_was_asked_is_named(
    engine: Behaviour, open_ref: Open
) -> None:
    with pytest.raises(ImageNotFoundError, match=r"docker has no image called nope \(docker \(unix://.*no such image"):
        open_ref("docker://nope")
    with pytest.raises(
        ImageNotFoundError,
        match=r"no file and no image is called nope .*DOCKER_HOST.*: no such image; podman: no socket",
    ):
        open_ref("nope")
    assert "/images/nope/json" in engine.asked


def test_a_name_that_the_engine_does_not_understand_is_told_in_its_words(engine: Behaviour, open_ref: Open) -> None:
    engine.misunderstands = "NOT"
    with pytest.raises(ImageNotFoundError, match=r"docker has no image called NOT .*repository name must be lowercase"):
        open_ref("docker://NOT")


def test_an_engine_that_does_not_run_is_said_not_to(
    open_ref: Open, engine: Behaviour, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert engine.asked == []
    for url, answer in (
        (f"unix://{tmp_path}/nothing", "not running: there is no such socket"),
        ("tcp://127.0.0.1:1", "not running: connection refused"),
    ):
        monkeypatch.setenv("DOCKER_HOST", url)
        with pytest.raises(EngineError, match=answer) as caught:
            open_ref("docker://app:1")
        assert "docker save" in str(caught.value.hint)
        with pytest.raises(ImageNotFoundError, match=f"no file called app:1, and no engine answered .*{answer}"):
            open_ref("app:1")
        (tmp_path / "app").mkdir(exist_ok=True)
        monkeypatch.chdir(tmp_path)
        with pytest.raises(ImageNotFoundError, match="the directory of that name holds no image"):
            open_ref("app")


def test_a_context_is_looked_up_in_its_store(
    open_ref: Open, engine: Behaviour, monkeypatch: pytest.MonkeyPatch
) -> None:
    import hashlib
    import os

    url = os.environ["DOCKER_HOST"]
    monkeypatch.delenv("DOCKER_HOST")
    home = Path(os.environ["DOCKER_CONFIG"])
    (home / "config.json").write_text('{"currentContext": "there"}')
    meta = home / "contexts/meta" / hashlib.sha256(b"there").hexdigest()
    meta.mkdir(parents=True)
    endpoints = {"docker": {"Host": url, "SkipTLSVerify": False}}
    (meta / "meta.json").write_text(json.dumps({"Name": "there", "Metadata": {}, "Endpoints": endpoints}))
    assert open_ref("docker://app:1").image_id == engine.image.image_id
    monkeypatch.setenv("DOCKER_CONTEXT", "missing")
    with pytest.raises(EngineError, match=r"context missing.*there is no such context"):
        open_ref("docker://app:1")


def test_a_name_that_is_another_image_in_each_engine_is_not_guessed_at(
    open_ref: Open, engine: Behaviour, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("p") / "p.sock"
    other = Behaviour(ImageBuilder("app:1").layer({"c": b"3"}))
    with listening(path, other) as url:
        monkeypatch.setenv("CONTAINER_HOST", url)
        with pytest.raises(AmbiguousImageError) as caught:
            open_ref("app:1")
        assert caught.value.choices == ("docker://app:1", "podman://app:1")
        assert open_ref("podman://app:1").image_id == other.image.image_id
        other.image = engine.image
        assert open_ref("app:1").source == "docker"


def test_a_name_that_is_the_same_image_in_each_engine_is_no_choice(
    open_ref: Open, engine: Behaviour, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = Behaviour(engine.image)
    other.inspected_id = "sha256:" + "0" * 64  # as an engine with containerd's store calls it: by its manifest
    with listening(tmp_path_factory.mktemp("p") / "p.sock", other) as url:
        monkeypatch.setenv("CONTAINER_HOST", url)
        assert open_ref("app:1").source == "docker"


def test_several_sockets_of_one_engine_that_have_another_image_each_are_a_choice(
    open_ref: Open, engine: Behaviour, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    home = tmp_path_factory.mktemp("h")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.delenv("DOCKER_HOST")
    other = Behaviour(ImageBuilder("app:1").layer({"c": b"3"}))
    for folder in (".rd", ".orbstack/run"):
        (home / folder).mkdir(parents=True)
    with listening(home / ".rd/docker.sock", other) as url:
        found = open_ref("app:1")
        assert any(note.code == "engine-endpoint" and url in note.text for note in found.notes)
        with listening(home / ".orbstack/run/docker.sock", engine), pytest.raises(AmbiguousImageError) as caught:
            open_ref("app:1")
    assert caught.value.choices[1] == f"DOCKER_HOST={url} layerscope app:1"
    assert caught.value.candidates == ()


def test_an_error_of_the_engine_is_never_taken_for_a_missing_image(engine: Behaviour, open_ref: Open) -> None:
    engine.broken = 500
    for reference in ("docker://app:1", "app:1", "docker://nope"):
        with pytest.raises(EngineError, match=r"could not say whether it has .*error 500: database is locked"):
            open_ref(reference)


@pytest.mark.parametrize("path", ["/version", "/json", "/history", "/get"])
def test_an_engine_cannot_send_us_elsewhere(path: str, engine: Behaviour, open_ref: Open) -> None:
    """Nobody but the engine that was named is asked for anything, whatever it answers."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        other.settimeout(0.2)
        engine.elsewhere = {path: f"http://127.0.0.1:{other.getsockname()[1]}/v1.41/images/app:1/get"}
        with pytest.raises(EngineError, match="another address"):
            open_ref("docker://app:1")
        with pytest.raises(TimeoutError):
            other.accept()


def test_what_is_no_engine_is_said_to_be_none(
    open_ref: Open, engine: Behaviour, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Behaviour, "version", lambda _self: ["no", "object"])
    assert engine.asked == []
    with pytest.raises(EngineError, match="this is no container engine"):
        open_ref("docker://app:1")


def test_a_socket_that_is_closed_to_the_user_is_said_to_be_with_the_next_step(
    open_ref: Open, engine: Behaviour, monkeypatch: pytest.MonkeyPatch
) -> None:
    from layerscope.sources import dockersdk

    def refuse(_url: str) -> None:  # root may connect to any
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(dockersdk, "_knock", refuse)
    with pytest.raises(EngineError, match=r"docker \(unix://.*: permission denied\)") as caught:
        open_ref("docker://app:1")
    assert "usermod -aG docker" in str(caught.value.hint)
    assert engine.asked == []


def test_an_export_that_stalls_in_mid_stream_can_be_stopped_and_the_engine_is_let_go(
    engine: Behaviour, open_ref: Open
) -> None:
    engine.stalls_at = 500_000
    told = []

    def impatient(phase: str, done_bytes: int, _total: int | None) -> None:
        told.append((phase, done_bytes))
        if len(told) > 8:
            raise CancelledError

    with pytest.raises(CancelledError):
        open_ref("docker://app:1", progress=impatient)
    assert told[-1][0] == "export"
    assert engine.left.wait(5)


PULL: list[dict[str, object]] = [
    {"status": "Pulling from app", "id": "1"},
    {"status": "Pulling fs layer", "progressDetail": {}, "id": "aa"},
    {"status": "Downloading", "progressDetail": {"current": 100, "total": 400}, "id": "aa"},
    {"status": "Downloading", "progressDetail": {"current": 50, "total": 100}, "id": "bb"},
    {"status": "Download complete", "progressDetail": {}, "id": "bb"},
    {"status": "Extracting", "progressDetail": {"current": 1, "total": 3}, "id": "bb"},
    {"status": "Pull complete", "progressDetail": {}, "id": "aa"},
    {"status": "Status: Downloaded newer image for app:1"},
]


def test_an_image_that_is_not_local_is_fetched_only_when_asked_for(engine: Behaviour, open_ref: Open) -> None:
    engine.absent = True
    engine.pull_lines = PULL
    with pytest.raises(ImageNotFoundError) as caught:
        open_ref("docker://app:1")
    assert caught.value.hint == "it is not local; docker fetches it first with: layerscope --pull docker://app:1"
    with pytest.raises(ImageNotFoundError) as caught:
        open_ref("app:1")
    assert str(caught.value.hint).endswith("layerscope --pull app:1")
    assert not any("/images/create" in path for path in engine.asked)
    told = []
    opened = open_ref("app:1", pull=True, progress=lambda *said: told.append(said), platform="linux/amd64")
    assert opened.image_id == engine.image.image_id
    assert "/images/create?fromImage=app&tag=1&platform=linux%2Famd64" in engine.asked
    pulled = [(done, total) for phase, done, total in told if phase == "pull"]
    assert (100, 400) in pulled
    assert (200, 500) in pulled
    assert pulled[-1] == (500, 500)


def test_an_image_that_is_local_is_not_fetched_again(engine: Behaviour, open_ref: Open) -> None:
    assert open_ref("docker://app:1", pull=True).image_id == engine.image.image_id
    assert not any("/images/create" in path for path in engine.asked)


def test_a_fetch_that_fails_is_told_in_the_engines_words(engine: Behaviour, open_ref: Open) -> None:
    engine.absent = True
    engine.pull_lines = [*PULL[:3], {"errorDetail": {"message": "no\nspace"}, "error": "no\nspace"}]
    with pytest.raises(EngineError, match="docker pull app:1 failed: no space"):
        open_ref("docker://app:1", pull=True)


def test_an_image_for_another_platform_is_refused_before_it_is_sent(engine: Behaviour, open_ref: Open) -> None:
    with pytest.raises(ImageNotFoundError, match="no such image for linux/arm64, but for linux/amd64"):
        open_ref("docker://app:1", platform="linux/arm64")
    assert open_ref("docker://app:1", platform="linux/amd64").platform == "linux/amd64"
    assert sum(path.endswith("/get") for path in engine.asked) == 1


@pytest.mark.parametrize(("name", "guessed"), [("demoo", True), ("dmeo", True), ("node", False), ("debian:12", False)])
def test_the_image_that_is_always_there_is_guessed(name: str, *, guessed: bool) -> None:
    from layerscope.sources.engineanswers import nowhere

    assert (nowhere(name, ()).hint or "").startswith("did you mean demo? Else ") is guessed
    assert "demo?" not in (nowhere(name, (), engine="docker").hint or "")
