"""The report for people who were not there: one HTML file that needs no network, no server and no other file.

Its policy (CSP) allows exactly the style and the script that stand in it, by their hashes; data is JSON in a script
element and becomes text, never markup.
"""

import base64
import hashlib
import html
from typing import TextIO

from layerscope.model.inspection import Inspection
from layerscope.reports.base import Page, Report
from layerscope.reports.escaping import script_json
from layerscope.reports.html_data import page_data
from layerscope.units import printable


def write_html(inspection: Inspection, stream: TextIO, page: Page) -> None:
    """Write the page."""
    style, script = _part("report.css"), _part("report.js")
    places = {
        "TITLE": html.escape(f"layerscope: {printable(inspection.image.reference)}"),
        "STYLE_HASH": _hash(style),
        "SCRIPT_HASH": _hash(script),
        "STYLE": style,
        "SCRIPT": script,
        "DATA": script_json(page_data(inspection, page.dockerfile)),
    }
    # Piece by piece: a name in the data that looks like a place must not be one.
    pieces = _part("report.html").split("@")
    stream.writelines(places[piece] if index % 2 else piece for index, piece in enumerate(pieces))


def _part(name: str) -> str:
    from importlib.resources import files

    return (files("layerscope.reports") / "page" / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


REPORT = Report("html", "one self-contained page: layers, Dockerfile, map, waste, findings", write_html)
