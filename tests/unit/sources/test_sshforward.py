"""Engines behind ssh, with a stand-in for ssh that runs what it is told on this machine."""

import os
import shlex
import stat
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from layerscope.errors import EngineError
from layerscope.model.image import RawImage
from layerscope.sources.sshforward import command
from standin import Behaviour

Open = Callable[..., RawImage]

# What `docker system dial-stdio` does: standard input and output become the engine's socket.
DIAL = """#!{python}
import os, socket, sys, threading
words = sys.argv[1:]
open({log!r}, "a").write(" ".join(words) + "\\n")
if "nowhere" in words:
    sys.exit("ssh: Could not resolve hostname nowhere: Name or service not known")
engine = socket.socket(socket.AF_UNIX)
engine.connect({engine!r})
def send():
    while data := os.read(0, 65536):
        engine.sendall(data)
    engine.shutdown(socket.SHUT_WR)
threading.Thread(target=send, daemon=True).start()
while data := engine.recv(65536):
    while data:
        data = data[os.write(1, data):]
"""


@pytest.fixture
def log(engine: Behaviour, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a stand-in for ssh on PATH; gives the file where it notes its arguments."""
    assert engine.asked == []
    script, log = tmp_path / "ssh", tmp_path / "log"
    socket_path = os.environ["DOCKER_HOST"].removeprefix("unix://")
    script.write_text(DIAL.format(python=sys.executable, log=str(log), engine=socket_path))
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return log


def test_an_image_comes_through_ssh_and_nothing_stays_behind(
    log: Path, engine: Behaviour, open_ref: Open, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DOCKER_HOST", "ssh://me@there:2222")
    assert open_ref("docker://app:1").image_id == engine.image.image_id
    lines = log.read_text().splitlines()
    assert set(lines) == {"-o ConnectTimeout=30 -T -l me -p 2222 -- there docker system dial-stdio"}
    assert len(lines) <= 3, "connections are used again: each is an ssh"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["log", "ssh"]


def test_what_ssh_says_is_told(log: Path, open_ref: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "ssh://nowhere")
    with pytest.raises(EngineError, match=r"docker \(ssh://nowhere, DOCKER_HOST\): ssh: Could not resolve") as caught:
        open_ref("docker://app:1")
    assert "ssh HOST docker" in str(caught.value.hint)
    assert log.exists()


def test_without_ssh_that_is_said(engine: Behaviour, open_ref: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "ssh://there")
    with pytest.raises(EngineError, match="ssh is not installed"):
        open_ref("docker://app:1")
    assert engine.asked == []


def test_a_host_never_becomes_an_option_and_a_socket_never_a_command() -> None:
    words = command("ssh://-oProxyCommand=x/run/a;b.sock", "/id")
    assert words[words.index("--") + 1] == "-oproxycommand=x"
    assert words[words.index("-i") + 1] == "/id"
    assert shlex.split(words[-1]) == ["docker", "--host", "unix:///run/a;b.sock", "system", "dial-stdio"]


@pytest.mark.parametrize("url", ["ssh://", "ssh://a:b@c", "tcp://x", "ssh://x?y", "ssh://x:port"])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"is no address|Port"):
        command(url)
