# SPDX-License-Identifier: Apache-2.0
"""Which ROS 2 the workspace stands on: a sourced installation of Jazzy, or else the wheels."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from typing import Any, NamedTuple

from pinch_setup.failure import SetupFailure

DISTRIBUTION = "jazzy"
PATH_VARIABLES = ("AMENT_PREFIX_PATH", "CMAKE_PREFIX_PATH", "LD_LIBRARY_PATH", "PATH", "PYTHONPATH")
PLAIN_VARIABLES = ("ROS_DISTRO", "ROS_VERSION", "ROS_PYTHON_VERSION")


class RosSource(NamedTuple):
    """Where ROS comes from.

    `variables` are those of the sourced installation, kept so that a shell in which it is not sourced works
    too; empty where ROS comes from wheels. `python` is the interpreter that imports rclpy, empty for the
    wheels.
    """

    variables: dict[str, str]
    python: str

    @property
    def is_installed(self) -> bool:
        """Whether an installation of ROS is used instead of the wheels."""
        return bool(self.variables)

    def to_json(self) -> dict[str, Any]:
        """For the stamp."""
        return {"variables": self.variables, "python": self.python}

    @staticmethod
    def from_json(content: Mapping[str, Any]) -> RosSource:
        """From the stamp."""
        return RosSource(dict(content.get("variables", {})), str(content.get("python", "")))


WHEELS = RosSource({}, "")


def sourced_distribution(environment: Mapping[str, str]) -> str:
    """Name of the ROS distribution sourced in this shell, empty where there is none.

    Raises SetupFailure (exit code 2) for a distribution other than Jazzy.
    """
    name = environment.get("ROS_DISTRO", "")
    if name not in ("", DISTRIBUTION):
        raise SetupFailure(
            f"ROS {name} is sourced in this shell, and pinch needs ROS 2 Jazzy: source that one, "
            "or start from a shell in which no ROS is sourced.",
            exit_code=2,
        )
    return name


def find_ros(environment: Mapping[str, str], interpreters: list[str], workspace_root: str) -> RosSource:
    """The Jazzy installation sourced in `environment`, or the wheels where none is.

    Raises SetupFailure (exit code 2) where Jazzy is sourced but none of the interpreters can import its
    rclpy.
    """
    if not sourced_distribution(environment):
        return WHEELS
    for python in interpreters:
        probe = subprocess.run([python, "-c", "import rclpy"], env=dict(environment), capture_output=True)
        if probe.returncode == 0:
            return RosSource(installation_variables(environment, workspace_root), python)
    raise SetupFailure(
        f"ROS 2 Jazzy is sourced, but {' and '.join(interpreters)} cannot import its rclpy: "
        "install ros-jazzy-rclpy, name its Python with PYTHON=, or start from a shell without ROS.",
        exit_code=2,
    )


def installation_variables(environment: Mapping[str, str], workspace_root: str) -> dict[str, str]:
    """The part of `environment` that belongs to the sourced ROS, without this workspace's own entries."""

    def outside(entry: str) -> bool:
        return not (entry + "/").startswith(workspace_root.rstrip("/") + "/")

    prefixes = [
        entry for entry in environment.get("AMENT_PREFIX_PATH", "").split(":") if entry and outside(entry)
    ]
    variables = {name: environment[name] for name in PLAIN_VARIABLES if environment.get(name)}
    for name in PATH_VARIABLES:
        entries = [
            entry
            for entry in environment.get(name, "").split(":")
            if any((entry + "/").startswith(prefix + "/") for prefix in prefixes)
        ]
        if entries:
            variables[name] = ":".join(entries)
    return variables


def without_foreign_paths(environment: Mapping[str, str]) -> dict[str, str]:
    """`environment` without the variables that steer ROS, CMake and Python."""
    steering = {*PATH_VARIABLES, *PLAIN_VARIABLES, "COLCON_PREFIX_PATH", "PYTHONHOME", "VIRTUAL_ENV"} - {
        "PATH"
    }
    return {name: value for name, value in environment.items() if name not in steering}
