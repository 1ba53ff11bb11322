# SPDX-License-Identifier: Apache-2.0
"""Settings of the MoveIt planner, and the parameters that MoveItPy's node starts with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pinch_core.config import configclass, setting
from pinch_core.errors import ConfigError
from pinch_core.plain_text import parse_yaml, shown
from pinch_core.resources import config_directory
from pinch_core.robot import Robot
from pinch_core.robot_description.description import RobotDescription, load_description
from pinch_core.robot_description.errors import nearest
from pinch_executor.motion_planner import JointLimits

FOLDER = "moveit"
OMPL, PILZ = "ompl", "pilz_industrial_motion_planner"


@configclass
class MoveItPlannerConfig:
    """How the MoveIt planner is asked; what MoveIt itself needs lies in config/moveit."""

    group: str = setting(default="arm", help="planning group of the arm in the robot's SRDF")
    planning_time: float = setting(
        default=2.0, unit="s", help="time for one search of a free motion", lower=0.05, upper=60.0
    )
    ik_seeds: int = setting(
        default=6,
        help="random starts of inverse kinematics per pose, besides the current and the home position",
        lower=0,
        upper=200,
    )
    ik_timeout: float = setting(
        default=0.02, unit="s", help="time for one solution of inverse kinematics", lower=1e-3, upper=5.0
    )
    start_timeout: float = setting(
        default=60.0,
        unit="s",
        help="start of the MoveIt process, joint states included",
        lower=1.0,
        upper=600.0,
    )
    answer_timeout: float = setting(
        default=60.0,
        unit="s",
        help="one plan of the MoveIt process, after which it is ended",
        lower=1.0,
        upper=600.0,
    )


def moveit_parameters(
    robot: Robot, limits: JointLimits, group: str, *, use_sim_time: bool = False, namespace: str = "/"
) -> dict[str, Any]:
    """The ``config_dict`` of MoveItPy: the robot's description and limits, and config/moveit.

    ``namespace``: of the executor; relative topics of config/moveit are below it.

    Raises:
        ConfigError: a file of config/moveit is missing or is no mapping, the robot's description cannot be
            used, or its SRDF has no such group of the arm's joints.
        UnknownNameError: the robot's description is not installed.
    """
    description = load_description(robot)
    _check_group(description, group)
    ompl = _read("ompl_planning")
    moveit_cpp = _read("moveit_cpp")
    # MoveItPy's node is in no namespace, so its topics are named in full.
    monitor = moveit_cpp.get("planning_scene_monitor_options", {})
    for key, value in monitor.items():
        if key.endswith("_topic") and not str(value).startswith("/"):
            monitor[key] = f"{namespace.rstrip('/')}/{value}"
    ompl[group] = ompl.pop("group")
    return {
        **moveit_cpp,
        # MoveItPy's node hears of simulated time nowhere else (moveit2#2906).
        "use_sim_time": use_sim_time,
        "robot_description": description.text(Path.as_uri),
        "robot_description_semantic": description.semantics.text,
        "robot_description_kinematics": {group: _read("kinematics")},
        "robot_description_planning": {
            **_read("pilz_cartesian_limits"),
            "joint_limits": _limits(robot, limits),
        },
        OMPL: ompl,
        PILZ: _read("pilz_industrial_motion_planner_planning"),
    }


def _check_group(description: RobotDescription, group: str) -> None:
    robot, groups = description.robot, description.semantics.groups
    srdf = description.semantics.source.path
    if group not in groups:
        raise ConfigError(
            f"{srdf} has no planning group '{group}' ({nearest(group, groups)}); set moveit.group to one of "
            "its groups."
        )
    missing = [joint for joint in robot.arm_joints if joint not in groups[group]]
    if missing:
        raise ConfigError(
            f"the planning group '{group}' of {srdf} lacks joint '{missing[0]}' of robot '{robot.name}'; add "
            "it to the group, or set moveit.group to another one."
        )


def _limits(robot: Robot, limits: JointLimits) -> dict[str, Any]:
    return {
        joint: {
            "has_velocity_limits": True,
            "max_velocity": float(velocity),
            "has_acceleration_limits": True,
            "max_acceleration": float(acceleration),
        }
        for joint, velocity, acceleration in zip(
            robot.arm_joints, limits.velocity, limits.acceleration, strict=True
        )
    }


def _read(name: str) -> dict[str, Any]:
    path = config_directory() / FOLDER / f"{name}.yaml"
    try:
        values = parse_yaml(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"{path} cannot be read ({' '.join(str(error).split())}); give MoveIt's parameters there."
        ) from error
    if not isinstance(values, dict):
        raise ConfigError(f"{path} holds {shown(values)} where MoveIt needs a mapping of its parameters.")
    return values
