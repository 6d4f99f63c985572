"""The files for CI systems: read as these read them, and run as far as a machine without these systems can."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from golden.command import environment
from house.source_tree import PACKAGE
from layerscope.cli.root import root
from layerscope.reports import REPORTS
from unit.reports.published import GITHUB_ACTION, GITLAB_CI, complaints

_ROOT = PACKAGE.parents[1]
if not (_ROOT / ".ci" / "github").exists():
    pytest.skip("layerscope is installed without its repository", allow_module_level=True)

_FILES = [".ci/github/action.yml", ".ci/gitlab/layerscope.yml", ".ci/jenkins/Jenkinsfile"]


def _yaml(name: str) -> Any:
    return yaml.safe_load((_ROOT / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", _FILES)
def test_every_option_and_kind_of_report_in_it_exists(name: str) -> None:
    text = (_ROOT / name).read_text(encoding="utf-8")
    command = root.get_command(root.make_context("layerscope", [], resilient_parsing=True), "ci")
    assert command is not None
    known = {option for parameter in command.params for option in parameter.opts}
    script = text[text.index("layerscope ci") :]
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", script)) <= known
    kinds = re.findall(r"--report \"?(\w[\w-]*)=", text)
    assert kinds
    assert set(kinds) <= {report.name for report in REPORTS}


def test_they_are_what_github_and_gitlab_publish_as_their_formats() -> None:
    assert complaints(GITHUB_ACTION, _yaml(".ci/github/action.yml")) == []
    assert complaints(GITLAB_CI, _yaml(".ci/gitlab/layerscope.yml")) == []
    assert complaints(GITHUB_ACTION, {"name": "x", "runs": {"using": "composite"}}) != []
    assert complaints(GITLAB_CI, {"job": {"scrip": []}}) != []


def test_the_action_lets_no_input_write_its_script() -> None:
    action = _yaml(".ci/github/action.yml")
    steps = action["runs"]["steps"]
    assert not any("${{" in step["run"] for step in steps)
    values = " ".join(value for step in steps for value in step["env"].values())
    assert all(f"inputs.{name} " in values for name in action["inputs"])


@pytest.fixture
def tools(tmp_path: Path) -> dict[str, str]:
    """An environment in which `layerscope` is the one under test."""
    tool = tmp_path / "bin" / "layerscope"
    tool.parent.mkdir()
    tool.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m layerscope "$@"\n')
    tool.chmod(0o755)
    return environment(PATH=f"{tool.parent}{os.pathsep}/usr/bin{os.pathsep}/bin")


@pytest.mark.parametrize(("args", "code"), [("", 1), ("--lowest-efficiency=0.5\n--quiet\n", 0)])
def test_the_actions_script_judges_and_reports(
    bad_tar: Path, tmp_path: Path, tools: dict[str, str], args: str, code: int
) -> None:
    step = next(step for step in _yaml(".ci/github/action.yml")["runs"]["steps"] if step.get("id") == "judge")
    inputs = {"IMAGE": str(bad_tar), "DOCKERFILE": "", "CONFIG": "", "BASELINE": "", "ARGS": args, "REPORTS": "a b"}
    more = {**inputs, "GITHUB_ACTIONS": "true", "GITHUB_OUTPUT": str(tmp_path / "outputs")}
    done = subprocess.run(
        ["bash", "-e", "-c", step["run"]], env=tools | more, cwd=tmp_path, capture_output=True, check=False
    )
    assert done.returncode == code, done.stderr
    assert sorted(path.name for path in (tmp_path / "a b").iterdir()) == [
        "junit.xml", "report.html", "report.json", "report.sarif",
    ]  # fmt: skip
    outputs = dict(line.split("=", 1) for line in (tmp_path / "outputs").read_text().splitlines())
    assert {*_yaml(".ci/github/action.yml")["outputs"]} <= {*outputs}


@pytest.mark.parametrize("name", ["", "docker file/Dockerfile"])
def test_gitlabs_script_judges_and_writes_what_gitlab_collects(
    bad_tar: Path, tmp_path: Path, tools: dict[str, str], name: str
) -> None:
    template = _yaml(".ci/gitlab/layerscope.yml")
    job = template["layerscope"]
    if name:
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text("FROM scratch\nRUN x\n")
    variables = {**template["variables"], "GITLAB_CI": "true", "LAYERSCOPE_IMAGE": str(bad_tar)}
    variables["LAYERSCOPE_DOCKERFILE"] = name
    done = subprocess.run(
        ["sh", "-e", "-c", "\n".join(job["script"])],
        env=tools | variables,
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (1, b"")
    for file in (*job["artifacts"]["reports"].values(), *job["artifacts"]["paths"]):
        assert (tmp_path / file).stat().st_size
    assert json.loads((tmp_path / job["artifacts"]["reports"]["codequality"]).read_text())


def test_jenkins_script_judges_and_writes_what_jenkins_collects(
    bad_tar: Path, tmp_path: Path, tools: dict[str, str]
) -> None:
    text = (_ROOT / ".ci/jenkins/Jenkinsfile").read_text(encoding="utf-8")
    script = re.search(r"sh \'\'\'(.*?)\'\'\'", text, re.DOTALL)
    assert script is not None
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    judged = script[1].replace('"app:$BUILD_NUMBER"', '"$IMAGE"')
    done = subprocess.run(
        ["sh", "-xe", "-c", judged], env=tools | {"IMAGE": str(bad_tar), "JENKINS_URL": "x"}, cwd=tmp_path,
        capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    collected = re.findall(r"(?:pattern: |junit |archiveArtifacts )'([^']+)'", text)
    assert len(collected) == 3
    assert all((tmp_path / name).stat().st_size for name in collected)


def test_gitlab_collects_the_files_that_the_job_writes() -> None:
    job = _yaml(".ci/gitlab/layerscope.yml")["layerscope"]
    script = " ".join(job["script"])
    reports = job["artifacts"]["reports"]
    assert f"--report gitlab={reports['codequality']} " in script
    assert f"--report junit={reports['junit']} " in script
    assert job["artifacts"]["when"] == "always"


def test_the_hook_is_what_pre_commit_asks_for() -> None:
    (hook,) = _yaml(".pre-commit-hooks.yaml")
    assert {"id", "name", "entry", "language"} <= set(hook)
    assert hook["entry"] == "layerscope ci"
    assert hook["pass_filenames"] is False
