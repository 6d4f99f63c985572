"""What is in the demo image: a small web service built from a Dockerfile with the classic mistakes.

Owns the Dockerfile, the history and the files of every layer. Nothing here is real: package names are Debian's,
contents and keys are made up.
"""

from collections.abc import Iterator

from layerscope.sources.demotar import DemoEntry
from layerscope.sources.demotexts import ADDED_PACKAGES, BASE_PACKAGES, COMPILER_PACKAGES, package_status

DEMO_DOCKERFILE = """\
# A small web service, and most of the mistakes that make images big.
FROM debian:bookworm-slim

LABEL org.opencontainers.image.title="notes"
ENV PYTHONUNBUFFERED=1 APP_HOME=/srv/notes

# Lists and archives of packages stay in these layers, whatever is deleted below.
RUN apt-get update
RUN apt-get install -y python3 python3-pip gcc libpq-dev

WORKDIR /srv/notes
COPY requirements.txt ./
RUN pip install --break-system-packages -r requirements.txt

# The whole directory, .git and a database for development included.
COPY . .

# Another owner or mode is another copy of every file.
RUN useradd --system notes && chown -R notes:notes /srv/notes

# A secret that is "removed" further down.
COPY deploy.env deploy_key /srv/notes/
RUN ./manage.py migrate
RUN ./manage.py loaddata fixtures/demo.json
RUN rm -rf static && ./manage.py collectstatic --noinput
RUN rm -f deploy.env deploy_key && rm -rf .git

RUN apt-get purge -y gcc
RUN rm -rf /var/lib/apt/lists /var/cache/apt /root/.cache

EXPOSE 8000
HEALTHCHECK --interval=30s CMD curl -fsS localhost:8000/ || exit 1
USER notes
CMD ["python3", "manage.py", "serve"]
"""

DEMO_HISTORY: tuple[tuple[str, bool], ...] = (
    ("# debian.sh --arch 'amd64' out/ 'bookworm' '@1709510400'", False),
    ("LABEL org.opencontainers.image.title=notes", True),
    ("ENV PYTHONUNBUFFERED=1 APP_HOME=/srv/notes", True),
    ("RUN /bin/sh -c apt-get update # buildkit", False),
    ("RUN /bin/sh -c apt-get install -y python3 python3-pip gcc libpq-dev # buildkit", False),
    ("WORKDIR /srv/notes", False),
    ("COPY requirements.txt ./ # buildkit", False),
    ("RUN /bin/sh -c pip install --break-system-packages -r requirements.txt # buildkit", False),
    ("COPY . . # buildkit", False),
    ("RUN /bin/sh -c useradd --system notes && chown -R notes:notes /srv/notes # buildkit", False),
    ("COPY deploy.env deploy_key /srv/notes/ # buildkit", False),
    ("RUN /bin/sh -c ./manage.py migrate # buildkit", False),
    ("RUN /bin/sh -c ./manage.py loaddata fixtures/demo.json # buildkit", False),
    ("RUN /bin/sh -c rm -rf static && ./manage.py collectstatic --noinput # buildkit", False),
    ("RUN /bin/sh -c rm -f deploy.env deploy_key && rm -rf .git # buildkit", False),
    ("RUN /bin/sh -c apt-get purge -y gcc # buildkit", False),
    ("RUN /bin/sh -c rm -rf /var/lib/apt/lists /var/cache/apt /root/.cache # buildkit", False),
    ("EXPOSE [8000/tcp]", True),
    ('HEALTHCHECK &{["CMD-SHELL" "curl -fsS localhost:8000/ || exit 1"] "30s" "0s" "0s" "0s" \'\\x00\'}', True),
    ("USER notes", True),
    ('CMD ["python3" "manage.py" "serve"]', True),
)
"""(created_by as BuildKit writes it, whether the step is empty), oldest first."""

