# SPDX-License-Identifier: Apache-2.0
"""The container files name what exists; checked as text, for no test has a Docker daemon."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import setup_modules  # noqa: F401  (makes scripts/ importable)
import yaml
from source_tree import ROOT, declared_dependencies, python_packages

from pinch_setup.system_packages import needed_packages

DOCKERFILE = (ROOT / "docker/Dockerfile").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker/compose.yaml").read_text(encoding="utf-8"))
# What the packages of underlay/ stand in for must come from apt here.
UNDERLAY = sorted(path.parent.name for path in ROOT.glob("underlay/*/package.xml"))


def apt_packages() -> set[str]:
    installs = re.findall(r"--no-install-recommends(.*?)&&", DOCKERFILE.replace("\\\n", " "), re.DOTALL)
    return {name for names in installs for name in names.split()}


def stages() -> list[str]:
    return re.findall(r"^FROM \S+ AS (\S+)$", DOCKERFILE, re.MULTILINE)


def test_every_copied_path_exists() -> None:
    for arguments in re.findall(r"^COPY (?:--\S+ )*(.+)$", DOCKERFILE, re.MULTILINE):
        for source in arguments.split()[:-1]:
            assert (ROOT / source).exists(), f"Dockerfile copies {source}, which does not exist"


def test_apt_brings_what_the_set_up_would_else_install_as_root() -> None:
    versioned = {re.sub(r"^python3\.\d+", "python3", package.apt_name) for package in needed_packages()}
    assert versioned <= apt_packages()


def test_apt_brings_what_underlay_stands_in_for() -> None:
    needed = {name for package in python_packages() for name in declared_dependencies(package)}
    for name in set(UNDERLAY) & needed:
        assert f"ros-jazzy-{name.replace('_', '-')}" in apt_packages()


@pytest.mark.parametrize("script", sorted((ROOT / "docker").glob("*.sh")), ids=lambda path: path.name)
def test_scripts_are_executable_and_parse(script: Path) -> None:
    assert script.stat().st_mode & 0o111
    subprocess.run(["bash", "-n", str(script)], check=True)


def test_no_stage_ends_as_root() -> None:
    for body in re.split(r"^FROM .+ AS base$|^FROM ", DOCKERFILE, flags=re.MULTILINE)[1:]:
        users = re.findall(r"^USER (\S+)$", body, re.MULTILINE)
        assert not users or users[-1] == "pinch"


def test_every_service_has_a_profile_a_stage_and_a_health_check() -> None:
    profiles = set()
    for name, service in COMPOSE["services"].items():
        profiles |= set(service["profiles"])
        assert service["build"]["target"] in stages(), name
        assert "healthcheck" in service, name
    assert profiles == {"sim", "robot", "train"}


def test_compose_starts_launch_files_with_arguments_that_exist() -> None:
    declared = "".join(path.read_text(encoding="utf-8") for path in ROOT.glob("launch/*.launch.py"))
    for service in COMPOSE["services"].values():
        command = service["command"]
        if "pinch_bringup" in command:
            assert (ROOT / "launch" / command[3]).exists()
            for argument in command[4:]:
                assert f'"{argument.partition(":=")[0]}"' in declared


def test_health_checks_ask_nodes_that_are_launched() -> None:
    launched = "".join(path.read_text(encoding="utf-8") for path in ROOT.glob("launch/*.launch.py"))
    for service in COMPOSE["services"].values():
        for node in service["healthcheck"].get("test", [])[2:]:
            assert f'name="{node[1:]}"' in launched
