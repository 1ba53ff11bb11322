# SPDX-License-Identifier: Apache-2.0
"""Which arm carries a gripper, and where in its simulated cell objects stand."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from pinch_core.errors import UnknownNameError
from pinch_core.geometry.transform import Transform
from pinch_core.resources import config_directory, config_names, load_robot
from pinch_core.robot import Robot
from pinch_sim.depth_camera import DepthCameraConfig
from pinch_sim.settling import DropConfig
from pinch_system.graph import CELL, cell_overlay


@dataclass(frozen=True)
class ArmCell:
    """A robot, the depth camera of its simulated cell, and the middle and half width of its work area [m]."""

    robot: Robot
    camera: DepthCameraConfig
    center: tuple[float, float]
    spread: float

    @classmethod
    def of_gripper(cls, gripper: str) -> ArmCell:
        """The cell of config/sim whose robot carries it.

        Raises:
            UnknownNameError: no robot does.
        """
        robots = [load_robot(name) for name in config_names("robots")]
        for robot in robots:
            if robot.gripper == gripper:
                return cls._of_robot(robot)
        carried = ", ".join(robot.gripper for robot in robots)
        raise UnknownNameError(
            f"no robot in config/robots carries gripper '{gripper}'; --arm has those of {carried}."
        )

    @classmethod
    def _of_robot(cls, robot: Robot) -> ArmCell:
        overlay = cell_overlay(robot.name)
        files = [config_directory() / CELL.parameters, *([] if overlay is None else [overlay])]
        drop = DropConfig(**_settings(files, "drop"))
        camera = DepthCameraConfig(**_settings(files, "camera"))
        return cls(robot, camera, (drop.center_x, drop.center_y), drop.spread)

    def within_reach(self, T_table_obj: Transform, reach: float) -> Transform:
        """``T_base_obj``: the same object in the same attitude, its place, up to ``reach`` [m] from the
        middle of a table, drawn together to the work area.
        """
        x, y, z = T_table_obj.translation
        share = self.spread / reach
        place = np.array([self.center[0] + share * x, self.center[1] + share * y, z])
        return Transform(T_table_obj.rotation, place)


def _settings(files: list[Path], group: str) -> dict[str, Any]:
    """What parameter files say of a group of the cell's settings; later ones win."""
    found: dict[str, Any] = {}
    for path in files:
        sections = yaml.safe_load(path.read_text(encoding="utf-8"))
        found |= sections.get("/**/sim_cell", {}).get("ros__parameters", {}).get(group, {})
    return found
