"""Every key of the configuration: its name, how it is read, its default and what is said about it; `KEYS` lists them.

From it come the flags, the variables, the file's keys, its JSON Schema and the file that `init` writes.
"""

from collections.abc import Callable, Mapping

from layerscope.config import values
from layerscope.config.tui import PRESETS, parse_tui
from layerscope.errors import ConfigError
from layerscope.frozen import dataclass
from layerscope.model.findings import Level, Scoring
from layerscope.model.rules import Scope

RULES_TABLE = "rules"
_Schema = Mapping[str, object]

_RATIO: _Schema = {"anyOf": [{"type": "number", "minimum": 0, "maximum": 1}, {"type": "string"}, {"const": False}]}
_GROWTH: _Schema = {"anyOf": [{"type": "number", "minimum": 0}, {"type": "string"}, {"const": False}]}
_SIZE: _Schema = {"anyOf": [{"type": "integer", "minimum": 0}, {"type": "string"}, {"const": False}]}
_COUNT: _Schema = {"anyOf": [{"type": "integer", "minimum": 0}, {"const": "disabled"}, {"const": False}]}
_WORDS: _Schema = {"type": "array", "items": {"type": "string"}}
_PATHS: _Schema = {
    "type": "array",
    "items": {
        "anyOf": [
            {"type": "string", "minLength": 1},
            {
                "type": "object",
                "properties": {
                    "glob": {"type": "string", "minLength": 1},
                    "in": {"enum": [scope.value for scope in Scope]},
                    "layers": {"type": "array", "items": {"type": "integer", "minimum": 0}},
                },
                "required": ["glob"],
                "additionalProperties": False,
            },
        ]
    },
}
_KINDS: _Schema = {"type": "object", "additionalProperties": _SIZE}
_LEVELS: _Schema = {"type": "object", "additionalProperties": {"enum": [level.value for level in Level]}}
_IGNORES: _Schema = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {
            "rule": {"type": "string"},
            "path": {"type": "string"},
            "reason": {"type": "string", "minLength": 1},
            "expires": {"type": "string", "format": "date"},
        },
        "required": ["reason"],
        "anyOf": [{"required": ["rule"]}, {"required": ["path"]}],
        "additionalProperties": False,
    },
}
_TUI: _Schema = {
    "type": "object",
    "properties": {
        "preset": {"enum": list(PRESETS)},
        "theme": {"type": "string"},
        "remember": {"type": "boolean"},
        "keys": {
            "type": "object",
            "additionalProperties": {
                "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]
            },
        },
    },
    "additionalProperties": False,
}


def _layers(rule: str, value: object) -> Scope:
    return Scope(values.one_of(rule, value, [Scope.ALL.value, Scope.USER.value]))


def _scoring(rule: str, value: object) -> Scoring:
    return Scoring(values.one_of(rule, value, [scoring.value for scoring in Scoring]))


def _file_name(rule: str, value: object) -> str | None:
    if values.is_off(value) or value == "":
        return None
    if not isinstance(value, str):
        raise ConfigError(f"{rule}: {values.quoted(value)} is not a file's name")
    return value


def _warn(rule: str, value: object) -> frozenset[str]:
    names = [key.name for key in KEYS if key.table == RULES_TABLE]
    return frozenset(values.one_of(rule, word, names) for word in values.parse_words(rule, value))


@dataclass(frozen=True, slots=True)
class Key:
    """One thing that can be set."""

    name: str
    field: str
    """Name in `Limits`, or in `Settings` where `in_limits` is false."""
    read: Callable[[str, object], object]
    default: str
    """As it is written in a file (TOML)."""
    metavar: str
    help: str
    schema: _Schema
    table: str = RULES_TABLE
    """Table of the file; "" for its top."""
    aliases: tuple[str, ...] = ()
    """Dive's spelling of the flag."""
    multiple: bool = False
    flag: bool = True
    in_limits: bool = True
    example: str = ""
    """What `init` shows, commented out, where the default says too little."""

    @property
    def variable(self) -> str:
        """Name of the environment variable."""
        return "LAYERSCOPE_" + self.name.upper().replace("-", "_")


