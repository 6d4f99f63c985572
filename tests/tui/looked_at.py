"""An image whose files are looked at: versions, kinds, small changes, big files; and how tests go to a pane."""

import struct
import zlib

from builder import ImageBuilder, directory, file, hardlink, symlink
from layerscope.tui.panes import PANES
from tui.driver import Session

PROGRAM = b'#!/usr/bin/env python3\n# a comment\ndef main() -> None:\n    print("hello")\n'
ELF = b"\x7fELF\2\1\1" + b"\0" * 9 + struct.pack("<HH", 2, 62) + b"\0" * 5000
SETTINGS = b"".join(b"line %d\n" % number for number in range(200))


def png(width: int, height: int) -> bytes:
    body = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    header = struct.pack(">I", 13) + body + struct.pack(">I", zlib.crc32(body))
    return b"\x89PNG\r\n\x1a\n" + header + b"\0" * 100


def looked_at_image() -> ImageBuilder:
    """Build an image of five layers: the base, content, attributes only, times only, and an end."""
    return (
        ImageBuilder("looked:1")
        .layer(
            {
                "etc": directory(),
                "etc/app.conf": SETTINGS,
                "etc/hosts": b"127.0.0.1 localhost\n",
                "usr": directory(),
                "usr/bin": directory(),
                "usr/bin/tool": file(
                    b"\x7fELF\2\1\1" + b"\0" * 9 + struct.pack("<HH", 2, 62) + b"\0" * 5000, mode=0o755
                ),
                "usr/lib": directory(),
                "usr/lib/libbig.so.1": b"\0" * 400_000,
                "usr/lib/libbig.so": symlink("libbig.so.1"),
            }
        )
        .run("ADD rootfs.tar / # buildkit")
        .layer(
            {
                "srv": directory(),
                "srv/main.py": PROGRAM,
                "srv/logo.png": png(640, 480),
                "srv/cache.bin": b"\1" * 90_000,
                "srv/same.bin": hardlink("srv/cache.bin"),
                "etc/app.conf": SETTINGS.replace(b"line 100\n", b"line one hundred\n"),
            }
        )
        .run("COPY app /srv # buildkit")
        .layer({"srv/main.py": file(PROGRAM, mode=0o755), "etc/hosts": file(b"127.0.0.1 localhost\n", uid=7)})
        .run("RUN /bin/sh -c chmod +x /srv/main.py # buildkit")
        .layer({"etc/hosts": file(b"127.0.0.1 localhost\n", uid=7, mtime=1_800_000_000)})
        .run("RUN /bin/sh -c touch /etc/hosts # buildkit")
        .layer({"srv/new.txt": b"new\n"}, remove=["srv/cache.bin", "srv/same.bin"])
        .run("RUN /bin/sh -c rm /srv/cache.bin /srv/same.bin # buildkit")
    )


async def go(session: Session, pane: str, *keys: str) -> None:
    """Press the number of a pane, and then keys."""
    number = [one.SPEC.name for one in PANES].index(pane) + 1
    await session.press(str(number), *keys)


async def to_layer(session: Session, layer: int) -> None:
    """Go to a layer from wherever the cursor is."""
    while session.layer != layer:
        await session.press("right_square_bracket" if session.layer < layer else "left_square_bracket")


async def point_at(session: Session, path: str) -> None:
    """Put the cursor of the files pane on a path of the comparison that is shown."""
    inspection = session.app.inspection
    assert inspection is not None
    node = inspection.tree.find(path.encode())
    assert node is not None, path
    from layerscope.tui.state import seek

    tree = inspection.tree
    session.app.change_view(lambda view: seek(view, tree, node))
    await session.settle()


def names(session: Session) -> list[str]:
    """The names in the files pane, as they are shown, without what stands beside them."""
    found = []
    for line in session.pane_lines("files")[2:-1]:
        text = line.strip("│ ▐")
        if text:
            found.append(text)
    return found


def said(session: Session) -> str:
    """What the messages at the edge say."""
    return "\n".join(notification.message for notification in session.app._notifications)
