"""The JSON Schema of `.layerscope.toml`, made from `KEYS`: for editors, and for `config schema`."""

from layerscope.config.keys import KEYS, RULES_TABLE

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def settings_schema() -> dict[str, object]:
    """Make the schema."""
    rules = {key.name: _described(key.schema, key.help) for key in KEYS if key.table == RULES_TABLE}
    top = {key.name: _described(key.schema, key.help) for key in KEYS if not key.table}
    return {
        "$schema": _DIALECT,
        "title": "layerscope: .layerscope.toml, and [tool.layerscope] in pyproject.toml",
        "type": "object",
        "properties": {
            **top,
            RULES_TABLE: {"type": "object", "properties": rules, "additionalProperties": False},
        },
        "additionalProperties": False,
    }


def _described(schema: object, text: str) -> dict[str, object]:
    assert isinstance(schema, dict)
    return {"description": text, **schema}