_LISTS = "var/lib/apt/lists/mirror.example_debian"
_PYTHON = "usr/lib/python3.11"
_SITE = "usr/local/lib/python3.11/dist-packages"
_APP = "srv/notes"
_NOTES_UID = 999
_MODULES = ("abc", "argparse", "ast", "asyncio/events", "asyncio/tasks", "base64", "bisect", "calendar", "cmd",
            "codecs", "collections/abc", "configparser", "contextlib", "copy", "csv", "dataclasses", "datetime",
            "decimal", "difflib", "email/message", "enum", "functools", "getpass", "glob", "gzip", "hashlib",
            "heapq", "hmac", "html/parser", "http/client", "http/server", "inspect", "ipaddress", "json/decoder",
            "json/encoder", "locale", "logging/handlers", "mailbox", "mimetypes", "numbers", "operator", "os",
            "pathlib", "pickle", "platform", "pprint", "queue", "random", "re/_parser", "sched", "secrets",
            "shutil", "smtplib", "socket", "sqlite3/dbapi2", "ssl", "statistics", "string", "subprocess", "tarfile",
            "tempfile", "textwrap", "threading", "tokenize", "traceback", "typing", "unittest/case", "unittest/mock",
            "urllib/parse", "urllib/request", "uuid", "venv/__main__", "warnings", "wave", "weakref",
            "xml/dom/minidom", "xml/etree/ElementTree", "zipfile", "zoneinfo/_common")  # fmt: skip
_DEBS = (("cpp-12_12.2.0-14_amd64.deb", 980), ("gcc-12_12.2.0-14_amd64.deb", 1930), ("libc6-dev_2.36-9_amd64.deb", 420),
         ("libgcc-12-dev_12.2.0-14_amd64.deb", 560), ("libpq-dev_15.6-0_amd64.deb", 148),
         ("libpq5_15.6-0_amd64.deb", 190), ("libpython3.11-stdlib_3.11.2-6_amd64.deb", 1790),
         ("python3-pip_23.0.1_all.deb", 1320), ("python3.11-minimal_3.11.2-6_amd64.deb", 2060),
         ("python3.11_3.11.2-6_amd64.deb", 570))  # fmt: skip
_GCC = (
    ("usr/bin/x86_64-linux-gnu-gcc-12", 1_150_000),
    ("usr/lib/gcc/x86_64-linux-gnu/12/cc1", 6_250_000),
    ("usr/lib/gcc/x86_64-linux-gnu/12/collect2", 610_000),
    ("usr/lib/gcc/x86_64-linux-gnu/12/libgcc.a", 740_000),
)
_STATIC = (("css/site.css", 41_000), ("js/editor.js", 612_000), ("js/vendor.js", 980_000),
           ("fonts/inter.woff2", 318_000), ("img/hero.png", 1_030_000), ("img/icons.svg", 88_000))  # fmt: skip


def _file(path: str, size_bytes: int = 0, *, seed: str = "", mode: int = 0o644, uid: int = 0) -> DemoEntry:
    return DemoEntry(path, size_bytes, seed or path, mode=mode, uid=uid)


def _text(path: str, text: str, *, mode: int = 0o644, uid: int = 0) -> DemoEntry:
    return DemoEntry(path, text=text, mode=mode, uid=uid)


def _dirs(*paths: str, uid: int = 0) -> Iterator[DemoEntry]:
    for path in paths:
        yield DemoEntry(path + "/", mode=0o755, type=b"5", uid=uid)


def _link(path: str, target: str) -> DemoEntry:
    return DemoEntry(path, mode=0o777, type=b"2", link=target)


def _gone(path: str) -> DemoEntry:
    parent, slash, name = path.rpartition("/")
    return DemoEntry(f"{parent}{slash}.wh.{name}")


