"""Images that several tests want alike."""

from builder import ImageBuilder, directory, symlink


def three_layers() -> ImageBuilder:
    """Build three layers, of which the last is the first once more, and two empty steps."""
    return (
        ImageBuilder("app:1")
        .layer({"etc/": directory(), "etc/passwd": b"root", "x" * 120: b"long"})
        .run("RUN one")
        .env(A="1")
        .layer({"etc/link": symlink("passwd")}, remove=["etc/passwd"])
        .env(B="2")
        .layer({"etc/": directory(), "etc/passwd": b"root", "x" * 120: b"long"})
    )
