# SPDX-License-Identifier: Apache-2.0
"""requirements/: one complete lock per Python, all from the same inputs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from setup_modules import ROOT

REQUIREMENTS = ROOT / "requirements"
LOCKS = sorted(REQUIREMENTS.glob("py3*.lock"))


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def pins(path: str) -> dict[str, str]:
    lines = (REQUIREMENTS / path).read_text(encoding="utf-8").splitlines()
    found = [re.fullmatch(r"([A-Za-z0-9._-]+)==([A-Za-z0-9.!+]+)", line) for line in lines if line[:1] != "#"]
    assert all(found), f"{path} has a line that is not name==version"
    return {normal(match[1]): match[2] for match in found if match}


def asked_for() -> set[str]:
    lines = [line for path in REQUIREMENTS.glob("*.in") for line in path.read_text().splitlines()]
    return {
        normal(re.split(r"[\[<>=!~; ]", line, maxsplit=1)[0]) for line in lines if line and line[0] != "#"
    }


def test_there_is_one_lock_for_each_supported_python() -> None:
    assert [path.name for path in LOCKS] == ["py310.lock", "py311.lock", "py312.lock", "py313.lock"]


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_a_lock_pins_all_that_was_asked_for_and_names_no_index(lock: Path) -> None:
    assert asked_for() <= set(pins(lock.name))
    assert not re.search(r"://|^-|@", (REQUIREMENTS / lock.name).read_text(), re.MULTILINE)


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_every_ros_wheel_is_the_jazzy_one(lock: Path) -> None:
    jazzy = pins("ros-constraints.txt")
    locked = {name: version for name, version in pins(lock.name).items() if name.startswith("ros-")}
    assert locked == {name: jazzy[name] for name in locked}


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_setuptools_still_has_the_develop_command(lock: Path) -> None:
    assert int(pins(lock.name)["setuptools"].split(".")[0]) < 80
