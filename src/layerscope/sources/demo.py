"""The built-in image `demo`: needs no engine, no file and no network, and shows every kind of waste.

Owns making a `RawImage` of it. What is in it: `demofiles.py`; how its bytes are made: `demotar.py`; both are loaded
when it is wanted, because every run asks whether it is.
"""

import hashlib
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, BinaryIO

from layerscope.errors import ImageNotFoundError
from layerscope.frozen import dataclass
from layerscope.model.image import Digest, LayerBlob, RawImage
from layerscope.sources.base import Request
from layerscope.sources.blobs import buffered
from layerscope.sources.imageconfig import read_config
from layerscope.sources.manifest import parse_json

if TYPE_CHECKING:
    from layerscope.sources.demotar import DemoEntry

_NAMES = ("demo:latest", "demo", "latest")
_PLATFORM = "linux/amd64"
_CREATED = "2024-03-05T12:00:{:02}Z"
_DIFF_IDS: tuple[str, ...] = (
    "sha256:d24233950ce032becc522bc2142751a0f6cb8aaa238ea395abbc2667b244541e",
    "sha256:ea915b915186714d24ea44a141c6770aecae1f036ef3878b23e96c6491deb0db",
    "sha256:ffe7636b79185fba5ecb7834e7c05356d47cfb21b0e75977d378cb621c518cb7",
    "sha256:c15cb6c91452b54f9ab9a1b312b1301953c816b156e455b9afdafd0b14c00c1f",
    "sha256:98b45b1ba8b8a5ae952f014a0e8c8aa45432b64a25d2149e9a5c78cd4138d34f",
    "sha256:ab375722d4349fa7177de70b1d152e47013bd3a257a3a8474b8002c5c0ea7f8a",
    "sha256:642cd7549df70a0aa6371f8d7e8f75ed703e51e782ee54c1608a850cc81a21d5",
    "sha256:98ba14d4ed75023f471b31d054bc220740a29d4328449a614ca224c93240d530",
    "sha256:52d9e24bf53147c518f9ee9753db3925e900a11422dd74107d7e52174af1a85d",
    "sha256:fd3360fa91ffb305d67dc5577530f02cef8b9743c252066abfab3a98a2e199ad",
    "sha256:c02682469f2c2900a1aa697272f20aa5ca9e2ecde0a7e0d00add1374260981c6",
    "sha256:b7063612cf6fc1e006cd3021e059fe3b6a272836a95f7e3e9eaeac4b4d861f7b",
    "sha256:d3f28672e50010eaede5027d911ac6d09f52b8fe40082c3bc33bdea3203df74e",
    "sha256:e169f0e434ac765247ba437af56f338d846daa446f4f4a262f2cb711ce1c40af",
    "sha256:63249ae52a626919a6d0ea7e1c7857cde03591760efefcb54d735e1fade75574",
)
"""SHA-256 of each layer, so that nobody needs to read them all to know: a test says when they change."""


def _config() -> bytes:
    """Write the configuration blob."""
    from layerscope.sources.demofiles import DEMO_HISTORY

    history = [
        {"created": _CREATED.format(index), "created_by": created_by, "comment": "buildkit.dockerfile.v0"}
        | ({"empty_layer": True} if empty else {})
        for index, (created_by, empty) in enumerate(DEMO_HISTORY)
    ]
    history[0]["comment"] = "debuerreotype 0.15"
    value = {
        "architecture": "amd64",
        "os": "linux",
        "created": history[-1]["created"],
        "config": {
            "User": "notes",
            "WorkingDir": "/srv/notes",
            "Env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "PYTHONUNBUFFERED=1",
                    "APP_HOME=/srv/notes"],
            "Cmd": ["python3", "manage.py", "serve"],
            "ExposedPorts": {"8000/tcp": {}},
            "Healthcheck": {"Test": ["CMD-SHELL", "curl -fsS localhost:8000/ || exit 1"], "Interval": 30_000_000_000},
            "Labels": {"org.opencontainers.image.title": "notes"},
        },
        "rootfs": {"type": "layers", "diff_ids": list(_DIFF_IDS)},
        "history": history,
    }  # fmt: skip
    return json.dumps(value, separators=(",", ":")).encode()


@dataclass(frozen=True, slots=True)
class _Opener:
    """Opens one layer's tar, as often as it is wanted."""

    entries: "Sequence[DemoEntry]"

    def __call__(self) -> BinaryIO:
        from layerscope.sources.demotar import DemoTar

        return buffered(DemoTar(self.entries))


@dataclass(frozen=True, slots=True)
class Demo:
    """The source of one image."""

    name: str = "demo"
    schemes: tuple[str, ...] = ("demo",)

    def claims(self, reference: str) -> bool:
        """Claim the one word."""
        return reference == self.name

    def load(self, request: Request) -> RawImage:
        """Build the image; it is the only one there is, and another is not to be had."""
        from layerscope.sources.demofiles import DEMO_DOCKERFILE, demo_layers
        from layerscope.sources.demotar import DemoTar

        if request.tag not in {None, *_NAMES}:
            raise ImageNotFoundError(f"demo holds no image called {request.tag}", hint=f"it is {_NAMES[0]}")
        if request.platform not in {None, _PLATFORM}:
            raise ImageNotFoundError(f"demo holds no image for {request.platform}", hint=f"it is for {_PLATFORM}")
        blob = _config()
        config = read_config(parse_json(blob, "demo"))
        image = RawImage(
            reference=request.reference,
            source=self.name,
            layers=tuple(
                LayerBlob(
                    name=f"demo: layer {index}",
                    diff_id=diff_id,
                    stored_bytes=DemoTar(entries).seek(0, 2),
                    opener=_Opener(entries),
                )
                for index, (entries, diff_id) in enumerate(zip(demo_layers(), config.diff_ids, strict=True))
            ),
            image_id=Digest("sha256:" + hashlib.sha256(blob).hexdigest()),
            tags=_NAMES[:1],
            os=config.os,
            architecture=config.architecture,
            created=config.created,
            config=config.config,
            history=config.history,
            base_layer_count=1,
            dockerfile=DEMO_DOCKERFILE,
        )
        request.image_ready(image)
        return image


DEMO = Demo()
