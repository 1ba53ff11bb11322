# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest
import yaml

from pinch_core.errors import UnknownNameError
from pinch_core.geometry.transform import Transform
from pinch_core.resources import config_names, load_robot
from pinch_system.arm_trials.arm_cell import ArmCell
from pinch_system.graph import cell_overlay


@pytest.mark.parametrize("name", config_names("robots"))
def test_every_robot_has_a_cell_of_its_own_that_names_its_gripper(name: str) -> None:
    robot = load_robot(name)
    cell = ArmCell.of_gripper(robot.gripper)
    assert cell.robot == robot
    overlay = cell_overlay(name)
    if overlay is None:
        assert name == "panda", "the cell's own files are for the panda"
        return
    sections = yaml.safe_load(overlay.read_text(encoding="utf-8"))
    values = {node.removeprefix("/**/"): section["ros__parameters"] for node, section in sections.items()}
    assert values["sim_cell"]["robot"] == values["grasp_executor"]["robot"] == name
    assert values["grasp_planner"]["gripper"] == robot.gripper
    assert values["grasp_planner"]["base_frame"] == robot.base_frame


def test_a_gripper_that_no_robot_carries_is_named_with_those_that_one_does() -> None:
    with pytest.raises(UnknownNameError, match=r"carries gripper 'claw'; --arm has those of .*robotiq_2f85"):
        ArmCell.of_gripper("claw")


def test_objects_keep_their_attitude_and_stand_within_the_work_area() -> None:
    cell = ArmCell.of_gripper("yumi")
    for x, y in ((-0.1, -0.1), (0.1, 0.0), (0.03, 0.1)):
        placed = Transform.from_rpy((0.3, -0.2, 1.0), (x, y, 0.02))
        moved = cell.within_reach(placed, reach=0.1)
        np.testing.assert_array_equal(moved.rotation, placed.rotation)
        assert moved.translation[2] == placed.translation[2]
        assert np.abs(moved.translation[:2] - cell.center).max() <= cell.spread + 1e-12
