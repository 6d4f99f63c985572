"""The JSON Schema of the JSON report, which is published with the package (`report.schema.json`)."""

import json
from typing import Any


def report_schema() -> dict[str, Any]:
    """Read the schema."""
    from importlib.resources import files

    text = (files("layerscope.reports") / "report.schema.json").read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema
