# SPDX-License-Identifier: Apache-2.0
"""The GitHub workflow names what exists: files, versions with a lock, commands with options they know."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from source_tree import ROOT

WORKFLOW: dict[Any, Any] = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8"))
JOBS: dict[str, Any] = WORKFLOW["jobs"]
# Commands that a runner or a ros:jazzy container brings.
BROUGHT = {"source", "export", "apt-get", "rosdep", "python3", "colcon"}


def scripts() -> Iterator[tuple[str, str]]:
    for name, job in JOBS.items():
        for step in job["steps"]:
            if "run" in step:
                yield name, step["run"]


def commands() -> Iterator[list[str]]:
    """Words of each command, without leading assignments."""
    for _, script in scripts():
        for line in script.splitlines():
            words = shlex.split(line, comments=True)
            while words and re.match(r"[A-Z_]+=", words[0]):
                words.pop(0)
            if words:
                yield words


def test_it_runs_on_pushes_and_pull_requests() -> None:
    # YAML 1.1 reads the key "on" as true.
    assert {"push", "pull_request"} <= set(WORKFLOW[True])


@pytest.mark.parametrize("job", JOBS.values(), ids=JOBS)
def test_every_job_ends_in_time_and_begins_with_the_code(job: dict[str, Any]) -> None:
    assert 0 < job["timeout-minutes"] <= 60
    assert job["steps"][0]["uses"].startswith("actions/checkout@")
    for step in job["steps"]:
        assert ("run" in step) != ("uses" in step)


def test_every_python_has_a_lock_and_every_lock_is_run() -> None:
    versions = {entry["python"] for entry in JOBS["wheels"]["strategy"]["matrix"]["include"]}
    assert versions == {f"3.{path.stem[3:]}" for path in ROOT.glob("requirements/py3*.lock")}


@pytest.mark.parametrize("script", [text for _, text in scripts()])
def test_every_script_parses(script: str) -> None:
    subprocess.run(["bash", "-n", "-c", script], check=True)


def test_every_command_and_file_exists() -> None:
    for words in commands():
        program = words[0]
        if program.startswith("/opt/pinch/bin/"):
            made = any(w[:3] == ["python3", "-m", "venv"] and w[-1] == "/opt/pinch" for w in commands())
            assert made, f"nothing makes {program}"
        elif "/" in program:
            assert (ROOT / program).stat().st_mode & 0o111, program
        else:
            assert program in BROUGHT, program
        for word in words[1:]:
            if word.startswith("requirements/"):
                assert (ROOT / word).is_file(), word
        if "--base-paths" in words:
            assert (ROOT / words[words.index("--base-paths") + 1]).is_dir()


def test_colcon_knows_the_options_it_is_given() -> None:
    for words in commands():
        if "colcon" in words:
            verb, *rest = words[words.index("colcon") + 1 :]
            run = subprocess.run(
                [sys.executable, "-m", "colcon", verb, "--help"], capture_output=True, text=True, check=True
            )
            known = set(re.findall(r"--[a-z-]+", run.stdout))
            assert {word for word in rest if word.startswith("--")} <= known, verb


def test_a_container_job_builds_and_then_tests() -> None:
    verbs = [
        words[words.index("colcon") + 1]
        for words in (shlex.split(line, comments=True) for line in _lines(JOBS["colcon"]))
        if "colcon" in words
    ]
    assert JOBS["colcon"]["container"].startswith("ros:jazzy")
    assert verbs == ["build", "test", "test-result"]


def _lines(job: dict[str, Any]) -> list[str]:
    return [line for step in job["steps"] for line in step.get("run", "").splitlines()]
