"""The terminal interface in a browser: a server on this machine, and who may use it.

Owns the door: only names of this machine, only pages that it served itself, only who was given the address with its
token. Owns the page, too (`served/`): textual-serve's own asks for a font from the network, and shows nothing until it
has it. What is shown in it is `browser.py`'s; how it gets through is textual-serve's business.
"""

import gc
import hmac
import ipaddress
import secrets
import shlex
import socket
import sys
from collections.abc import Awaitable, Callable, Mapping
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from aiohttp import web
from textual_serve.server import Server

from layerscope.frozen import dataclass, field

_COOKIE = "layerscope"
_LOOPBACK_NAMES = ("localhost", "127.0.0.1", "[::1]")
_HEADERS = {
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    # Styles are written by the terminal's script; everything comes from here, and nothing is asked elsewhere.
    "Content-Security-Policy": "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
}
_PAGES = Path(__file__).parent / "served"

_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Address:
    """Where the server listens, and how it is reached."""

    host: str
    port: int
    public_url: str | None = None
    """When it is reached by another name, through a proxy."""
    token: str = field(default_factory=lambda: secrets.token_urlsafe(18), repr=False)

    @property
    def is_loopback(self) -> bool:
        """Tell whether only this machine can reach it."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host.strip("[]")).is_loopback
        except ValueError:
            return False

    @property
    def base(self) -> str:
        """How it is reached; where it listens on all addresses, by the one that this machine speaks to others from."""
        host = _ALL.get(self.host.strip("[]"), lambda: self.host.strip("[]"))()
        host = f"[{host}]" if ":" in host else host
        return (self.public_url or f"http://{host}:{self.port}").rstrip("/")

    @property
    def url(self) -> str:
        """What to open in a browser."""
        return f"{self.base}/?token={self.token}"

    def accepts(self, netloc: str) -> bool:
        """Tell whether a page, or a request, may name us so: no name that somebody else could point at us."""
        known = {urlsplit(self.base).netloc}
        if self.is_loopback:
            known |= {f"{name}:{self.port}" for name in _LOOPBACK_NAMES}
        elif _is_address(netloc):  # of this machine, whichever it listens on
            return netloc.rpartition(":")[2] == str(self.port)
        return netloc.lower() in known


@cache
def _own_address() -> str:
    """Find the address from which this machine speaks to others; its own loopback where it does not."""
    return _speaks_from(socket.AF_INET, "192.0.2.1") or "127.0.0.1"


@cache
def _own_address6() -> str:
    return _speaks_from(socket.AF_INET6, "2001:db8::1") or _speaks_from(socket.AF_INET, "192.0.2.1") or "::1"


def _speaks_from(family: socket.AddressFamily, other: str) -> str | None:
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((other, 9))  # for datagrams this asks for a route only; nothing is sent
            return str(probe.getsockname()[0])
    except OSError:
        return None


_ALL: Mapping[str, Callable[[], str]] = {"0.0.0.0": _own_address, "::": _own_address6}  # noqa: S104 - told, not chosen


def _is_address(netloc: str) -> bool:
    try:
        ipaddress.ip_address(netloc.rpartition(":")[0].strip("[]"))
    except ValueError:
        return False
    return True


class _Door(Server):
    """textual-serve's server behind the door."""

    def __init__(self, command: str, address: Address, title: str, say: Callable[[str], None]) -> None:
        super().__init__(
            command,
            host=address.host,
            port=address.port,
            title=title,
            public_url=address.base,
            templates_path=_PAGES,
        )
        self._address = address
        self._say = say

    async def _make_app(self) -> web.Application:
        app = await super()._make_app()
        app.router.add_static("/page", _PAGES)
        app.middlewares.append(self._guard)
        app.on_response_prepare.append(_harden)
        return app

    def initialize_logging(self) -> None:
        """Say nothing but what `on_startup` says."""

    async def on_startup(self, app: web.Application) -> None:
        """Say where it is."""
        del app
        reach = "only this machine can reach it" if self._address.is_loopback else "OTHER MACHINES CAN REACH IT"
        self._say(f"layerscope: open {self._address.url}")
        self._say(f"  {reach}; the address is the key: whoever has it sees the image; ctrl+c ends it")

    @web.middleware
    async def _guard(self, request: web.Request, handler: _Handler) -> web.StreamResponse:
        if not self._address.accepts(request.headers.get("Host", "")):
            raise web.HTTPForbidden(text="This server is not reached by this name.\n")
        origin = request.headers.get("Origin")
        if origin is not None and not self._address.accepts(urlsplit(origin).netloc):
            raise web.HTTPForbidden(text="Another page may not use this server.\n")
        if request.path.startswith("/static/"):
            return await handler(request)
        if self._knows(request.cookies.get(_COOKIE)):
            return await handler(request)
        if request.path == "/" and self._knows(request.query.get("token")):
            response = web.HTTPFound("/")
            response.set_cookie(_COOKIE, self._address.token, httponly=True, samesite="Strict")
            raise response
        raise web.HTTPForbidden(text="Open the whole address that layerscope serve printed, with its token.\n")

    def _knows(self, token: str | None) -> bool:
        return token is not None and hmac.compare_digest(token.encode(), self._address.token.encode())


async def _harden(_request: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(_HEADERS)


def serve_app(arguments: list[str], address: Address, *, title: str, say: Callable[[str], None]) -> None:
    """Serve until it is interrupted; OSError when the port is taken."""
    with socket.socket(socket.AF_INET6 if ":" in address.host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((address.host.strip("[]"), address.port))
    command = shlex.join([sys.executable, "-m", "layerscope.tui.browser", *arguments])
    gc.enable()  # a command does without, but this one lasts, and each visit leaves some
    _Door(command, address, title, say).serve()


def free_port(host: str) -> int:
    """Find a port that nobody uses right now."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.bind((host.strip("[]"), 0))
        return int(probe.getsockname()[1])
