# SPDX-License-Identifier: Apache-2.0
"""Does friction hold what the gripper closes on, and let go what it should not hold?"""

from __future__ import annotations

import numpy as np
import pytest
from scipy.interpolate import CubicSpline
from scripted_arm import close_hand, follow, move_tool, run_for, tool_down

from pinch_core.geometry.transform import Transform
from pinch_sim.cell import Cell
from pinch_sim.cell_config import CellConfig
from pinch_sim.trajectory import JointTrajectory


def grasped(cell: Cell, name: str, height: float, rpy: tuple[float, float, float], closing_angle: float):
    """Spawn an object at (0.5, 0), grasp it straight from above."""
    resting = cell.spawn(name, seed=1, T_base_object=Transform.from_rpy(rpy, (0.5, 0.0, height)))
    z = float(resting.T_base_object.translation[2])
    move_tool(cell, tool_down(0.5, 0.0, z + 0.10, closing_angle), 1.5)
    move_tool(cell, tool_down(0.5, 0.0, z, closing_angle), 1.0)
    return close_hand(cell)


def shaking(cell: Cell) -> JointTrajectory:
    """1.5 s of swinging every joint at 2 Hz and back to rest."""
    rest = cell.arm.setpoint.position
    times = np.arange(1, 31) * 0.05
    window = np.minimum(1.0, np.minimum(times, times[-1] - times) * 4)
    swing = np.outer(np.sin(4 * np.pi * times) * window, [0.05, 0.03, 0.05, 0.05, 0.1, 0.1, 0.1])
    spline = CubicSpline(np.append(0.0, times), np.vstack([rest, rest + swing]), bc_type="clamped")
    velocities = spline(times, 1)
    velocities[-1] = 0.0
    return JointTrajectory(cell.robot.arm_joints, times, rest + swing, velocities)


@pytest.mark.parametrize(
    ("name", "height", "rpy", "closing_angle"),
    [
        ("box", 0.021, (0.0, 0.0, 0.0), 0.0),
        ("can", 0.031, (np.pi / 2, 0.0, 0.0), np.pi / 2),
        ("banana", 0.019, (0.0, 0.0, 0.0), np.pi / 2),
        ("hammer", 0.015, (0.0, 0.0, 0.0), 0.0),
    ],
)
def test_a_lifted_object_is_held_through_two_seconds_and_a_shake(cell, name, height, rpy, closing_angle):
    assert grasped(cell, name, height, rpy, closing_angle).state.stalled
    move_tool(cell, tool_down(0.5, 0.0, height + 0.2, closing_angle), 1.5)
    assert cell.object_state().in_grasp
    lifted = cell.object_state()
    run_for(cell, 2.0)
    held = cell.object_state()
    moved, turned = lifted.T_base_object.distance_to(held.T_base_object)
    assert moved < 5e-4
    assert turned < 0.01
    assert follow(cell, shaking(cell)).code == 0
    run_for(cell, 0.3)
    shaken = cell.object_state()
    assert shaken.in_grasp
    assert shaken.lifted
    assert held.T_base_object.distance_to(shaken.T_base_object)[0] < 3e-3


def test_without_friction_the_object_stays_on_the_table(cell):
    cell.faults.slippery_object = True
    grasped(cell, "cube", 0.026, (0.0, 0.0, 0.0), 0.0)
    move_tool(cell, tool_down(0.5, 0.0, 0.2), 1.5)
    assert not cell.object_state().lifted


def test_an_object_that_turns_slippery_falls_out_of_the_hand(cell):
    grasped(cell, "cube", 0.026, (0.0, 0.0, 0.0), 0.0)
    move_tool(cell, tool_down(0.5, 0.0, 0.2), 1.5)
    assert cell.object_state().lifted
    cell.faults.slippery_object = True
    run_for(cell, 1.0)
    assert not cell.object_state().in_grasp
    assert cell.object_state().clearance < 0.05


@pytest.mark.parametrize(("name", "height", "width"), [("cube", 0.026, 0.050), ("box", 0.021, 0.060)])
def test_a_stall_tells_the_width_of_the_object(cell, name, height, width):
    outcome = grasped(cell, name, height, (0.0, 0.0, 0.0), 0.0)
    assert outcome.succeeded
    assert outcome.state.stalled
    assert not outcome.state.reached_goal
    assert outcome.state.position / cell.robot.gripper_joint_per_opening == pytest.approx(width, abs=1e-3)
    left, right = cell.joint_readings().position[7:]
    assert left == pytest.approx(right, abs=1e-4)


@pytest.mark.parametrize("effort", [10.0, 40.0])
def test_the_fingers_press_no_harder_than_told(cell, effort):
    cell.spawn("cube", T_base_object=Transform.from_rpy((0, 0, 0), (0.5, 0.0, 0.025)))
    move_tool(cell, tool_down(0.5, 0.0, 0.025), 2.0)
    outcome = close_hand(cell, effort=effort)
    assert outcome.state.effort == pytest.approx(effort, rel=0.02)


def test_closing_on_nothing_reaches_the_goal(cell):
    outcome = close_hand(cell)
    assert outcome.state.reached_goal
    assert not outcome.state.stalled
    run_for(cell, 0.2)
    assert cell.joint_readings().position[7] == pytest.approx(0.0, abs=3e-4)


def test_a_stall_aborts_where_stalling_is_not_allowed():
    from pinch_sim.gripper_controller import GripperControllerConfig

    cell = Cell(CellConfig(gripper=GripperControllerConfig(allow_stalling=False)))
    cell.faults.gripper_stuck = True
    outcome = close_hand(cell)
    assert outcome.state.stalled
    assert not outcome.succeeded


def test_a_stuck_gripper_stays_open(cell):
    cell.faults.gripper_stuck = True
    outcome = close_hand(cell)
    assert outcome.state.stalled
    assert outcome.state.position == pytest.approx(0.04, abs=1e-3)
