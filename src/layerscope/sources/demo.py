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
    "sha256:96c76fde311ad9649c607d2c588d4513aee745d020afb010fdb2beab0f253167",
    "sha256:ea915b915186714d24ea44a141c6770aecae1f036ef3878b23e96c6491deb0db",
    "sha256:6a14516c3c58b6f828e7b374c17830ee90f3d540827c6bacbd9800848720d943",
    "sha256:c15cb6c91452b54f9ab9a1b312b1301953c816b156e455b9afdafd0b14c00c1f",
    "sha256:98b45b1ba8b8a5ae952f014a0e8c8aa45432b64a25d2149e9a5c78cd4138d34f",
    "sha256:0335d1f53aae1ad463107a0afd949a425363b80ced05036c7e0b98d5a4c5f700",
    "sha256:e112f92a9684cfb4b639f19eca144d205fa16346beaf4cc1c87560927bbc2889",
    "sha256:7d27e948e95fcf963ce1f6e648b88c2474c186e0121a0be5065f11df4139a99e",
    "sha256:52d9e24bf53147c518f9ee9753db3925e900a11422dd74107d7e52174af1a85d",
    "sha256:bcfe49bf72dc6d9b2c3514e8fee86161e2ac4853eef82d31bd891aeba557df01",
    "sha256:f719f2b0f1ace3c4d79156fbb09ca70bfea988eccca0c1d78b5635e6c69a6f57",
    "sha256:db38b3986108955845ac0d9c5175354198dded2abc3e3020b891db5f73c4dfca",
    "sha256:d3f28672e50010eaede5027d911ac6d09f52b8fe40082c3bc33bdea3203df74e",
    "sha256:31f9d554657ece0e7893ef7b4685d8337e811a7dd92e4e349801dc2c1b79d712",
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
