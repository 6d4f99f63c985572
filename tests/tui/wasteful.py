"""A small image with one of everything that the terminal interface shows; the same bytes every time."""

from builder import ImageBuilder, directory, file, hardlink, symlink
from layerscope.model.findings import Edit, Finding, Level


def wasteful_image() -> ImageBuilder:
    """Build the classic bad Dockerfile in six layers, with steps that make no layer between them."""
    pkgcache = b"p" * 40_000
    return (
        ImageBuilder("shop:1")
        .layer(
            {
                "bin": symlink("usr/bin"),
                "etc": directory(),
                "etc/passwd": b"root:x:0:0\n",
                "usr": directory(),
                "usr/bin": directory(),
                "usr/bin/sh": file(b"s" * 120_000, mode=0o755),
                "usr/bin/passwd": file(b"w" * 6_000, mode=0o4755),
                "usr/lib": directory(),
                "usr/lib/libc.so": b"c" * 180_000,
            }
        )
        .run("ADD rootfs.tar / # buildkit")
        .env(APP="/srv/app")
        .layer({"var/cache/apt/pkgcache.bin": pkgcache, "var/lib/apt/lists/main": b"m" * 90_000})
        .run("RUN /bin/sh -c apt-get update # buildkit")
        .layer(
            {
                "usr/bin/python3": file(b"y" * 70_000, mode=0o755),
                "usr/bin/python3.11": hardlink("usr/bin/python3"),
                "etc/passwd": b"root:x:0:0\napp:x:1000:1000\n",
            }
        )
        .run("RUN /bin/sh -c apt-get install -y --no-install-recommends python3 && useradd app # buildkit")
        .layer({"srv/app/main.py": b"print()\n" * 500, "srv/app/model.bin": b"\x01" * 60_000})
        .run("COPY app /srv/app # buildkit")
        .layer({"srv/app/model.bin": file(b"\x01" * 60_000, uid=1000, gid=1000)})
        .run("RUN /bin/sh -c chown app /srv/app/model.bin # buildkit")
        .layer(remove=["var/lib/apt/lists/main", "var/cache/apt"])
        .run("RUN /bin/sh -c rm -rf /var/lib/apt/lists/* /var/cache/apt # buildkit")
        .step('CMD ["python3" "/srv/app/main.py"]')
    )


FINDINGS = (
    Finding(
        rule="LS101",
        level=Level.WARNING,
        title="apt lists deleted in a later layer",
        wasted_bytes=90_000,
        paths=(b"/var/lib/apt/lists/main",),
        path_count=1,
        owner_layers=(1,),
        killer_layers=(5,),
        dockerfile_line=3,
        advice="Delete the lists in the RUN that fetches them.",
        saving_bytes=90_000,
        why="A later layer only hides files: their bytes are still shipped.",
        owner_lines=(3,),
        killer_lines=(9,),
        edits=(Edit(("RUN apt-get update && rm -rf /var/lib/apt/lists/*",), first_line=3, last_line=4), Edit((), 9, 9)),
    ),
    Finding(
        rule="LS201",
        level=Level.ERROR,
        title="[red]a title[/] that is \x1b[31mhostile",
        wasted_bytes=0,
        paths=(),
        path_count=0,
        owner_layers=(),
        killer_layers=(),
        dockerfile_line=None,
        advice="None.",
        saving_bytes=0,
    ),
)
