"""The files for CI systems: read as these read them, and run as far as a machine without these systems can."""

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


def test_the_action_lets_no_input_write_its_script() -> None:
    action = _yaml(".ci/github/action.yml")
    steps = action["runs"]["steps"]
    assert not any("${{" in step["run"] for step in steps)
    values = " ".join(value for step in steps for value in step["env"].values())
    assert all(f"inputs.{name} " in values for name in action["inputs"])


@pytest.mark.parametrize(("args", "code"), [("", 1), ("--lowest-efficiency=0.5\n--quiet\n", 0)])
def test_the_actions_script_judges_and_reports(bad_tar: Path, tmp_path: Path, args: str, code: int) -> None:
    tool = tmp_path / "bin" / "layerscope"
    tool.parent.mkdir()
    tool.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m layerscope "$@"\n')
    tool.chmod(0o755)
    step = next(step for step in _yaml(".ci/github/action.yml")["runs"]["steps"] if step.get("id") == "judge")
    inputs = {"IMAGE": str(bad_tar), "DOCKERFILE": "", "CONFIG": "", "BASELINE": "", "ARGS": args, "REPORTS": "a b"}
    more = {**inputs, "PATH": f"{tool.parent}{os.pathsep}/usr/bin{os.pathsep}/bin", "GITHUB_ACTIONS": "true",
            "GITHUB_OUTPUT": str(tmp_path / "outputs")}  # fmt: skip
    done = subprocess.run(
        ["bash", "-e", "-c", step["run"]], env=environment(**more), cwd=tmp_path, capture_output=True, check=False
    )
    assert done.returncode == code, done.stderr
    assert sorted(path.name for path in (tmp_path / "a b").iterdir()) == [
        "junit.xml", "report.html", "report.json", "report.sarif",
    ]  # fmt: skip
    outputs = dict(line.split("=", 1) for line in (tmp_path / "outputs").read_text().splitlines())
    assert {*_yaml(".ci/github/action.yml")["outputs"]} <= {*outputs}


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
