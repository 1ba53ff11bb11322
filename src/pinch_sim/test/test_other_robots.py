# SPDX-License-Identifier: Apache-2.0
"""The cell with every robot of config/robots that is not its default."""

from __future__ import annotations

import numpy as np
import pytest
from scripted_arm import close_hand, move_tool, run_for, tool_down

from pinch_core.geometry.transform import Transform
from pinch_sim.cell import Cell
from pinch_sim.cell_config import CellConfig

# Robot, an object that fits its gripper, and where it reaches it [m].
CASES = [("ur5e_2f85", "cube", 0.45), ("yumi_like", "marker", 0.33)]


@pytest.mark.parametrize(("robot", "thing", "x"), CASES)
def test_another_robot_stands_still_at_home(robot, thing, x):
    cell = Cell(CellConfig(robot=robot))
    home = np.array(cell.robot.home)
    run_for(cell, 0.5)
    np.testing.assert_allclose(cell.joint_readings().position[: len(home)], home, atol=1e-3)


@pytest.mark.parametrize(("robot", "thing", "x"), CASES)
def test_another_robot_lifts_an_object_and_holds_it(robot, thing, x):
    cell = Cell(CellConfig(robot=robot))
    at_rest = cell.spawn(thing, seed=1, T_base_object=Transform.from_rpy((0, 0, 0), (x, 0.0, 0.026)))
    z = max(0.012, float(at_rest.T_base_object.translation[2]))
    move_tool(cell, tool_down(x, 0.0, z + 0.10), 3.0)
    move_tool(cell, tool_down(x, 0.0, z), 1.5)
    assert close_hand(cell).state.stalled
    move_tool(cell, tool_down(x, 0.0, z + 0.15), 2.0)
    run_for(cell, 1.0)
    state = cell.object_state()
    assert state.lifted and state.in_grasp
