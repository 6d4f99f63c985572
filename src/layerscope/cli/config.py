"""`layerscope config`: what counts and where it comes from; whether files make sense; their schemas."""

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path

import click

from layerscope.cli.configuring import checked, configured, found_here
from layerscope.cli.rulesflags import takes_configuration
from layerscope.cli.streams import standard_output
from layerscope.config import DEFAULT, Setting, read_file, resolve
from layerscope.errors import ConfigError, together
from layerscope.frozen import replace
from layerscope.units import printable


@click.group("config", short_help="Show, check or describe the configuration.")
@click.option("--debug", is_flag=True, help="A traceback with every error.")
def command(*, debug: bool) -> None:
    """Show, check or describe what `layerscope ci` judges by."""


@command.command("show", short_help="Every key, its value, and where it comes from.")
@takes_configuration
@click.option("--format", "kind", type=click.Choice(["text", "json"]), default="text", show_default=True)
def show(*, config_file: Path | None, kind: str, **values: object) -> int:
    """Show every key, its value, and the file, variable or flag that set it."""
    rows = configured(config_file, values).origins
    with standard_output() as stream:
        if kind == "json":
            table = {row.name: {"value": _raw(row), "origin": row.origin} for row in rows}
            stream.write(json.dumps(table, indent=1, ensure_ascii=False, default=str) + "\n")
        else:
            stream.writelines(f"{row.name:28} {_shown(row):24} {printable(row.origin)}\n" for row in rows)
    return 0


@command.command("validate", short_help="Check the files that count here, or FILE.")
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
def validate(file: Path | None) -> int:
    """Check FILE, or everything that would be read here; exit with 2 and the place if something makes no sense."""
    mistakes: list[ConfigError] = []
    resolved = resolve([read_file(file)] if file is not None else found_here(), mistakes)
    found = (
        [str(file)] if file is not None else sorted({row.origin for row in resolved.origins if row.origin != DEFAULT})
    )
    with _noted(mistakes):
        checked(resolved)
    if resolved.settings.tui.has_keys:  # which there are, only the interface knows
        from layerscope.tui.keymap import keymap

        with _noted(mistakes):
            keymap(resolved.settings.tui)
    if mistakes:
        raise together(mistakes)
    with standard_output() as stream:
        stream.write(f"layerscope: valid: {', '.join(map(printable, found)) or 'nothing is configured here'}\n")
    return 0


@command.command("keys", short_help="The actions of the terminal interface, and their keys.")
def keys() -> int:
    """List the actions of the terminal interface: ids for [tui.keys], the keys they have here, what they do."""
    from layerscope.tui.keymap import actions, keymap

    settings = configured().settings.tui
    own = keymap(settings) if settings.has_keys else {}
    with standard_output() as stream:
        for name, action in sorted(actions().items()):
            mapped = replace(action, keys=tuple(own[name].split(","))) if name in own else action
            stream.write(f"{name:22} {mapped.shown:20} {action.meaning}\n")
    return 0


@command.command("schema", short_help="JSON Schema of .layerscope.toml, or of the report.")
@click.argument("kind", type=click.Choice(["config", "report"]), default="config")
def schema(kind: str) -> int:
    """Write the JSON Schema of .layerscope.toml, or of the JSON report."""
    from layerscope.config.schema import settings_schema
    from layerscope.reports.json_schema import report_schema

    with standard_output() as stream:
        value = settings_schema() if kind == "config" else report_schema()
        stream.write(json.dumps(value, indent=1, ensure_ascii=False) + "\n")
    return 0


@contextlib.contextmanager
def _noted(mistakes: list[ConfigError]) -> Iterator[None]:
    try:
        yield
    except ConfigError as error:
        mistakes.append(error)


def _raw(row: Setting) -> object:
    return row.raw if row.raw is not None else row.value


def _shown(row: Setting) -> str:
    raw = _raw(row)
    text = raw if isinstance(raw, str) else json.dumps(raw, ensure_ascii=False, default=str)
    return printable(text.strip('"') or '""')
