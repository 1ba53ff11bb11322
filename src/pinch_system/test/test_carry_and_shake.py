# SPDX-License-Identifier: Apache-2.0
"""What an arm does to a held object is what the free hand does, as far as its limits allow."""

from __future__ import annotations

import numpy as np
import pytest

from pinch_benchmark.physics.physics_config import MotionConfig
from pinch_core.resources import config_names, load_robot
from pinch_sim.robot_model import joint_limits
from pinch_sim.trajectory import JointTrajectory
from pinch_system.arm_trials.carry_and_shake import ArmMotions

MOTION = MotionConfig()
ROBOTS = config_names("robots")


@pytest.fixture(scope="module", params=ROBOTS)
def arm(request: pytest.FixtureRequest) -> tuple[ArmMotions, np.ndarray]:
    robot = load_robot(request.param)
    return ArmMotions(robot), np.array(robot.home)


def within_limits(name: str, start: np.ndarray, trajectory: JointTrajectory) -> None:
    robot = load_robot(name)
    times = np.concatenate([[0.0], trajectory.times])
    positions = np.vstack([start, trajectory.positions])
    velocity = np.diff(positions, axis=0) / np.diff(times)[:, None]
    acceleration = np.diff(velocity, axis=0) / np.diff(times)[1:, None]
    assert (np.abs(velocity) <= joint_limits(robot).velocity).all()
    assert (np.abs(acceleration) <= robot.max_acceleration).all()


@pytest.mark.parametrize("name", ROBOTS)
def test_no_motion_exceeds_the_limits_of_the_joints(name: str) -> None:
    robot = load_robot(name)
    motions, home = ArmMotions(robot), np.array(robot.home)
    within_limits(name, home, motions.carry(home, MOTION))
    within_limits(name, home, motions.shake(home, MOTION)[0])


def test_an_object_is_carried_level_by_the_protocols_way(arm: tuple[ArmMotions, np.ndarray]) -> None:
    motions, home = arm
    trajectory = motions.carry(home, MOTION)
    start, *way = (motions.tcp_pose(q) for q in (home, *trajectory.positions))
    heights = [pose.translation[2] for pose in way]
    np.testing.assert_allclose(heights, start.translation[2], atol=1e-6)
    places = np.array([pose.translation for pose in (start, *way)])
    assert np.linalg.norm(np.diff(places, axis=0), axis=1).sum() == pytest.approx(MOTION.transport, rel=1e-2)


def test_shaking_ends_where_it_began_and_swings_as_far_as_it_says(arm: tuple[ArmMotions, np.ndarray]) -> None:
    motions, home = arm
    trajectory, share = motions.shake(home, MOTION)
    np.testing.assert_allclose(trajectory.positions[-1], home, atol=1e-9)
    assert 0.0 < share <= 1.0
    start = motions.tcp_pose(home)
    swings = [start.inverse() @ motions.tcp_pose(q) for q in trajectory.positions]
    half = len(swings) // 2
    across = max(abs(swing.translation[0]) for swing in swings[:half])
    up = max(abs((start @ swing).translation[2] - start.translation[2]) for swing in swings[half:])
    turn = max(start.distance_to(start @ swing)[1] for swing in swings)
    assert across == pytest.approx(share * MOTION.shake_amplitude, rel=0.1)
    assert up == pytest.approx(share * MOTION.shake_amplitude, rel=0.1)
    assert turn == pytest.approx(share * MOTION.shake_angle, rel=0.1)
