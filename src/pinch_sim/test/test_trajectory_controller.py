# SPDX-License-Identifier: Apache-2.0
"""The arm controller in the physics: tracking, tolerances, cancel, preemption and what it rejects."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scripted_arm import follow, inverse_kinematics, run_for, run_until, tool_down, trajectory_to

from pinch_sim.errors import GoalRejectedError
from pinch_sim.trajectory import JointTrajectory
from pinch_sim.trajectory_goal import TrajectoryResult

FAR = np.array([0.6, 0.5, 0.3, 0.5, 0.4, 0.4, 0.5])


def far(cell, seconds=1.5) -> JointTrajectory:
    return trajectory_to(cell, np.array(cell.robot.home) + FAR, seconds)


def start(cell, trajectory, **tolerances) -> list:
    outcomes = []
    cell.arm.start(cell.arm.check(trajectory, cell.time_ns, **tolerances), cell.time_ns, outcomes.append)
    return outcomes


def test_the_arm_tracks_a_brisk_motion_within_four_milliradians(cell):
    outcomes = start(cell, far(cell))
    worst = 0.0
    while not outcomes:
        cell.step()
        worst = max(worst, np.abs(cell.joint_readings().position[:7] - cell.arm.setpoint.position).max())
    assert outcomes[0].code is TrajectoryResult.SUCCESSFUL
    assert worst < 4e-3


def test_joint_names_may_come_in_any_order(cell):
    trajectory = far(cell)
    order = [3, 0, 6, 1, 5, 2, 4]
    shuffled = JointTrajectory(
        tuple(trajectory.joint_names[k] for k in order), trajectory.times, trajectory.positions[:, order]
    )
    assert follow(cell, shuffled).code is TrajectoryResult.SUCCESSFUL
    np.testing.assert_allclose(
        cell.joint_readings().position[:7], np.array(cell.robot.home) + FAR, atol=0.011
    )


def test_cancel_stops_the_arm_within_a_tenth_of_a_second(cell):
    outcomes = start(cell, far(cell))
    run_for(cell, 0.75)
    assert np.abs(cell.joint_readings().velocity[:7]).max() > 0.5
    cancelled = cell.time_ns
    cell.arm.cancel(cell.time_ns)
    run_until(cell, lambda: bool(outcomes), 1.0)
    assert outcomes[0].cancelled
    assert cell.time_ns - cancelled <= 100_000_000
    run_for(cell, 0.1 - (cell.time_ns - cancelled) * 1e-9)
    assert np.abs(cell.joint_readings().velocity[:7]).max() < 0.05
    held = cell.joint_readings().position[:7]
    run_for(cell, 0.5)
    np.testing.assert_allclose(cell.joint_readings().position[:7], held, atol=2e-3)


def test_a_new_goal_replaces_the_one_under_way_without_a_jump(cell):
    first = start(cell, far(cell))
    run_for(cell, 0.7)
    before = cell.arm.setpoint
    second = start(cell, trajectory_to(cell, np.array(cell.robot.home), 1.5))
    cell.step()
    assert first[0].code is TrajectoryResult.INVALID_GOAL
    assert np.abs(cell.arm.setpoint.position - before.position).max() < 0.01
    run_until(cell, lambda: bool(second), 3.0)
    assert second[0].code is TrajectoryResult.SUCCESSFUL


def test_straying_beyond_the_path_tolerance_aborts_and_holds(cell):
    outcomes = start(cell, far(cell, 1.0), path={"panda_joint2": 1e-5})
    run_until(cell, lambda: bool(outcomes), 2.0)
    assert outcomes[0].code is TrajectoryResult.PATH_TOLERANCE_VIOLATED
    assert "panda_joint2 strayed" in outcomes[0].message
    run_for(cell, 0.3)
    assert np.abs(cell.joint_readings().velocity[:7]).max() < 0.01


def test_driving_into_the_table_aborts_by_the_path_tolerance_and_stays_above_it(cell):
    under_the_table = inverse_kinematics(cell, tool_down(0.5, 0.0, -0.15), np.array(cell.robot.home))
    outcomes = start(cell, trajectory_to(cell, under_the_table, 2.5))
    run_until(cell, lambda: bool(outcomes), 5.0)
    assert outcomes[0].code is TrajectoryResult.PATH_TOLERANCE_VIOLATED
    run_for(cell, 0.5)
    assert np.abs(cell.joint_readings().velocity[:7]).max() < 0.05


def test_missing_the_goal_aborts_after_the_goal_time(cell):
    outcomes = start(cell, far(cell, 1.0), goal={"panda_joint4": 1e-9}, goal_time=0.2)
    run_until(cell, lambda: bool(outcomes), 3.0)
    assert outcomes[0].code is TrajectoryResult.GOAL_TOLERANCE_VIOLATED
    assert cell.time_ns * 1e-9 == pytest.approx(1.2, abs=0.01)


def test_minus_one_removes_a_tolerance(cell):
    nothing = dict.fromkeys(cell.robot.arm_joints, -1.0)
    outcomes = start(cell, far(cell, 1.0), path=nothing, goal=nothing)
    run_until(cell, lambda: bool(outcomes), 1.1)
    assert outcomes[0].code is TrajectoryResult.SUCCESSFUL


def test_a_stamp_in_the_future_delays_the_start(cell):
    home = np.array(cell.robot.home)
    outcomes = start(cell, replace(far(cell, 1.0), start_ns=cell.time_ns + 300_000_000))
    run_for(cell, 0.29)
    np.testing.assert_allclose(cell.arm.setpoint.position, home)
    run_until(cell, lambda: bool(outcomes), 3.0)
    assert cell.time_ns * 1e-9 >= 1.3


@pytest.mark.parametrize("carried", ["positions", "velocities", "accelerations"])
def test_every_kind_of_point_is_followed(cell, carried):
    trajectory = far(cell)
    if carried != "accelerations":
        trajectory = replace(trajectory, accelerations=None)
    if carried == "positions":
        trajectory = replace(trajectory, velocities=None)
    assert follow(cell, trajectory).code is TrajectoryResult.SUCCESSFUL


def _damage(field, value):
    def apply(trajectory):
        values = np.array(getattr(trajectory, field))
        values.flat[-1] = value
        return replace(trajectory, **{field: values})

    return apply


@pytest.mark.parametrize(
    ("damage", "code"),
    [
        (lambda t: replace(t, joint_names=t.joint_names[:-1]), TrajectoryResult.INVALID_JOINTS),
        (lambda t: replace(t, joint_names=(*t.joint_names[:-1], "elbow")), TrajectoryResult.INVALID_JOINTS),
        (
            lambda t: replace(t, joint_names=(*t.joint_names[:-1], t.joint_names[0])),
            TrajectoryResult.INVALID_JOINTS,
        ),
        (lambda t: replace(t, positions=t.positions[:, :6]), TrajectoryResult.INVALID_GOAL),
        (
            lambda t: JointTrajectory(t.joint_names, np.empty(0), np.empty((0, 7))),
            TrajectoryResult.INVALID_GOAL,
        ),
        (_damage("positions", np.nan), TrajectoryResult.INVALID_GOAL),
        (_damage("velocities", np.inf), TrajectoryResult.INVALID_GOAL),
        (_damage("velocities", 0.1), TrajectoryResult.INVALID_GOAL),
        (_damage("positions", 3.0), TrajectoryResult.INVALID_GOAL),
        (_damage("times", -1.0), TrajectoryResult.INVALID_GOAL),
        (_damage("times", 0.05), TrajectoryResult.INVALID_GOAL),
        (lambda t: replace(t, start_ns=1), TrajectoryResult.OLD_HEADER_TIMESTAMP),
        (
            lambda t: JointTrajectory(t.joint_names, np.array([1.0, 1.0]), np.repeat(t.positions, 2, axis=0)),
            TrajectoryResult.INVALID_GOAL,
        ),
    ],
    ids=[
        "joint missing", "joint unknown", "joint twice", "value missing", "no points", "nan", "infinite",
        "moving at its end", "beyond the range", "negative time", "too fast", "over already", "equal times",
    ],
)  # fmt: skip
def test_goals_that_cannot_be_followed_are_rejected_with_their_code(cell, damage, code):
    run_for(cell, 2.0)
    with pytest.raises(GoalRejectedError) as caught:
        cell.arm.check(damage(far(cell)), cell.time_ns)
    assert caught.value.code == code
    assert str(caught.value).endswith((".", "rad/s."))


def test_tolerances_of_unknown_joints_and_values_are_rejected(cell):
    with pytest.raises(GoalRejectedError, match="elbow") as caught:
        cell.arm.check(far(cell), 0, path={"elbow": 0.1})
    assert caught.value.code == TrajectoryResult.INVALID_JOINTS
    with pytest.raises(GoalRejectedError, match="-2"):
        cell.arm.check(far(cell), 0, goal={"panda_joint1": -2.0})


def test_faults_reject_abort_and_go_silent(cell):
    cell.faults.reject_trajectories = True
    with pytest.raises(GoalRejectedError):
        cell.arm.check(far(cell), 0)
    cell.faults.reject_trajectories = False
    cell.faults.abort_trajectories = True
    assert follow(cell, far(cell)).code is TrajectoryResult.PATH_TOLERANCE_VIOLATED
    run_for(cell, 0.5)
    cell.faults.abort_trajectories = False
    cell.faults.silent_trajectories = True
    outcomes = start(cell, trajectory_to(cell, np.array(cell.robot.home), 1.0))
    run_for(cell, 3.0)
    assert outcomes == []
    assert np.abs(cell.joint_readings().velocity[:7]).max() < 1e-3
