"""The interface in a browser: what a browser gets, and who gets nothing. A real server, a real client."""

import asyncio
import contextlib
import ipaddress
import json
import os
import re
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest

import layerscope
from golden.browser import browser, without_window
from golden.command import layerscope_ends
from layerscope.pipeline import InspectOptions
from layerscope.tui.browser import _options, arguments

aiohttp = pytest.importorskip("aiohttp", reason="the extra `web` is not installed")

from layerscope.tui.serving import Address  # noqa: E402 - needs the extra

_SOURCES = str(Path(layerscope.__file__).parents[1])


@dataclass(slots=True)
class Served:
    process: "subprocess.Popen[bytes]"
    said: str
    url: str

    @property
    def base(self) -> str:
        return self.url.partition("/?")[0]

    @property
    def port(self) -> str:
        return self.base.rpartition(":")[2]


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    environment = {key: value for key, value in os.environ.items() if key not in {"CI", "NO_COLOR"}}
    process = subprocess.Popen(
        [sys.executable, "-m", "layerscope", "serve", "demo", "--port", "0"],
        env=environment | {"PYTHONPATH": _SOURCES},
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stderr is not None
    said, end = "", time.monotonic() + 30
    while "ctrl+c" not in said:
        assert time.monotonic() < end, said
        if select.select([process.stderr], [], [], 0.2)[0]:
            said += os.read(process.stderr.fileno(), 4096).decode()
    found = re.search(r"http://\S+", said)
    assert found is not None
    served = Served(process, said, found[0])
    while True:  # the address is said just before the port is opened
        assert time.monotonic() < end, said
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", int(served.port)), timeout=5):
            break
        time.sleep(0.05)
    yield served
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(timeout=20) in {0, 130}
    process.stderr.close()


def test_an_image_that_is_not_there_is_told_before_anybody_looks() -> None:
    ended = layerscope_ends("serve", "nosuch", "--port", "0")
    assert (ended.code, ended.out) == (3, "")
    assert "nosuch" in ended.err
    assert "http://" not in ended.err


def test_it_says_where_it_is_and_who_can_reach_it(served: Served) -> None:
    assert served.url.startswith("http://127.0.0.1:")
    assert "only this machine can reach it" in served.said


async def test_a_browser_with_the_address_sees_the_image(served: Served) -> None:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        page = await (await session.get(served.url)).text()
        assert "layerscope demo" in page
        assert "token" not in page
        shown = b""
        async with session.ws_connect(f"{served.base}/ws?width=140&height=40", origin=served.base) as web:
            async with asyncio.timeout(60):
                while b"efficient" not in shown:
                    message = await web.receive()
                    assert message.type in {aiohttp.WSMsgType.BINARY, aiohttp.WSMsgType.TEXT}, message
                    shown += message.data if isinstance(message.data, bytes) else message.data.encode()
                await web.send_str(json.dumps(["stdin", "q"]))
                while not web.closed:
                    await web.receive()


@pytest.mark.skipif(browser() is None, reason="no Chromium on this machine")
@pytest.mark.xdist_group("browser")
@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
def test_a_real_browser_without_a_network_shows_it_and_takes_keys(served: Served, name: str, tmp_path: Path) -> None:
    base = served.base.replace("127.0.0.1", name)
    with without_window(tmp_path) as page:
        page.open(served.url.replace(served.base, base), "document.body?.classList.contains('-first-byte')")
        page.until_received("efficient")
        overview = page.picture()
        page.press("?")
        page.until_received("Keys")
        help_shown = page.picture()
        assert help_shown != overview, "a key changes what is seen"
        assert len(help_shown) > 20_000, "there is text on it"
        page.press("q")  # leaves the help
        page.until_received("Layers")
        assert page.errors == []
        page.press("q")
        wait = "new Promise(done => setTimeout(() => done(document.body.className.includes('-closed')), 100))"
        assert any(page.run(wait) for _ in range(50)), "the end of the session is said"
        assert page.run("document.querySelector('.ended').innerText").startswith("The session has ended.")
        assert page.run("document.activeElement.id") == "again", "enter opens it again"
        elsewhere = [url for url in page.requests if not url.startswith((base, "data:"))]
        assert elsewhere == [], "nobody else is asked for anything"


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/", {}, 403),
        ("/?token=wrong", {}, 403),
        ("/ws", {}, 403),
        ("/?{token}", {"Host": "evil.example:{port}"}, 403),
        ("/?{token}", {"Host": "evil.example"}, 403),
        ("/?{token}", {"Origin": "http://evil.example"}, 403),
        ("/?{token}", {"Origin": "null"}, 403),
        ("/?{token}", {"Origin": "http://localhost:{port}", "Host": "localhost:{port}"}, 302),
        ("/?{token}", {}, 302),
        ("/static/js/textual.js", {}, 200),
        ("/static/js/textual.js", {"Host": "evil.example:{port}"}, 403),
        ("/download/x", {}, 403),
    ],
)
async def test_who_has_no_address_or_comes_from_elsewhere_gets_nothing(
    served: Served, path: str, headers: dict[str, str], status: int
) -> None:
    token = served.url.partition("?")[2]
    sent = {name: value.replace("{port}", served.port) for name, value in headers.items()}
    async with aiohttp.ClientSession() as session:
        url = served.base + path.replace("{token}", token)
        async with session.get(url, headers=sent, allow_redirects=False) as answer:
            assert answer.status == status, await answer.text()
            if status < 400:
                assert answer.headers["X-Frame-Options"] == "DENY"


