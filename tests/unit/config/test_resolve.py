"""Where settings come from, and which of several wins."""

import json
import tomllib
from dataclasses import fields
from datetime import date
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from layerscope.config import DEFAULT, KEYS, Settings, Source, find_sources, read_file, resolve
from layerscope.config.schema import settings_schema
from layerscope.config.template import template
from layerscope.errors import ConfigError
from layerscope.model.findings import Level, Limits, Scoring
from layerscope.model.rules import Ignore, PathRule, Scope

EVERYTHING = """
scoring = "dive"
layers = "user"
warn = ["highest-layer-count"]
baseline = "old.json"
levels = { LS203 = "error" }

[rules]
lowest-efficiency = 0.95
highest-wasted-bytes = "20MB"
highest-user-wasted-percent = "0.2"
highest-total-size = 1000
highest-layer-size = "5KiB"
highest-layer-count = 30
highest-growth-bytes = "1MB"
highest-growth-ratio = 1.5
highest-wasted-by-kind = { LS101 = "10MB", apt-lists = false }
forbidden-paths = ["*.pem", { glob = "/var/cache", in = "final", layers = [1, 2] }]
allowed-paths = [{ glob = "/app", in = "user" }]
fail-on = "error"
secrets = true

[[ignore]]
rule = "LS101"
path = "/var/**"
reason = "the base does it"
expires = 2027-01-31
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / ".git").mkdir()
    return tmp_path


def _limits(folder: Path, environ: dict[str, str] | None = None) -> Limits:
    return resolve(find_sources(folder, {"XDG_CONFIG_HOME": str(folder / "home"), **(environ or {})})).settings.limits


def test_without_anything_the_defaults_are_dives(project: Path) -> None:
    assert _limits(project) == Limits() == Settings().limits


def test_every_key_reaches_its_rule(project: Path) -> None:
    (project / ".layerscope.toml").write_text(EVERYTHING)
    settings = resolve(find_sources(project, {"XDG_CONFIG_HOME": "/nonexistent"})).settings
    assert settings.baseline == str(project / "old.json")
    assert settings.limits == Limits(
        lowest_efficiency=0.95,
        highest_wasted_bytes=20_000_000,
        highest_user_wasted_ratio=0.2,
        scoring=Scoring.DIVE,
        highest_total_bytes=1000,
        highest_layer_bytes=5120,
        highest_layer_count=30,
        highest_growth_bytes=1_000_000,
        highest_growth_ratio=1.5,
        highest_wasted_by_kind=(("LS101", 10_000_000),),
        forbidden_paths=(PathRule("*.pem"), PathRule("/var/cache", Scope.FINAL, (1, 2))),
        allowed_paths=(PathRule("/app", Scope.USER),),
        fail_on=Level.ERROR,
        secrets=True,
        scope=Scope.USER,
        warn=frozenset({"highest-layer-count"}),
        levels=(("LS203", Level.ERROR),),
        ignores=(Ignore("the base does it", "LS101", "/var/**", date(2027, 1, 31)),),
    )
    changed = {
        field.name for field in fields(Limits) if getattr(settings.limits, field.name) != getattr(Limits(), field.name)
    }
    assert changed == {field.name for field in fields(Limits)} == {key.field for key in KEYS if key.in_limits}


def test_flag_beats_variable_beats_project_beats_pyproject_beats_dives_file_beats_user(project: Path) -> None:
    home = project / "home" / "layerscope"
    home.mkdir(parents=True)
    environ = {"XDG_CONFIG_HOME": str(project / "home")}

    def now(*more: Source) -> tuple[float | None, str]:
        resolved = resolve([*find_sources(project, environ), *more])
        return resolved.settings.limits.lowest_efficiency, Path(resolved.origins[0].origin).name

    assert now() == (0.9, DEFAULT)
    (home / "config.toml").write_text("[rules]\nlowest-efficiency = 0.1\n")
    assert now() == (0.1, "config.toml")
    (project / ".dive-ci").write_text("rules:\n  lowestEfficiency: 0.2\n")
    assert now() == (0.2, ".dive-ci")
    (project / "pyproject.toml").write_text("[tool.layerscope.rules]\nlowest-efficiency = 0.3\n")
    assert now() == (0.3, "pyproject.toml")
    (project / ".layerscope.toml").write_text("[rules]\nlowest-efficiency = 0.4\n")
    assert now() == (0.4, ".layerscope.toml")
    environ["LAYERSCOPE_LOWEST_EFFICIENCY"] = "0.5"
    assert now() == (0.5, "LAYERSCOPE_LOWEST_EFFICIENCY")
    assert now(Source("--lowest-efficiency", {"lowest-efficiency": "0.6"})) == (0.6, "--lowest-efficiency")


def test_a_file_is_looked_for_up_to_the_repositorys_root_and_no_further(project: Path) -> None:
    (project / ".layerscope.toml").write_text("[rules]\nlowest-efficiency = 0.5\n")
    inside = project / "a" / "b"
    inside.mkdir(parents=True)
    assert _limits(inside).lowest_efficiency == 0.5
    (inside / ".git").mkdir()
    assert _limits(inside).lowest_efficiency == 0.9


def test_outside_a_repository_only_the_folder_itself_is_looked_at(tmp_path: Path) -> None:
    (tmp_path / ".layerscope.toml").write_text("[rules]\nlowest-efficiency = 0.5\n")
    (tmp_path / "a").mkdir()
    assert _limits(tmp_path / "a").lowest_efficiency == 0.9
    assert _limits(tmp_path).lowest_efficiency == 0.5


@pytest.mark.parametrize(
    ("text", "wasted", "efficiency"),
    [
        ("rules:\n  lowestEfficiency: 0.95\n  highestWastedBytes: 20MB\n", 20_000_000, 0.95),
        ("rules:\n  lowestEfficiency: '0.95'\n  highestWastedBytes: 4096\n", 4096, 0.95),
        ("rules:\n  lowest-efficiency: disabled\n  highest-wasted-bytes: off\n", None, None),
        ("rules:\n  lowestEfficiency: false\n  highestWastedBytes:\n", None, None),
        ("# nothing\n", None, 0.9),
        ("rules:\n", None, 0.9),
    ],
)
def test_dives_file_is_read_as_dive_reads_it(
    project: Path, text: str, wasted: int | None, efficiency: float | None
) -> None:
    (project / ".dive-ci").write_text(text)
    limits = _limits(project)
    assert (limits.highest_wasted_bytes, limits.lowest_efficiency) == (wasted, efficiency)


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("[rules]\nlowest-eficiency = 0.9", '"lowest-eficiency" is no known key', "did you mean lowest-efficiency?"),
        ("[rule]\n", '"rule" is no known key', "did you mean rules?"),
        ("lowest-efficiency = 0.9", "does not belong here", "write it below [rules]"),
        ("[rules]\nscoring = 'dive'", "does not belong here", "write it above [rules]"),
        ("[rules]\nlowest-efficiency = 90", "not a ratio", "0.9 for 90 %"),
        ("[rules]\nlowest-efficiency = nan", "not a ratio", ""),
        ("[rules]\nlowest-efficiency = true", "not a ratio", ""),
        ("[rules]\nhighest-layer-count = 1.5", "not a whole number", ""),
        ("[rules]\nfail-on = 'eror'", "none of note, warning, error", "did you mean error?"),
        ("[rules]\nforbidden-paths = [{ path = '/x' }]", "no known key", "known: glob"),
        ("[rules]\nforbidden-paths = [1]", "not a glob", ""),
        ("[rules]\nsecrets = 'perhaps'", "neither on nor off", ""),
        ("rules = 1", "not a table", ""),
        ("scoring = 'drive'", "none of layerscope, dive", "did you mean dive?"),
        ("warn = ['lowest-eficiency']", "none of", "did you mean lowest-efficiency?"),
        ("levels = { LS203 = 'eror' }", "none of note, warning, error", "did you mean error?"),
        ("levels = 3", "not a table", ""),
        ("[[ignore]]\nrule = 'LS101'", "reason is missing", ""),
        ("[[ignore]]\nreason = 'x'", "neither rule nor path", ""),
        ("[[ignore]]\nrule='a'\nreason = 'x'\nexpires='soon'", "not a day", ""),
        ("[[ignore]]\nrule='a'\nreason = 'x'\nuntil=2027-01-01", "no known key", ""),
        ("[rules", "at end of document", ""),
    ],
)
def test_what_makes_no_sense_is_an_error_with_the_file_and_a_suggestion(
    project: Path, text: str, message: str, hint: str
) -> None:
    path = project / ".layerscope.toml"
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        _limits(project)
    assert message in caught.value.message
    assert caught.value.message.startswith(str(path))
    assert hint in (caught.value.hint or "")
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    "text",
    [
        "rules:\n  lowestEficiency: 0.9",
        "- 1",
        "rules: [1]",
        "rules: {a: b",
        "other: 1",
        "rules:\n  lowestEfficiency: 2",
    ],
)
def test_a_mistake_in_dives_file_is_no_longer_ignored(project: Path, text: str) -> None:
    (project / ".dive-ci").write_text(text)
    with pytest.raises(ConfigError, match=r"\.dive-ci"):
        _limits(project)


def test_a_misspelt_variable_is_an_error_and_a_foreign_one_is_not(project: Path) -> None:
    with pytest.raises(ConfigError, match="LAYERSCOPE_LOWEST_EFICIENCY"):
        _limits(project, {"LAYERSCOPE_LOWEST_EFICIENCY": "0.9"})
    assert _limits(project, {"LAYERSCOPE_CORPUS": "x"}) == Limits()


def test_lists_stand_in_variables_with_commas(project: Path) -> None:
    limits = _limits(
        project, {"LAYERSCOPE_FORBIDDEN_PATHS": "*.pem, /root/.ssh", "LAYERSCOPE_HIGHEST_WASTED_BY_KIND": "LS101=5kB"}
    )
    assert limits.forbidden_paths == (PathRule("*.pem"), PathRule("/root/.ssh"))
    assert limits.highest_wasted_by_kind == (("LS101", 5_000),)


def test_a_wrong_value_is_an_error_even_where_a_stronger_place_hides_it() -> None:
    weak = Source("file", {"lowest-efficiency": "much"})
    with pytest.raises(ConfigError, match=r"^file: lowest-efficiency"):
        resolve([weak, Source("--lowest-efficiency", {"lowest-efficiency": "0.5"})])


def test_what_init_writes_is_valid_says_nothing_and_names_every_key(tmp_path: Path) -> None:
    path = tmp_path / ".layerscope.toml"
    path.write_text(template())
    assert resolve([read_file(path)]).settings == Settings()
    assert all(f"# {key.name} = " in template() or key.name == "ignore" for key in KEYS)
    switched_on = "\n".join(
        line.removeprefix("# ") if " = " in line or "[[" in line else line for line in template().splitlines()
    )
    path.write_text(switched_on)
    assert resolve([read_file(path)]).settings.limits.ignores[0].rule == "LS101"


def test_the_schema_takes_what_the_reader_takes_and_refuses_what_it_refuses() -> None:
    schema = settings_schema()
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    written = tomllib.loads(EVERYTHING)
    value = json.loads(json.dumps(written, default=str))
    assert [error.message for error in validator.iter_errors(value)] == []
    wrongs: list[dict[str, object]] = [
        {"rule": {}},
        {"rules": {"lowest-efficiency": 2}},
        {"ignore": [{"rule": "a"}]},
        {"scoring": "drive"},
    ]
    assert [wrong for wrong in wrongs if validator.is_valid(wrong)] == []


LAUGHS = ", ".join(
    f"&{name} [{', '.join([f'*{before}'] * 9)}]" for before, name in zip("abcdefghi", "bcdefghij", strict=True)
)
TOML, DIVE = "[rules]\nlowest-efficiency = ", "rules:\n  highestWastedBytes: "
HOSTILE = {
    "a list of billions (billion laughs)": (".dive-ci", f"{DIVE}[&a [x, x, x, x, x], {LAUGHS}]", "has aliases"),
    "merges of merges": (".dive-ci", "x: &a {a: 1}\nrules:\n  <<: [*a, *a]\n", "has aliases"),
    "lists in lists": (".layerscope.toml", f"{TOML}{'[' * 60}{']' * 60}", "not a ratio"),
    "a number of 10,000 digits": (".layerscope.toml", f"{TOML}{'1' * 10_000}", "digits"),
    "a number of 40,000 bits": (".layerscope.toml", f"{TOML}0x{'f' * 10_000}", "very large number"),
    "a number of 40,000 bits in a list": (".dive-ci", f"{DIVE}[0x{'f' * 10_000}]", "not a size"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_file_made_to_cost_is_an_error_at_once(case: str, tmp_path: Path) -> None:
    """A repository that somebody else made may hold any configuration."""
    name, text, message = HOSTILE[case]
    (tmp_path / name).write_text(text)
    with pytest.raises(ConfigError, match=message) as caught:
        resolve([read_file(tmp_path / name)])
    assert len(str(caught.value)) < 500
