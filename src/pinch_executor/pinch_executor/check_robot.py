# SPDX-License-Identifier: Apache-2.0
"""A robot file for ``pinch check``: description, joints, limits, frames, gripper."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pinch_core.check import Beside, Checked, SeenFile
from pinch_core.config_kinds import NOT_DESCRIPTION, ROBOT, config_kind_of, is_description
from pinch_core.errors import ConfigError, PinchError

if TYPE_CHECKING:
    from pinch_core.robot import Robot
    from pinch_core.robot_description.description import RobotDescription


@dataclass(frozen=True)
class RobotCheck:
    """See :class:`pinch_core.check.Check`."""

    kind: str = "robot"
    suffixes: tuple[str, ...] = ()

    def recognises(self, seen: SeenFile) -> bool:
        """A mapping with the names of an arm's joints or frames; a URDF, to say what belongs around it."""
        return is_description(seen.head) or config_kind_of(seen.mapping) is ROBOT

    def check(self, path: Path, beside: Beside) -> Checked:
        """The robot as executor and simulation build it."""
        import numpy as np

        if is_description(SeenFile(path).head):
            raise ConfigError(f"{path} {NOT_DESCRIPTION}.")
        from pinch_core.resources import load_robot
        from pinch_core.robot_description.description import load_description
        from pinch_executor.embedded.robot_model import RobotModel

        robot = load_robot(str(path))
        description = load_description(robot)
        model = RobotModel(robot)
        lines = [("name", robot.name), ("description", str(description.path))]
        lines += _joint_lines(robot, description)
        T_base_tcp = model.tcp_pose(np.array(robot.home))
        x, y, z = T_base_tcp.translation
        down = math.degrees(math.acos(max(-1.0, min(1.0, -float(T_base_tcp.rotation[2, 2])))))
        lines += [
            (
                "TCP at home",
                f"{robot.tcp_frame} at x {x:.3f}, y {y:.3f}, z {z:.3f} m of {robot.base_frame}; its approach "
                f"is {down:.0f} degrees from straight down",
            ),
            (
                "gripper",
                f"{robot.gripper}: {robot.finger_joints[0]} moves {robot.gripper_joint_per_opening:g} per "
                "metre of opening",
            ),
            ("actions", f"{robot.trajectory_action}, {robot.gripper_action} ({robot.gripper_action_type})"),
        ]
        warnings = _warnings(robot, description, path)
        figures = {
            "name": robot.name,
            "joints": list(robot.arm_joints),
            "lower": model.lower.tolist(),
            "upper": model.upper.tolist(),
            "max_velocity": model.max_velocity.tolist(),
            "T_base_tcp_home": T_base_tcp.matrix.tolist(),
        }

        def draw() -> bytes:
            from pinch_executor.robot_picture import draw_robot

            return draw_robot(robot, model)

        return Checked(self.kind, tuple(lines), tuple(warnings), figures, draw)


CHECK = RobotCheck()


def _joint_lines(robot: Robot, description: RobotDescription) -> list[tuple[str, str]]:
    lines = []
    for name, home, acceleration in zip(robot.arm_joints, robot.home, robot.max_acceleration, strict=True):
        joint = description.joint(name)
        extent = (
            "no limits" if math.isinf(joint.upper) else f"{joint.lower:.3f} to {joint.upper:.3f} {joint.unit}"
        )
        lines.append(
            (
                f"  {name}",
                f"{joint.kind.value}, {extent}, {joint.velocity:g} {joint.unit}/s, {acceleration:g} "
                f"{joint.unit}/s^2, home {home:g}",
            )
        )
    mimics = description.mimics()
    for name in robot.finger_joints:
        joint = description.joint(name)
        follows = f", follows {mimics[name].joint}" if name in mimics else ""
        lines.append(
            (f"  {name}", f"{joint.kind.value}, {joint.lower:.4g} to {joint.upper:.4g} {joint.unit}{follows}")
        )
    return lines


def _warnings(robot: Robot, description: RobotDescription, path: Path) -> list[str]:
    from pinch_core.resources import load_gripper

    try:
        gripper = load_gripper(robot.gripper)
    except PinchError as error:
        return [str(error)]
    commanded = description.joint(robot.finger_joints[0])
    opened = gripper.span * robot.gripper_joint_per_opening
    slack = 1e-3 + 0.02 * abs(opened)
    if commanded.lower - slack <= opened <= commanded.upper + slack:
        return []
    return [
        f"the opening of {gripper.name}, {gripper.span:g} m, puts {commanded.name} at {opened:.4g} "
        f"{commanded.unit}, outside its limits [{commanded.lower:.4g}, {commanded.upper:.4g}]; correct "
        f"gripper_joint_per_opening in {path}."
    ]