def _base() -> Iterator[DemoEntry]:
    yield from (_link(name, f"usr/{name}") for name in ("bin", "lib", "lib64", "sbin"))
    yield from _dirs("etc", "root", "srv", "tmp", "usr", "usr/bin", "usr/lib", "usr/lib/x86_64-linux-gnu", "usr/sbin",
                     "var", "var/cache", "var/cache/apt", "var/lib", "var/lib/apt", "var/lib/dpkg")  # fmt: skip
    yield _text("etc/debian_version", "12.5\n")
    yield _text("etc/os-release", 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\n')
    yield _text("etc/passwd", "root:x:0:0:root:/root:/bin/bash\n")
    yield _file("usr/bin/bash", 1_265_000, mode=0o755)
    yield _file("usr/bin/perl", 2_790_000, mode=0o755)
    yield DemoEntry("usr/bin/perl5.36.0", type=b"1", link="usr/bin/perl", mode=0o755)
    for name in ("apt", "apt-get", "awk", "cat", "chmod", "chown", "cp", "cut", "date", "dpkg", "find", "grep", "gzip",
                 "ls", "mkdir", "mv", "rm", "sed", "sh", "sort", "tar", "touch", "useradd"):  # fmt: skip
        yield _file(f"usr/bin/{name}", 24_000 + 7_100 * len(name), mode=0o755)
    yield _file("usr/bin/su", 71_900, mode=0o4755)
    for name, size in (("libc.so.6", 1_922_000), ("libcrypto.so.3", 2_709_000), ("libstdc++.so.6", 1_190_000),
                       ("libapt-pkg.so.6.0", 990_000), ("libsystemd.so.0", 840_000)):  # fmt: skip
        yield _file(f"usr/lib/x86_64-linux-gnu/{name}", size)
    yield _text("var/lib/dpkg/status", package_status(BASE_PACKAGES))


def _apt_update() -> Iterator[DemoEntry]:
    yield from _dirs("var", "var/lib", "var/lib/apt", "var/lib/apt/lists", "var/lib/apt/lists/partial")
    yield _file(f"{_LISTS}_dists_bookworm_main_binary-amd64_Packages.lz4", 5_950_000)
    yield _file(f"{_LISTS}_dists_bookworm-updates_main_binary-amd64_Packages.lz4", 24_000)
    yield _file(f"{_LISTS}-security_dists_bookworm-security_main_binary-amd64_Packages.lz4", 410_000)
    yield _file(f"{_LISTS}_dists_bookworm_InRelease", 151_000)


def _apt_install() -> Iterator[DemoEntry]:
    yield from _dirs("usr", "usr/bin", "usr/lib", "usr/lib/gcc", "usr/lib/gcc/x86_64-linux-gnu",
                     "usr/lib/gcc/x86_64-linux-gnu/12", _PYTHON, "var", "var/cache", "var/cache/apt",
                     "var/cache/apt/archives", "var/lib", "var/lib/dpkg")  # fmt: skip
    yield _file("usr/bin/python3.11", 5_830_000, mode=0o755)
    yield _link("usr/bin/python3", "python3.11")
    yield from (_file(path, size, mode=0o755) for path, size in _GCC)
    for name in _MODULES:
        directory, slash, module = name.rpartition("/")
        yield _file(f"{_PYTHON}/{name}.py", 6_000 + 731 * len(name) ** 2 % 37_000)
        cache = f"{_PYTHON}/{directory}{slash}__pycache__/{module}.cpython-311.pyc"
        yield _file(cache, 5_000 + 509 * len(name) ** 2 % 31_000)
    yield _file("usr/lib/x86_64-linux-gnu/libpq.so.5.15", 310_000)
    yield from (_file(f"var/cache/apt/archives/{name}", 700 * size) for name, size in _DEBS)
    yield _file("var/cache/apt/pkgcache.bin", 2_040_000)
    yield _file("var/cache/apt/srcpkgcache.bin", 1_990_000)
    yield _text("var/lib/dpkg/status", package_status([*BASE_PACKAGES, *ADDED_PACKAGES, *COMPILER_PACKAGES]))


def _pip_install() -> Iterator[DemoEntry]:
    yield from _dirs("root/.cache", "root/.cache/pip", "root/.cache/pip/http", "usr/local", _SITE)
    packages = (("flask", 31), ("jinja2", 25), ("markdown", 29), ("psycopg2", 9), ("sqlalchemy", 64), ("werkzeug", 37))
    for package, count in packages:
        yield from _dirs(f"{_SITE}/{package}", f"{_SITE}/{package}/__pycache__")
        for index in range(count):
            name = f"module_{index:02}"
            size = 2_500 + 3_919 * (index + len(package)) % 21_000
            yield _file(f"{_SITE}/{package}/{name}.py", size)
            yield _file(f"{_SITE}/{package}/__pycache__/{name}.cpython-311.pyc", size * 4 // 5)
        yield _file(f"root/.cache/pip/http/{package}.whl", 41_000 * count, mode=0o600)


def _app(uid: int = 0) -> Iterator[DemoEntry]:
    yield from _dirs(_APP, *(f"{_APP}/{name}" for name in (".git", ".git/objects", ".git/objects/pack", "fixtures",
                                                           "notes", "static")), uid=uid)  # fmt: skip
    yield _file(f"{_APP}/.git/objects/pack/pack-5b1e0c.pack", 2_260_000, mode=0o444, uid=uid)
    yield _text(f"{_APP}/.git/HEAD", "ref: refs/heads/main\n", uid=uid)
    yield _file(f"{_APP}/db.sqlite3", 1_310_720, seed="database 1", uid=uid)
    yield _file(f"{_APP}/fixtures/demo.json", 402_000, uid=uid)
    yield _text(f"{_APP}/manage.py", "#!/usr/bin/env python3\nfrom notes import main\n\nmain()\n", mode=0o755, uid=uid)
    for name in ("__init__", "api", "editor", "forms", "models", "search", "urls", "views"):
        yield _file(f"{_APP}/notes/{name}.py", 3_100 + 1_870 * len(name), uid=uid)
    yield from (_file(f"{_APP}/static/{path}", size, uid=uid) for path, size in _STATIC)


def _chown() -> Iterator[DemoEntry]:
    yield _text("etc/passwd", "root:x:0:0:root:/root:/bin/bash\nnotes:x:999:999::/home/notes:/bin/sh\n")
    yield from _app(_NOTES_UID)
    yield _text(f"{_APP}/requirements.txt", _REQUIREMENTS, uid=_NOTES_UID)


def _secrets() -> Iterator[DemoEntry]:
    yield from _dirs(_APP, uid=_NOTES_UID)
    yield _text(f"{_APP}/deploy.env", "NOTES_DATABASE_PASSWORD=made-up-for-the-demo\n", mode=0o600)
    words = "OPENSSH PRIVATE" + " KEY"  # in two pieces, so that scanners of this repository stay calm
    yield _text(f"{_APP}/deploy_key", f"-----BEGIN {words}-----\nmade up\n-----END {words}-----\n", mode=0o600)


def _database(version: int, size_bytes: int) -> Iterator[DemoEntry]:
    yield from _dirs(_APP, uid=_NOTES_UID)
    yield _file(f"{_APP}/db.sqlite3", size_bytes, seed=f"database {version}", uid=_NOTES_UID)


def _collectstatic() -> Iterator[DemoEntry]:
    yield from _dirs(_APP, f"{_APP}/static")
    yield DemoEntry(f"{_APP}/static/.wh..wh..opq")
    for path, size in _STATIC:
        stem, dot, suffix = path.rpartition(".")
        yield _file(f"{_APP}/static/{stem}.5f3a{dot}{suffix}", size, seed=f"{_APP}/static/{path}")


def _purge() -> Iterator[DemoEntry]:
    yield from (_gone(path) for path, _size in _GCC[:1])
    yield _gone("usr/lib/gcc")
    yield _text("var/lib/dpkg/status", package_status([*BASE_PACKAGES, *ADDED_PACKAGES]))
    yield _file("var/cache/apt/pkgcache.bin", 1_910_000, seed="pkgcache 2")


_REQUIREMENTS = "flask==3.0.2\nmarkdown==3.5.2\npsycopg2==2.9.9\nsqlalchemy==2.0.28\n"


def demo_layers() -> list[list[DemoEntry]]:
    """Give the entries of every layer, base first, as many as `DEMO_HISTORY` has steps that are not empty."""
    return [
        list(entries)
        for entries in (
            _base(),
            _apt_update(),
            _apt_install(),
            _dirs("srv", _APP),
            [_text(f"{_APP}/requirements.txt", _REQUIREMENTS)],
            _pip_install(),
            _app(),
            _chown(),
            _secrets(),
            _database(2, 1_474_560),
            _database(3, 2_097_152),
            _collectstatic(),
            [_gone(f"{_APP}/{name}") for name in ("deploy.env", "deploy_key", ".git")],
            _purge(),
            [_gone(path) for path in ("var/lib/apt/lists", "var/cache/apt", "root/.cache")],
        )
    ]
