"""Histories that real builders wrote, stored with the Dockerfile they wrote them for (`histories/`).

Each `NAME.json` holds one build per builder: the history lines as the engine's configuration had them, and what the
truth about them follows from: how many of the first steps are the base image's, and how many steps after those are
triggers of an ONBUILD in that image. The rest are the Dockerfile's own instructions, in its order.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from layerscope.history.dockerfile import Dockerfile, parse_dockerfile
from layerscope.history.steps import steps_of
from layerscope.model.history import Step
from layerscope.model.image import HistoryRecord, ImageConfig, LayerBlob, RawImage

HERE = Path(__file__).parent / "histories"
TARGETS = {"target": "test"}
"""Which stage was built with `--target`."""


@dataclass(frozen=True)
class Build:
    name: str
    builder: str
    image: RawImage
    base_steps: int
    triggers: int

    @property
    def dockerfile(self) -> Dockerfile:
        return parse_dockerfile(text_of(self.name))

    @property
    def steps(self) -> tuple[Step, ...]:
        return steps_of(self.image)[0]

    @property
    def true_lines(self) -> list[int | None]:
        """By step: the first line of the instruction that made it, None for the base image's."""
        dockerfile = self.dockerfile
        stages = {stage.name: stage for stage in dockerfile.stages}
        stage = stages[TARGETS[self.name]] if self.name in TARGETS else dockerfile.stages[-1]
        lines: list[int | None] = [None] * self.base_steps
        lines += [stage.origin.dockerfile_line] * self.triggers
        onbuild: list[int | None] = []
        for part in dockerfile.chain(stage):
            lines += onbuild
            onbuild = []
            for statement in part.statements:
                line = statement.instruction.dockerfile_line
                if statement.keyword == "ONBUILD":
                    onbuild.append(line)
                if statement.keyword != "ONBUILD" or not self.builder.startswith("bk"):  # BuildKit records no ONBUILD
                    lines.append(line)
        assert len(lines) == len(self.image.history)
        return lines


def text_of(name: str) -> str:
    return (HERE / f"{name}.Dockerfile").read_bytes().decode()


def names() -> list[str]:
    return sorted(path.stem for path in HERE.glob("*.json"))


def builds(name: str) -> Iterator[Build]:
    for data in json.loads((HERE / f"{name}.json").read_text()):
        history = tuple(HistoryRecord(index, None, *record) for index, record in enumerate(data["history"]))
        config = ImageConfig(shell=tuple(data["shell"]), env=tuple(data["env"]), labels=data["labels"])
        layers = tuple(LayerBlob(f"layer {index}") for index in range(data["layers"]))
        image = RawImage(f"{name}:{data['builder']}", "stored", layers, os="linux", config=config, history=history)
        yield Build(name, data["builder"], image, data["base_steps"], data["triggers"])


def all_builds() -> list[Build]:
    return [build for name in names() for build in builds(name)]


def build_of(name: str, builder: str) -> Build:
    return next(build for build in builds(name) if build.builder == builder)
