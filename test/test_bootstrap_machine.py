# SPDX-License-Identifier: Apache-2.0
"""What the set-up says on machines that lack something."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest
from setup_modules import SCRIPTS, small_workspace, write

import bootstrap
from pinch_setup import system_packages
from pinch_setup.environment_file import write_environment_file
from pinch_setup.failure import SetupFailure
from pinch_setup.ros_source import WHEELS, RosSource, find_ros, installation_variables, sourced_distribution
from pinch_setup.system_packages import SystemPackage, needed_packages, provide_system_packages
from pinch_setup.virtual_environment import pinned_requirements

LINUX = ("Linux", "x86_64")


@pytest.mark.parametrize("version", [(3, 10), (3, 11), (3, 12), (3, 13)])
def test_every_supported_python_is_taken(version: tuple[int, int]) -> None:
    assert bootstrap.unsupported(version, *LINUX) is None


@pytest.mark.parametrize("version", [(2, 7), (3, 6), (3, 9), (3, 14)])
def test_a_python_out_of_range_is_named_with_the_one_to_use_instead(
    version: tuple[int, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "python3.12", "#!/bin/sh\n", executable=True)
    monkeypatch.setenv("PATH", str(tmp_path))
    sentence = bootstrap.unsupported(version, *LINUX)
    assert sentence.count("\n") == 0
    assert f"is {version[0]}.{version[1]}:" in sentence
    assert "make setup PYTHON=python3.12" in sentence


@pytest.mark.parametrize(("system", "machine"), [("Darwin", "arm64"), ("Linux", "aarch64")])
def test_another_system_is_named(system: str, machine: str) -> None:
    assert f"this is {system} on {machine}" in bootstrap.unsupported((3, 12), system, machine)


def test_the_first_file_parses_on_python_3_6() -> None:
    ast.parse((SCRIPTS / "bootstrap.py").read_text(encoding="utf-8"), feature_version=(3, 6))


def test_a_python_that_does_not_exist_is_named(tmp_path: Path) -> None:
    done = subprocess.run(
        [SCRIPTS / "setup.sh"],
        env={**os.environ, "PYTHON": "python9.9"},
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert done.returncode == 2
    assert "no program named 'python9.9'" in done.stderr


def test_tools_missing_from_path_give_one_exact_apt_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("apt-get", "apt-cache"):
        write(tmp_path / name, "#!/bin/sh\nexit 1\n", executable=True)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    tools = [package for package in needed_packages() if package.apt_name in ("cmake", "g++", "make")]
    monkeypatch.setattr(system_packages, "needed_packages", lambda: tools)
    with pytest.raises(SetupFailure, match=r"sudo apt-get install -y cmake g\+\+ make$") as caught:
        provide_system_packages(str(tmp_path / "log"))
    assert caught.value.exit_code == 2


def test_a_machine_without_apt_is_told_what_it_lacks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    missing = SystemPackage("g++", "a C++ compiler", lambda: False)
    monkeypatch.setattr(system_packages, "needed_packages", lambda: [missing])
    with pytest.raises(SetupFailure, match=r"lacks a C\+\+ compiler, and has no apt-get") as caught:
        provide_system_packages(str(tmp_path / "log"))
    assert caught.value.exit_code == 2


def test_root_installs_what_is_missing_and_checks_that_it_came(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "apt-get", f'#!/bin/sh\necho "$@" >> {tmp_path}/calls\n', executable=True)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    arrives = SystemPackage("tool", "a tool", lambda: (tmp_path / "calls").exists())
    never = SystemPackage("never", "what never comes", lambda: False)
    monkeypatch.setattr(system_packages, "needed_packages", lambda: [arrives])
    provide_system_packages(str(tmp_path / "log"))
    assert (tmp_path / "calls").read_text().splitlines()[-1].endswith("--no-install-recommends tool")
    monkeypatch.setattr(system_packages, "needed_packages", lambda: [arrives, never])
    with pytest.raises(SetupFailure, match="but what never comes cannot be found"):
        provide_system_packages(str(tmp_path / "log"))


def test_another_ros_distribution_is_refused_in_one_sentence() -> None:
    with pytest.raises(SetupFailure, match="ROS humble is sourced") as caught:
        sourced_distribution({"ROS_DISTRO": "humble"})
    assert caught.value.exit_code == 2


def test_without_a_sourced_ros_the_wheels_are_used() -> None:
    assert find_ros({"PATH": os.environ["PATH"]}, [sys.executable], "/w") == WHEELS


def test_a_sourced_jazzy_is_used_and_its_part_of_the_environment_kept(tmp_path: Path) -> None:
    ros = tmp_path / "opt/ros/jazzy"
    write(ros / "lib/rclpy/__init__.py")
    environment = {
        "ROS_DISTRO": "jazzy",
        "PATH": f"{ros}/bin:{os.environ['PATH']}",
        "PYTHONPATH": f"{ros}/lib:/home/someone/modules:{tmp_path}/w/build/pinch_core",
        "AMENT_PREFIX_PATH": f"{tmp_path}/w/install/pinch_core:{ros}",
    }
    # -S keeps out the rclpy of the environment that this test runs in.
    python = write(tmp_path / "python", f'#!/bin/sh\nexec {sys.executable} -S "$@"\n', executable=True)
    source = find_ros(environment, [str(python)], f"{tmp_path}/w")
    assert source.python == str(python)
    assert source.variables == {
        "ROS_DISTRO": "jazzy",
        "PATH": f"{ros}/bin",
        "PYTHONPATH": f"{ros}/lib",
        "AMENT_PREFIX_PATH": str(ros),
    }
    assert RosSource.from_json(source.to_json()) == source
    assert installation_variables({**environment, **source.variables}, f"{tmp_path}/w") == source.variables


def test_a_sourced_jazzy_without_rclpy_is_said(tmp_path: Path) -> None:
    python = write(tmp_path / "python", "#!/bin/sh\nexit 1\n", executable=True)
    with pytest.raises(SetupFailure, match="cannot import its rclpy"):
        find_ros({"ROS_DISTRO": "jazzy"}, [str(python)], str(tmp_path))


def test_an_installed_ros_takes_everything_from_the_lock_but_the_ros_wheels() -> None:
    lock = "numpy==2.0\nros-rclpy==7.1.6\nrosbags==0.11\n"
    assert pinned_requirements(lock, RosSource({"ROS_DISTRO": "jazzy"}, "python3")) == {
        "numpy": "2.0",
        "rosbags": "0.11",
    }
    assert "ros-rclpy" in pinned_requirements(lock, WHEELS)


def test_the_environment_file_puts_the_workspace_before_an_installed_ros(tmp_path: Path) -> None:
    layout = small_workspace(tmp_path / "w")
    write(tmp_path / "w/install/local_setup.sh", 'export PYTHONPATH="$PWD/build/modules:$PYTHONPATH"\n')
    ros = RosSource({"ROS_DISTRO": "jazzy", "PYTHONPATH": "/opt/ros/jazzy/lib"}, "python3")
    write_environment_file(layout, ros)
    text = (tmp_path / "w/install/pinch_env.sh").read_text()
    assert f"_pinch_prepend PYTHONPATH /opt/ros/jazzy/lib {layout.root}/build/modules\n" in text
    assert "export ROS_DISTRO=jazzy\n" in text
    assert "_ROS_WHEELS_BOOTSTRAP_COMPLETE" not in text
