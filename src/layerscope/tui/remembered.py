"""Where one was in an image, for the next time: a small file in the user's state directory, and views as it holds them.

Owns the file: it is written whole or not at all, never grows beyond its limits, and one that makes no sense is none.
What is in it may be of another image, another version or another program: whatever does not fit is left out.
"""

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from layerscope.frozen import dataclass, replace
from layerscope.model.inspection import Inspection
from layerscope.model.plan import Plan
from layerscope.tui.looks import Column, Looks, Sort
from layerscope.tui.state import Scope, ViewState, focus, layer_to, reveal
from layerscope.units import decode, encode

MOST_IMAGES = 100
MOST_BYTES = 1 << 18
_MOST_PLANNED = 200
_LONGEST_PATH = 4096
_MOST_ROWS = 1 << 31
_VERSION = 1


def image_key(inspection: Inspection) -> str | None:
    """Name an image by what it is, wherever it lies; None where nothing tells."""
    parts = [inspection.image.image_id or "", *(layer.diff_id or "" for layer in inspection.layers)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest() if any(parts) else None


@dataclass(frozen=True, slots=True)
class Memory:
    """The file."""

    path: Path

    @classmethod
    def of_user(cls, environ: Mapping[str, str]) -> "Memory":
        """Find the user's."""
        home = environ.get("XDG_STATE_HOME")
        if home:
            return cls(Path(home) / "layerscope" / "views.json")
        import platformdirs

        return cls(Path(platformdirs.user_state_dir("layerscope", appauthor=False)) / "views.json")

    @property
    def is_new(self) -> bool:
        """Tell whether nothing was ever remembered here."""
        return not self.path.exists()

    def recall(self, key: str) -> Mapping[str, Any]:
        """Give what is remembered of an image; empty if nothing."""
        found = _images(self._known()).get(key)
        return found if isinstance(found, dict) else {}

    def keep(self, key: str, view: Mapping[str, Any]) -> None:
        """Remember an image, and forget those that were looked at longest ago; silent where nothing can be written."""
        known = self._known()
        images = _images(known)
        images.pop(key, None)
        images[key] = view
        self._keep(known | {"images": images})

    @property
    def theme(self) -> str | None:
        """Name of the theme that was chosen last; it may be of another version, and not be there."""
        theme = self._known().get("theme")
        return theme if isinstance(theme, str) else None

    def keep_theme(self, name: str) -> None:
        """Remember a theme."""
        self._keep(self._known() | {"theme": name})

    def _keep(self, known: dict[str, Any]) -> None:
        images = _images(known)
        known = {"version": _VERSION, **{name: known[name] for name in ("theme",) if name in known}, "images": images}
        text = json.dumps(known)  # ASCII: bytes that are not UTF-8 are escapes
        while len(images) > 1 and (len(images) > MOST_IMAGES or len(text) > MOST_BYTES):
            images.pop(next(iter(images)))
            text = json.dumps(known)
        if len(text) <= MOST_BYTES:
            with suppress(OSError):
                self._write(text)

    def _known(self) -> dict[str, Any]:
        try:
            with self.path.open("rb") as file:
                content = file.read(MOST_BYTES + 1)
            value = json.loads(content) if len(content) <= MOST_BYTES else None
        except (OSError, ValueError, RecursionError):
            return {}
        return value if isinstance(value, dict) and value.get("version") == _VERSION else {}

    def _write(self, text: str) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor, name = tempfile.mkstemp(dir=self.path.parent, prefix=".views-")  # readable by the user only
        try:
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                file.write(text)
            Path(name).replace(self.path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise


def _images(known: Mapping[str, Any]) -> dict[str, Any]:
    images = known.get("images")
    return images if isinstance(images, dict) else {}


def written(view: ViewState, inspection: Inspection) -> dict[str, Any]:
    """Write a view so that it can be found again in the same image."""
    tree, looks = inspection.tree, view.looks
    paths = [decode(tree.path(node)) for node in sorted(view.plan.dropped)[:_MOST_PLANNED]]
    findings = [inspection.findings[at] for at in sorted(view.plan.fixed) if at < len(inspection.findings)]
    return {
        "layer": view.layer,
        "pane": view.active,
        "path": decode(tree.path(view.node))[:_LONGEST_PATH],
        "scope": view.scope.name if view.scope is not Scope.RANGE else Scope.LAYER.name,
        "unmodified": view.unmodified,
        "sort": looks.sort.name,
        "columns": sorted(column.name for column in looks.columns),
        "squash": [list(pair) for pair in view.plan.squashes],
        "drop": [path for path in paths if len(path) <= _LONGEST_PATH],
        "fix": [[finding.rule, finding.title] for finding in findings[:_MOST_PLANNED]],
    }


def restored(known: Mapping[str, Any], inspection: Inspection, layers: list[int | None], panes: list[str]) -> ViewState:
    """Make the view again, as far as it fits."""
    view = ViewState()
    if type(known.get("layer")) is int:
        view = layer_to(view, layers, known["layer"])
    if scope := Scope.__members__.get(str(known.get("scope"))):
        view = replace(view, scope=scope, unmodified=known.get("unmodified") is True)
    view = replace(view, looks=_looks(known), plan=_plan(known, inspection))
    node = _node(known.get("path"), inspection)
    if node:
        view = reveal(view, inspection.tree, node)
    return focus(view, known["pane"]) if known.get("pane") in panes else view


def wasted_row(known: Mapping[str, Any]) -> int:
    """Give the row of the waste pane that the cursor was on."""
    row = known.get("waste")
    return row if type(row) is int and 0 <= row < _MOST_ROWS else 0


def _looks(known: Mapping[str, Any]) -> Looks:
    """Give order and columns. What leaves paths out is not kept: who comes back would take them for lost."""
    looks = Looks()
    if sort := Sort.__members__.get(str(known.get("sort"))):
        looks = replace(looks, sort=sort)
    columns = frozenset(Column[name] for name in _names(known.get("columns")) if name in Column.__members__)
    return replace(looks, columns=columns if known.get("columns") else looks.columns)


def _plan(known: Mapping[str, Any], inspection: Inspection) -> Plan:
    plan = Plan(dropped=frozenset(node for path in _names(known.get("drop")) if (node := _node(path, inspection))))
    for pair in _list(known.get("squash")):
        match pair:
            case [int(first), int(last)] if 0 <= first <= last < len(inspection.layers):
                plan = plan.squashed(first, last)
    return plan


def fixed_again(known: Mapping[str, Any], inspection: Inspection) -> frozenset[int]:
    """Find the findings that were planned to be fixed; they are known later than all else."""
    wanted = _list(known.get("fix"))
    return frozenset(at for at, one in enumerate(inspection.findings) if [one.rule, one.title] in wanted)


def _node(path: object, inspection: Inspection) -> int | None:
    return inspection.tree.find(encode(path)) if isinstance(path, str) and path else None


def _names(value: object) -> list[str]:
    return [name for name in _list(value) if isinstance(name, str)]


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
