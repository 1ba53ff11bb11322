# SPDX-License-Identifier: Apache-2.0
"""The description of a robot arm: one YAML file each in config/robots."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from pinch_core.config import configclass, setting
from pinch_core.errors import ConfigError


@configclass
class Robot:
    """An arm with a gripper. Joint limits of position and velocity come from the URDF."""

    name: str
    description: str = setting(
        help="URDF or xacro file below a share directory, e.g. example-robot-data/robots/x/urdf/x.urdf, "
        "beside this file, or an absolute path"
    )
    semantics: str = setting(
        help="SRDF file below a share directory: link pairs whose collisions do not count"
    )
    base_frame: str = setting(help="fixed base link; grasps are executed in it")
    tcp_frame: str = setting(help="link of the TCP: z approach, y closing direction")
    arm_joints: tuple[str, ...] = setting(help="joints of the arm from base to TCP")
    home: tuple[float, ...] = setting(
        unit="rad", help="arm joint positions out of the camera's view", lower=-7.0, upper=7.0
    )
    max_acceleration: tuple[float, ...] = setting(
        unit="rad/s^2", help="per arm joint", lower=0.1, upper=100.0
    )
    finger_joints: tuple[str, ...] = setting(help="joints of the fingers; the first one is commanded")
    finger_links: tuple[str, ...] = setting(help="links that may touch the object while grasping")
    gripper: str = setting(help="name of a file in config/grippers")
    gripper_joint_per_opening: float = setting(
        unit="",
        help="joint position (rad or m) per metre of opening; 0.5 if one joint moves each finger",
        lower=-100.0,
        upper=100.0,
    )
    trajectory_action: str = setting(help="FollowJointTrajectory action of the arm controller")
    gripper_action: str = setting(help="action of the gripper controller")
    gripper_action_type: str = setting(
        default="GripperCommand", help="type of that action: GripperCommand or ParallelGripperCommand"
    )
    description_arguments: tuple[str, ...] = setting(
        default=(), help="arguments of a description written in xacro, each name:=value"
    )

    def __post_init__(self) -> None:
        if self.gripper_joint_per_opening == 0.0:
            raise ConfigError(
                f"Robot '{self.name}' has gripper_joint_per_opening = 0, with which the gripper never moves; "
                "set how far its joint moves per metre of opening, 0.5 if one joint moves each finger."
            )
        for name in ("home", "max_acceleration"):
            if len(getattr(self, name)) != len(self.arm_joints):
                raise ConfigError(
                    f"Robot '{self.name}' lists {len(self.arm_joints)} arm joints but "
                    f"{len(getattr(self, name))} values of {name}; give one per joint."
                )


# pinch 1 called the TCP a tool, and openings widths.
KEYS_OF_VERSION_1: Mapping[str, str] = MappingProxyType(
    {"tool_frame": "tcp_frame", "gripper_joint_per_width": "gripper_joint_per_opening"}
)


def of_version_1(values: Any) -> Any:
    """A robot's mapping with today's keys for those of pinch 1; both of a pair are left for an error."""
    if not isinstance(values, dict):
        return values
    return {
        key if (today := KEYS_OF_VERSION_1.get(key)) is None or today in values else today: value
        for key, value in values.items()
    }
