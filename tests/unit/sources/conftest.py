"""Opening images as the pipeline does, and comparing what came out."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from layerscope.filesystem.tarscan import scan_stream
from layerscope.model.image import LayerBlob, RawImage
from layerscope.sources.base import Request
from layerscope.sources.registry import open_image
from standin import Behaviour, built, listening

Open = Callable[..., RawImage]


@pytest.fixture
def open_ref() -> Open:
    """Open a reference or path with the real scanner."""

    def opened(reference: str | Path, **options: Any) -> RawImage:
        return open_image(Request(str(reference), scan_stream, **options))

    return opened


def rows(blob: LayerBlob) -> list[tuple[object, ...]]:
    """List what a layer holds, whether it was scanned already or can be opened."""
    table = blob.table
    if table is None:
        with blob.open_tar() as stream:
            table = scan_stream(_limited(stream, blob), blob.name)
    digests = table.digest or {}
    return [
        (key, table.kind[row], table.size[row], table.mode[row], table.link.get(row), digests.get(row))
        for row, key in enumerate(table.keys)
    ] + [("whiteout", key) for key in table.whiteouts]


def _limited(stream: Any, blob: LayerBlob) -> Any:
    """A window's stream goes on to the end of its file: take the window only."""
    import io

    return stream if blob.window is None else io.BytesIO(stream.read(blob.window.size_bytes))


@pytest.fixture
def rows_of() -> Callable[[LayerBlob], list[tuple[object, ...]]]:
    """Give `rows` to tests."""
    return rows


@pytest.fixture
def engine(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Behaviour]:
    """Run a stand-in engine as DOCKER_HOST; nothing of this machine's own engines is asked."""
    home = tmp_path_factory.mktemp("e")
    for name in ("DOCKER_CONTEXT", "CONTAINER_HOST", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("DOCKER_CONFIG", str(home))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(home))
    monkeypatch.setenv("PATH", str(home))  # no podman, no ssh
    behaviour = Behaviour(built())
    with listening(home / "d.sock", behaviour) as url:
        monkeypatch.setenv("DOCKER_HOST", url)
        yield behaviour
