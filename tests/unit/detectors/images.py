"""Images with one fault, and the same images without it: what a rule must find, and where it must be silent.

`BAD` and `GOOD` hold one of each for every rule. Layer 0 is a small system, so that it counts as the base.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from builder import ImageBuilder, file, hardlink
from layerscope.model.findings import Finding
from layerscope.model.inspection import Inspection
from layerscope.pipeline import InspectOptions, inspect

MB = 1_000_000
_NOISE = bytes(range(256)) * 4000
KEY = b"-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA\n-----END OPENSSH PRIVATE KEY-----\n"
TOKEN = "ghp_" + "a1B2c3D4e5F6g7H8i9J0" * 2


def blob(size_bytes: int = MB, mark: str = "") -> bytes:
    """Give content of that size, different for each mark."""
    start = mark.encode()
    return start + (_NOISE * (size_bytes // len(_NOISE) + 1))[: size_bytes - len(start)]


def base() -> ImageBuilder:
    """Start on a small system."""
    image = ImageBuilder()
    image.layer({"etc/os-release": b"ID=test\n", "etc/motd": blob(200_000), "bin/su": file(b"su", mode=0o4755)})
    return image.run("ADD file:0000 in / # buildkit")


def inspected(image: ImageBuilder, directory: Path, dockerfile: str | None = None) -> Inspection:
    """Inspect an image as an archive, with a Dockerfile where one is given."""
    archive = image.save(directory / "image.tar")
    if dockerfile is None:
        return inspect(archive)
    path = directory / "Dockerfile"
    path.write_text(dockerfile)
    return inspect(archive, options=InspectOptions(dockerfile=path))


def found(image: ImageBuilder, directory: Path, rule: str, dockerfile: str | None = None) -> list[Finding]:
    """Give the findings of one rule."""
    return [one for one in inspected(image, directory, dockerfile).findings if one.rule == rule]


@dataclass(frozen=True, slots=True)
class Pair:
    """An image with the fault of a rule, and one without."""

    bad: Callable[[], ImageBuilder]
    good: Callable[[], ImageBuilder]
    bad_dockerfile: str | None = None
    good_dockerfile: str | None = None


def _step(created_by: str) -> Callable[[], ImageBuilder]:
    return lambda: base().layer({"a": b"a"}).run(created_by)


def _adding(path: str, size_bytes: int = 2 * MB, run: str = "RUN step # buildkit") -> Callable[[], ImageBuilder]:
    return lambda: base().layer({path: blob(size_bytes)}).run(run)


def _configured(**values: object) -> Callable[[], ImageBuilder]:
    return lambda: base().layer({"srv/app": b"a"}).configure(Cmd=["/srv/app"], **values)


_LISTS, _APP, _STATUS = "var/lib/apt/lists/a_Packages", "srv/app/main", "var/lib/dpkg/status"
_CLEAN = _adding("srv/tool", 2 * MB)


def _caches() -> ImageBuilder:
    image = base().layer({_LISTS: blob()}).run("RUN apt-get update # buildkit")
    image.layer({"usr/bin/git": b"git"}).run("RUN apt-get install -y --no-install-recommends git # buildkit")
    return image.layer(remove=[_LISTS]).run("RUN rm -rf /var/lib/apt/lists/* # buildkit")


def _twice(change: dict[str, object], run: str) -> Callable[[], ImageBuilder]:
    def build() -> ImageBuilder:
        image = base().layer({_APP: file(blob())}).run("COPY app /srv/app # buildkit")
        return image.layer({_APP: file(blob(), **change)}).run(run)

    return build


PAIRS: dict[str, Pair] = {
    "LS101": Pair(_caches, _adding("usr/bin/git", run="RUN apt-get update && apt-get install git")),
    "LS102": Pair(lambda: _adding("opt/a.tgz")().layer(remove=["opt/a.tgz"]).run("RUN rm /opt/a.tgz"), _CLEAN),
    "LS103": Pair(
        lambda: _adding("usr/lib/gcc/cc1", run="RUN apt-get install gcc")().layer(remove=["usr/lib/gcc"]).run(
            "RUN apt-get purge -y gcc"), _CLEAN),
    "LS104": Pair(lambda: _adding("srv/old/a")().layer({"srv/old/b": b"b"}, opaque=["srv/old"]), _CLEAN),
    "LS105": Pair(_twice({"uid": 7}, "RUN chown -R 7 /srv/app # buildkit"), _CLEAN),
    "LS106": Pair(_twice({"mode": 0o755}, "RUN chmod +x /srv/app/main # buildkit"), _CLEAN),
    "LS107": Pair(_twice({"mtime": 9}, "RUN touch /srv/app/main # buildkit"), _CLEAN),
    "LS108": Pair(lambda: base().layer({_STATUS: blob(mark="a")}).layer({_STATUS: blob(mark="b")}), _CLEAN),
    "LS109": Pair(lambda: base().layer({_APP: blob(mark="a")}).layer({_APP: blob(mark="b")}), _CLEAN),
    "LS110": Pair(lambda: base().layer(remove=["etc/motd"]), _CLEAN),
    "LS111": Pair(lambda: base().layer({"etc/motd": b"new"}), _CLEAN),
    "LS112": Pair(lambda: base().layer(remove=["etc/motd"]).layer({"a": b"a"}).run("RUN make # buildkit"), _CLEAN,
                  "FROM debian:12\nRUN make\n"),
    "LS113": Pair(lambda: base().layer([("a", blob(mark="a")), ("a", blob(mark="b"))]), _CLEAN),
    "LS201": Pair(_adding(_LISTS, run="RUN apt-get update"), _adding("var/lib/apt/periodic", 500)),
    "LS202": Pair(_adding("root/.cache/pip/http/a", run="RUN pip install a"), _adding("root/.cache-of-mine")),
    "LS203": Pair(_adding("srv/__pycache__/a.pyc"), _adding("srv/a.py")),
    "LS204": Pair(_adding("usr/share/doc/git/manual.html"), _adding("usr/share/doc/git/copyright")),
    "LS205": Pair(_adding("usr/share/locale/de/git.mo"), _CLEAN),
    "LS206": Pair(_adding("srv/.git/objects/pack/a"), _adding("srv/.gitignore")),
    "LS207": Pair(_adding("srv/node_modules/typescript/lib/tsc.js"), _adding("srv/node_modules/express/index.js")),
    "LS208": Pair(_adding("srv/.idea/workspace.xml"), _CLEAN),
    "LS209": Pair(
        lambda: base().layer({"srv/core": b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x04\x00" + blob(9000)}),
        lambda: base().layer({"srv/core": blob(9000), "srv/core.py": blob(9000)})),
    "LS210": Pair(_adding("var/log/build.log"), _adding("var/log/small.log", 500)),
    "LS211": Pair(_adding("tmp/a.tgz"), _adding("srv/tmp/a.tgz")),
    "LS212": Pair(_adding("usr/include/stdio.h", 6 * MB), _adding("usr/include/stdio.h", 500)),
    "LS213": Pair(_adding("usr/lib/debug/a"), _CLEAN),
    "LS214": Pair(
        lambda: base().layer({"a": blob(2 * MB), "b": blob(2 * MB)}),
        lambda: base().layer({"a": blob(2 * MB), "b": hardlink("a"), "c": blob(2 * MB, "c")})),
    "LS215": Pair(_adding("srv/target/release/deps/a.rlib"), _CLEAN),
    "LS216": Pair(_adding("var/cache/debconf/templates.dat-old", run="RUN apt-get install git"),
                  _adding("var/cache/debconf/templates.dat", run="RUN apt-get install git")),
    "LS301": Pair(
        lambda: base().layer({"a": b"a"}).env(DB_PASSWORD="hunter2-is-old"),
        lambda: base().layer({"a": b"a"}).env(DB_PASSWORD_FILE="/run/secrets/db", TOKEN_URL="https://x/y")),
    "LS302": Pair(_step(f"RUN curl -H 'Authorization: token {TOKEN}' https://a # buildkit"),
                  _step("RUN curl -H 'Authorization: token $(cat /run/secrets/t)' https://a # buildkit")),
    "LS303": Pair(
        lambda: base().layer({"root/.ssh/id_ed25519": KEY}).layer(remove=["root/.ssh/id_ed25519"]),
        lambda: base().layer({"root/.ssh/id_ed25519.pub": b"ssh-ed25519 AAAA", "srv/.env": b"DEBUG=1\n"})),
    "LS305": Pair(_configured(), _configured(User="app")),
    "LS306": Pair(_configured(ExposedPorts={"80/tcp": {}}),
                  _configured(ExposedPorts={"80/tcp": {}}, Healthcheck={"Test": ["CMD", "true"]})),
    "LS307": Pair(_step("RUN make # buildkit"), _step("RUN make # buildkit"),
                  "FROM debian\nRUN make\n", "FROM debian:12 AS a\nFROM a\nRUN make\n"),
    "LS308": Pair(_step("ADD app /srv/ # buildkit"), _step("ADD app.tar.gz /srv/ # buildkit")),
    "LS309": Pair(_step("RUN apt-get update && apt-get dist-upgrade -y"), _step("RUN apt-get update")),
    "LS310": Pair(_step("RUN apt-get install -y git"), _step("RUN apt-get install -y --no-install-recommends git")),
    "LS311": Pair(_step("RUN apk add git"), _step("RUN apk add --no-cache git")),
    "LS312": Pair(lambda: base().layer({"usr/bin/x": file(b"x", mode=0o4755)}),
                  lambda: base().layer({"usr/bin/x": file(b"x", mode=0o755)})),
    "LS313": Pair(lambda: base().layer({"srv/x": file(b"x", mode=0o777)}),
                  lambda: base().layer({"srv/x": file(b"x", mode=0o775), "tmp/x": file(b"x", mode=0o777)})),
    "LS314": Pair(_configured(), _configured(Labels={"org.opencontainers.image.source": "https://x"})),
    "LS315": Pair(lambda: _many(45), lambda: _many(9)),
    "LS316": Pair(_adding("usr/bin/sudo", 100), _adding("usr/share/sudo", 100)),
    "LS317": Pair(lambda: base().step("WORKDIR /app"), lambda: base().step("WORKDIR /app"),
                  "FROM debian:12\nWORKDIR app\n", "FROM debian:12\nWORKDIR /app\n"),
    "LS318": Pair(lambda: base().layer({"etc/shadow": b"root:*:1::::::\nadmin::1::::::\n"}),
                  lambda: base().layer({"etc/shadow": b"root:*:1::::::\nadmin:!:1::::::\n"})),
    "LS319": Pair(lambda: base().step("MAINTAINER me"), lambda: base().step("LABEL authors=me")),
    "LS401": Pair(lambda: _ordered("COPY . /srv/", _INSTALL), lambda: _ordered(_INSTALL, "COPY . /srv/")),
    "LS402": Pair(lambda: _ordered("COPY . /srv/", _NPM),
                  lambda: _ordered("COPY package.json /srv/", _NPM, "COPY . /srv/")),
    "LS403": Pair(lambda: _ordered("RUN apt-get update", _INSTALL.replace("apt-get update && ", "")),
                  lambda: _ordered(_INSTALL)),
    "LS404": Pair(lambda: _ordered("ARG GIT_COMMIT=1", _INSTALL), lambda: _ordered("ARG DEBIAN_FRONTEND=no", _INSTALL)),
    "LS405": Pair(
        lambda: _adding("srv/a.o", run="RUN make")().layer({"srv/a": b"a"}, remove=["srv/a.o"]).run("RUN make clean"),
        lambda: _ordered("RUN make", "RUN make docs")),
}  # fmt: skip
_INSTALL = "RUN apt-get update && apt-get install -y --no-install-recommends git"
_NPM = "RUN npm ci"
_SHIPPED = {
    "COPY . /srv/": {"srv/package.json": b"{}", "srv/index.js": b"main()"},
    "COPY package.json /srv/": {"srv/package.json": b"{}"},
    _NPM: {"srv/node_modules/express/index.js": blob(2 * MB)},
    "RUN apt-get update": {_LISTS: blob(3 * MB)},
    "RUN make": {"srv/a": blob(2 * MB, "a")},
    "RUN make docs": {"srv/b": blob(2 * MB, "b")},
}


def _ordered(*steps: str) -> ImageBuilder:
    """Build steps in an order, as BuildKit records them; what installs packages ships 2 MB."""
    image = base().step("WORKDIR /srv")
    for step in steps:
        if step.startswith("ARG"):
            image.step(step)
        else:
            image.layer(_SHIPPED.get(step, {"usr/bin/git": blob(2 * MB, "git")})).run(f"{step} # buildkit")
    return image


def _many(count: int) -> ImageBuilder:
    image = base()
    for number in range(count):
        image.layer({f"f{number}": b"f"}).run(f"RUN echo {number} # buildkit")
    return image
