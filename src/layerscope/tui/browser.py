"""One session in a browser: what `textual-serve` starts for each visitor, with what is asked of it as JSON.

Nobody at a browser writes to this machine's disk or starts its programs.
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from layerscope.config.tui import TuiSettings
from layerscope.frozen import fields, replace
from layerscope.pipeline import InspectOptions

_NOT_HERE = "This works in a terminal, not in a browser."


def arguments(reference: str, options: InspectOptions) -> list[str]:
    """Write what `main` reads."""
    values = {field.name: getattr(options, field.name) for field in fields(options)}
    return [json.dumps({"reference": reference, "options": values}, default=str)]


def main(argv: Sequence[str]) -> None:
    """Show an image to a browser."""
    from layerscope.tui.app import LayerscopeApp
    from layerscope.tui.wishes import Extract, OpenOutside

    class BrowserApp(LayerscopeApp):
        """The application without what reaches out of the window."""

        writes_files = False

        def on_extract(self, message: Extract) -> None:
            """Refuse; Textual would ask the base class, too."""
            message.prevent_default().stop()
            self.notify(_NOT_HERE, severity="warning", markup=False)

        def on_open_outside(self, message: OpenOutside) -> None:
            """Refuse; Textual would ask the base class, too."""
            message.prevent_default().stop()
            self.notify(_NOT_HERE, severity="warning", markup=False)

    asked = json.loads(argv[0])
    app = BrowserApp(asked["reference"], options=_options(asked["options"]), settings=_settings())
    app.run()


def _options(values: dict[str, Any]) -> InspectOptions:
    # as they are written: what some name is not loaded where nobody needs it
    types = {field.name: field.type for field in fields(InspectOptions)}
    made: dict[str, Any] = {
        name: Path(value) if value is not None and Path in getattr(types[name], "__args__", ()) else value
        for name, value in values.items()
    }
    return replace(InspectOptions(), **made)


def _settings() -> TuiSettings:
    import os

    from layerscope.config import find_sources, resolve

    return resolve(find_sources(Path.cwd(), os.environ)).settings.tui


if __name__ == "__main__":
    main(sys.argv[1:])
