"""A real browser, driven over the DevTools protocol through a pipe: no port, no library."""

import base64
import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_DRAWN = "document.documentElement.dataset.ready === 'true'"
NAMES = ("chromium", "chromium-browser", "google-chrome")


def browser() -> str | None:
    """Name the browser of this machine, if there is one."""
    return next((found for name in NAMES if (found := shutil.which(name))), None)


class Page:
    """One open page."""

    def __init__(self, process: "subprocess.Popen[bytes]", write: int, read: int) -> None:
        self._process, self._write, self._read = process, write, read
        self._number, self._buffer, self._session = 0, b"", ""
        self.requests: list[str] = []
        self.errors: list[str] = []
        self.received = b""
        """What came through its socket since it was last waited for."""

    def open(self, url: str, ready: str = _DRAWN) -> None:
        """Load an address and wait until the page says that it is drawn."""
        target = self._ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = self._ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self._ask(f"{domain}.enable")
        self._ask("Page.navigate", url=url)
        for _ in range(600):
            if self.run(ready):
                return
        raise AssertionError(f"the page was never drawn: {self.errors}")

    def run(self, script: str) -> Any:
        """Evaluate a script in the page, as a user's click would."""
        wait = f"new Promise(done => setTimeout(() => done({script}), 20))"
        answer = self._ask("Runtime.evaluate", expression=wait, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def press(self, key: str) -> None:
        """Press a key that writes a letter."""
        self._ask("Input.dispatchKeyEvent", type="keyDown", key=key, text=key)
        self._ask("Input.dispatchKeyEvent", type="keyUp", key=key)

    def picture(self) -> bytes:
        """Take a screenshot, as PNG."""
        return base64.b64decode(self._ask("Page.captureScreenshot")["data"])

    def until_received(self, text: str, timeout_s: float = 30) -> None:
        """Wait until its socket brought a text, and it had a moment to draw it."""
        end = time.monotonic() + timeout_s
        while text.encode() not in self.received:
            assert time.monotonic() < end, (text, self.received[-4000:], self.errors)
            self.run("0")
        self.received = b""
        self.run("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def media(self, scheme: str) -> None:
        """Prefer light or dark."""
        self._ask("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def _ask(self, method: str, **params: object) -> Any:
        self._number += 1
        message: dict[str, object] = {"id": self._number, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._receive()
            if answer.get("id") == self._number:
                assert "error" not in answer, answer
                return answer["result"]
            self._note(answer)

    def _note(self, event: Any) -> None:
        method, params = event.get("method"), event.get("params", {})
        if method == "Network.requestWillBeSent":
            self.requests.append(params["request"]["url"])
        elif method == "Network.webSocketFrameReceived" and params["response"]["opcode"] == 2:  # binary
            self.received += base64.b64decode(params["response"]["payloadData"])
        elif method == "Runtime.exceptionThrown":
            self.errors.append(params["exceptionDetails"]["text"])
        elif method == "Log.entryAdded" and params["entry"]["level"] == "error":
            self.errors.append(params["entry"]["text"])

    def _receive(self) -> Any:
        while b"\0" not in self._buffer:
            more = os.read(self._read, 1 << 20)
            assert more, "the browser has gone"
            self._buffer += more
        whole, _, self._buffer = self._buffer.partition(b"\0")
        return json.loads(whole)


@contextmanager
def opened(path: Path, profile: Path) -> Iterator[Page]:
    """Open a report in a browser without a window."""
    with without_window(profile) as page:
        page.open(path.absolute().as_uri())
        yield page


@contextmanager
def without_window(profile: Path) -> Iterator[Page]:
    """Start a browser without a window, and without a network beyond this machine."""
    name = browser()
    assert name is not None
    their_read, write = os.pipe()
    read, their_write = os.pipe()
    options = (
        "--headless --no-sandbox --disable-gpu --disable-dev-shm-usage --remote-debugging-pipe --window-size=1300,900 "
        "--host-resolver-rules='MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost'"
    )
    command = f'exec "$0" {options} --user-data-dir="$1" 3<&{their_read} 4>&{their_write}'
    with subprocess.Popen(
        ["bash", "-c", command, name, str(profile)],
        pass_fds=(their_read, their_write), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    ) as process:  # fmt: skip
        os.close(their_read)
        os.close(their_write)
        try:
            yield Page(process, write, read)
        finally:
            process.terminate()
            process.wait(30)
            os.close(write)
            os.close(read)