async def test_a_page_of_another_origin_cannot_open_a_socket_even_with_the_cookie(served: Served) -> None:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        await session.get(served.url)
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await session.ws_connect(f"{served.base}/ws", origin="http://evil.example")
        assert refused.value.status == 403


def test_names_that_somebody_else_could_point_here_are_not_ours() -> None:
    everywhere = Address("0.0.0.0", 8000)
    assert not everywhere.is_loopback
    assert everywhere.accepts("192.168.1.5:8000")
    assert everywhere.accepts("[fe80::1]:8000")
    assert not everywhere.accepts("evil.example:8000")
    assert not everywhere.accepts("192.168.1.5:80")
    behind = Address("127.0.0.1", 8000, "https://image.example/")
    assert behind.accepts("image.example")
    assert behind.url.startswith("https://image.example/?token=")
    assert Address("::1", 8000).url.startswith("http://[::1]:8000/?token=")


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_where_it_listens_on_all_addresses_one_that_works_is_printed(host: str) -> None:
    address = Address(host, 8000)
    netloc = urlsplit(address.url).netloc
    assert ipaddress.ip_address(urlsplit(address.url).hostname or "").is_unspecified is False
    assert address.accepts(netloc)
    assert not address.is_loopback
    assert address.accepts("127.0.0.1:8000")


def test_options_arrive_in_the_session_as_they_were_given() -> None:
    options = InspectOptions(platform="linux/arm64", base="2", dockerfile=Path("x/Dockerfile"))
    asked = json.loads(arguments("demo", options)[0])
    assert asked["reference"] == "demo"
    assert _options(asked["options"]) == options


def run(*arguments: str, path: str = _SOURCES) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "layerscope", "serve", *arguments]
    return subprocess.run(
        command, env=os.environ | {"PYTHONPATH": path}, capture_output=True, text=True, timeout=60, check=False
    )


def test_without_the_extra_it_says_what_to_install(tmp_path: Path) -> None:
    for name in ("aiohttp", "textual_serve"):
        (tmp_path / f"{name}.py").write_text(f"raise ModuleNotFoundError('no', name='{name}')")
    done = run("demo", path=f"{tmp_path}{os.pathsep}{_SOURCES}")
    assert done.returncode == 2
    assert "aiohttp, which is not installed" in done.stderr
    assert 'pip install "layerscope[web]"' in done.stderr


def test_garbage_is_collected_while_it_serves() -> None:
    serving = "import gc; from layerscope.tui import serving; serving._Door.serve = lambda _door: print(gc.isenabled())"
    run = "from layerscope.__main__ import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", f"{serving}\n{run}", "serve", "demo", "--port", "0"],
        env=os.environ | {"PYTHONPATH": _SOURCES},
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (0, "True\n"), done.stderr


def test_a_port_that_is_taken_and_standard_input_are_said(served: Served) -> None:
    done = run("demo", "--port", served.port)
    assert done.returncode == 2
    assert "choose another with --port" in done.stderr
    done = run("-")
    assert done.returncode == 2
    assert "every visitor" in done.stderr
