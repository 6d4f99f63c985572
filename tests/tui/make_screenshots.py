"""Take pictures of the terminal interface on a real image.

usage: python tests/tui/make_screenshots.py IMAGE [DIRECTORY] [--dockerfile FILE] [--theme NAME] [--name NAME]
       [--only SCENE]

IMAGE is whatever the command `layerscope` takes (`demo`, an archive, an image of an engine). Writes one SVG a scene to
DIRECTORY (default: screenshots), and beside each a PNG where `rsvg-convert` is installed (Debian: librsvg2-bin and
fonts-firacode). Run it from the repository's root, with the package installed or `src` on PYTHONPATH.
"""

import argparse
import asyncio
import os
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from layerscope.model.inspection import Inspection
from layerscope.pipeline import InspectOptions, inspect
from layerscope.tui.app import LayerscopeApp

_FONTS = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig><include ignore_missing="yes">/etc/fonts/fonts.conf</include>
<match target="font"><edit name="fontfeatures" mode="append"><string>calt off</string></edit></match></fontconfig>"""
"""No ligatures: `drwx------` is ten characters, not a line."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A size, and the keys that lead to what is pictured."""

    name: str
    columns: int
    rows: int
    keys: tuple[str, ...] = ()
    theme: str | None = None


def _typed(text: str) -> tuple[str, ...]:
    return tuple({" ": "space", ":": "colon", ">": "greater_than_sign", "/": "slash"}.get(key, key) for key in text)


_TO_LAYER_4 = ("j",) * 7
SCENES = (
    Scene("overview", 160, 38, (*("j",) * 5, "2", "plus", "s", *("j",) * 5)),
    Scene("layers", 140, 40, (*_TO_LAYER_4, "2", "s", "L", "1")),
    Scene("waste-to-file", 160, 45, ("5", "j", "enter")),
    Scene("everything-up-to", 120, 40, (*_TO_LAYER_4, "v", "v", "2", "s", "L")),
    Scene("find", 120, 40, (*_TO_LAYER_4, "2", "slash", *_typed("lib size:>1M"))),
    Scene("findings", 120, 40, ("6", "j")),
    Scene("dockerfile", 120, 40, (*_TO_LAYER_4, "4", "z")),
    Scene("plan", 120, 40, ("8", "a")),
    Scene("planned", 120, 40, ("8", "a", "v")),
    Scene("actions", 120, 40, ("2", "colon", *_typed("plan"))),
    Scene("map", 120, 40, ("9",)),
    Scene("light", 140, 40, (*_TO_LAYER_4, "2", "plus"), theme="layerscope-light"),
    Scene("narrow", 80, 24, ()),
    Scene("narrow-files", 80, 24, (*_TO_LAYER_4, "enter")),
    Scene("narrow-findings", 80, 24, ("6", "j")),
    Scene("help", 120, 40, ("2", "question_mark")),
)
"""For the README; the keys suit the image of the tests' Dockerfile, and any other more or less."""


async def picture(inspection: Inspection, scene: Scene, theme: str | None, title: str) -> str:
    """Open the image, press the keys, and give the screen as SVG."""
    image = inspection.image.reference
    app = LayerscopeApp(image, options=InspectOptions(), inspect=lambda *_image, **_how: inspection)
    if theme or scene.theme:
        app.theme = theme or scene.theme or app.theme
    async with app.run_test(size=(scene.columns, scene.rows)) as pilot:
        while not app.inspect_screen.complete:  # noqa: ASYNC110 - it is a thread that reads
            await asyncio.sleep(0.05)
        for key in scene.keys:
            await pilot.press(key)
        await asyncio.sleep(0.7)  # comparisons of many files come from a thread
        return app.export_screenshot(title=f"layerscope {title}")


def tidy(svg: str) -> str:
    """Keep blanks where they are, and make two runs give the same file."""
    # Where packages came from is no business of a picture; a name that is cut stays as long as it was.
    svg = re.sub(r"deb\.debian\.org|deb\.[a-z.]*(?=…)", lambda found: "mirror.example"[: len(found[0])], svg)
    return re.sub(r"terminal-\d+", "terminal", svg).replace("<svg class", '<svg xml:space="preserve" class', 1)


def convert(svg: Path) -> None:
    """Write a PNG beside an SVG."""
    with tempfile.NamedTemporaryFile("w", suffix=".conf") as fonts:
        fonts.write(_FONTS)
        fonts.flush()
        command = ["rsvg-convert", "-o", str(svg.with_suffix(".png")), str(svg)]
        subprocess.run(command, check=True, env=os.environ | {"FONTCONFIG_FILE": fonts.name})


def main() -> None:
    """Write all pictures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("image")
    parser.add_argument("directory", nargs="?", type=Path, default=Path("screenshots"))
    parser.add_argument("--dockerfile", type=Path)
    parser.add_argument("--theme")
    parser.add_argument("--only")
    parser.add_argument("--name", help="what the image is called in the pictures")
    asked = parser.parse_args()
    asked.directory.mkdir(parents=True, exist_ok=True)
    inspection = inspect(asked.image, options=InspectOptions(dockerfile=asked.dockerfile))
    asked.name = asked.name or asked.image
    inspection = replace(inspection, image=replace(inspection.image, reference=asked.name))
    for scene in SCENES:
        if asked.only not in {None, scene.name}:
            continue
        target = asked.directory / f"{scene.name}.svg"
        target.write_text(tidy(asyncio.run(picture(inspection, scene, asked.theme, asked.name))), encoding="utf-8")
        if shutil.which("rsvg-convert"):
            convert(target)
        print(target)


if __name__ == "__main__":
    main()
