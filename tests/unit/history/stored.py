"""Histories that real builders wrote, stored with the Dockerfile they wrote them for (`histories/`)."""

import json
from dataclasses import dataclass
from pathlib import Path

from layerscope.model.image import HistoryRecord, ImageConfig, LayerBlob, RawImage

HERE = Path(__file__).parent / "histories"


@dataclass(frozen=True)
class Stored:
    builder: str
    dockerfile: Path
    image: RawImage


def stored(name: str) -> Stored:
    """Read `histories/NAME.json`: what one builder made of one Dockerfile."""
    data = json.loads((HERE / f"{name}.json").read_text())
    history = tuple(
        HistoryRecord(index=index, created=None, created_by=line, comment=comment, author=author, empty=empty)
        for index, (line, comment, author, empty) in enumerate(data["history"])
    )
    config = ImageConfig(shell=tuple(data["shell"]), env=tuple(data["env"]), onbuild=tuple(data["onbuild"]))
    layers = tuple(LayerBlob(f"layer {index}") for index in range(data["layers"]))
    image = RawImage(reference=name, source="stored", layers=layers, os=data["os"], config=config, history=history)
    return Stored(data["builder"], HERE / data["dockerfile"], image)