# In the order of `--help` and of the file that `init` writes; Dive's three first.
KEYS = (
    Key("lowest-efficiency", "lowest_efficiency", values.parse_ratio, "0.9", "RATIO",
        "Fail below this share of live bytes, 0-1.", _RATIO, aliases=("--lowestEfficiency",)),
    Key("highest-wasted-bytes", "highest_wasted_bytes", values.parse_bytes, '"disabled"', "SIZE",
        "Fail above this many wasted bytes: 20MB, 5KiB, 4096.", _SIZE, aliases=("--highestWastedBytes",),
        example='"20MB"'),
    Key("highest-user-wasted-percent", "highest_user_wasted_ratio", values.parse_ratio, "0.1", "RATIO",
        "Fail above this share of waste in the layers above the base, 0-1.", _RATIO,
        aliases=("--highestUserWastedPercent",)),
    Key("highest-total-size", "highest_total_bytes", values.parse_bytes, '"disabled"', "SIZE",
        "Fail if all layers ship more than this.", _SIZE, example='"500MB"'),
    Key("highest-layer-size", "highest_layer_bytes", values.parse_bytes, '"disabled"', "SIZE",
        "Fail if a layer ships more than this.", _SIZE, example='"200MB"'),
    Key("highest-layer-count", "highest_layer_count", values.parse_count, '"disabled"', "N",
        "Fail if there are more layers.", _COUNT, example="30"),
    Key("highest-growth-bytes", "highest_growth_bytes", values.parse_bytes, '"disabled"', "SIZE",
        "Fail if the layers ship this much more than the baseline's.", _SIZE, example='"5MB"'),
    Key("highest-growth-ratio", "highest_growth_ratio", values.parse_growth, '"disabled"', "RATIO",
        "The same as a share of the baseline: 0.05 is 5 % more.", _GROWTH, example="0.05"),
    Key("highest-wasted-by-kind", "highest_wasted_by_kind", values.parse_kinds, "{}", "KIND=SIZE",
        "Fail if findings of a rule or kind waste more, such as LS101=10MB.", _KINDS, multiple=True,
        example='{ LS101 = "10MB" }'),
    Key("forbidden-paths", "forbidden_paths", values.parse_paths, "[]", "GLOB",
        "Fail if a layer has such a path, even if a later one deletes it.", _PATHS, multiple=True,
        example='["/root/.ssh", "*.pem", { glob = "/var/cache/*", in = "final" }]'),
    Key("allowed-paths", "allowed_paths", values.parse_paths, "[]", "GLOB",
        "Fail if a layer has a file elsewhere.", _PATHS, multiple=True,
        example='[{ glob = "/app", in = "user" }]'),
    Key("fail-on", "fail_on", values.parse_level, '"disabled"', "LEVEL",
        "Fail if there are findings of this level or above: note, warning, error.",
        {"enum": [*(level.value for level in Level), "disabled", False]}, example='"error"'),
    Key("secrets", "secrets", values.parse_switch, "false", "on|off",
        "Fail if findings say that a secret is in the image.", {"type": "boolean"}, example="true"),
    Key("scoring", "scoring", _scoring, '"layerscope"', "layerscope|dive",
        "Whose formulas count for the first three rules.", {"enum": [scoring.value for scoring in Scoring]}, table=""),
    Key("layers", "scope", _layers, '"all"', "all|user",
        "Whether sizes, counts and waste are those of all layers or of those above the base.",
        {"enum": [Scope.ALL.value, Scope.USER.value]}, table="", example='"user"'),
    Key("warn", "warn", _warn, "[]", "RULE",
        "A rule that only warns.", _WORDS, table="", multiple=True, example='["highest-layer-count"]'),
    Key("levels", "levels", values.parse_levels, "{}", "RULE=LEVEL",
        "Another level for findings of a rule or kind, such as LS203=error.", _LEVELS, table="", multiple=True,
        example='{ LS203 = "error" }'),
    Key("baseline", "baseline", _file_name, '""', "FILE",
        "An earlier JSON report: only what is worse than there fails.", {"type": "string"}, table="", in_limits=False,
        example='"layerscope-baseline.json"'),
    Key("tui", "tui", parse_tui, "{}", "",
        "The terminal interface: a preset of keys, keys by id (layerscope config keys), a theme.", _TUI,
        table="", flag=False, in_limits=False,
        example='{ preset = "dive", theme = "layerscope-light", keys = { "files.sort" = "S" } }'),
    Key("ignore", "ignores", values.parse_ignores, "[]", "", "Exceptions: a rule or a path, a reason, a last day.",
        _IGNORES, table="", flag=False),
)  # fmt: skip
