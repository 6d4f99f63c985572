"""One wasteful image as an archive, for all runs."""

from pathlib import Path

import pytest

from builder import ImageBuilder, directory, file, symlink


def bad_image() -> ImageBuilder:
    """350 kB shipped, 180 kB live: 100 kB deleted with their directory, 50 kB re-owned, 20 kB overwritten."""
    app = b"a" * 50_000
    return (
        ImageBuilder("bad:1")
        .layer(
            {"etc": directory(), "etc/settings": file(b"s" * 20_000), "usr/bin/tool": file(b"t" * 80_000, mode=0o755)}
        )
        .run("/bin/sh -c #(nop) ADD file:0123 in / ")
        .layer({"var/cache/apt/archives/caf\u00e9.deb": b"d" * 60_000, b"var/cache/apt/\x1b]0;x\x07": b"e" * 40_000})
        .run("RUN /bin/sh -c apt-get update && apt-get install -y x # buildkit")
        .layer({"srv/app": file(app), "bin": symlink("usr/bin")})
        .run("COPY app /srv/ # buildkit")
        .layer({"srv/app": file(app, uid=1_000, gid=1_000), "etc/settings": file(b"z" * 50_000)})
        .run("RUN /bin/sh -c chown 1000:1000 /srv/app # buildkit")
        .layer(remove=["var/cache/apt"])
        .run("RUN /bin/sh -c rm -rf /var/cache/apt # buildkit")
        .step('CMD ["sh"]')
    )


@pytest.fixture(scope="session")
def bad_tar(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return bad_image().save(tmp_path_factory.mktemp("images") / "bad.tar")


@pytest.fixture(scope="session")
def good_tar(tmp_path_factory: pytest.TempPathFactory) -> Path:
    builder = ImageBuilder("good:1").layer({"etc/x": b"x" * 1_000}).layer({"srv/y": b"y" * 1_000})
    return builder.save(tmp_path_factory.mktemp("images") / "good.tar")
