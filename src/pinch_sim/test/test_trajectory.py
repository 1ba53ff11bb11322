# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pinch_sim.trajectory import JointSetpoint, JointSpline, JointTrajectory

JOINTS = ("a", "b")
START = JointSetpoint(np.array([0.1, -0.2]), np.array([0.3, 0.0]), np.array([-0.5, 0.2]))


@st.composite
def trajectories(draw):
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    points = draw(st.integers(1, 5))
    carried = draw(st.integers(1, 3))
    values = [rng.uniform(-2, 2, (points, 2)) for _ in range(carried)] + [None] * (3 - carried)
    return JointTrajectory(JOINTS, np.cumsum(rng.uniform(0.05, 1.0, points)), *values)


@settings(max_examples=100, deadline=None)
@given(trajectories())
def test_a_spline_passes_through_all_that_its_points_carry(trajectory):
    spline = JointSpline.through(START, trajectory)
    np.testing.assert_allclose(spline.at(0.0).position, START.position, atol=1e-9)
    for i, time in enumerate(trajectory.times[:-1]):
        point = spline.at(time)
        np.testing.assert_allclose(point.position, trajectory.positions[i], atol=1e-7)
        if trajectory.velocities is not None:
            np.testing.assert_allclose(point.velocity, trajectory.velocities[i], atol=1e-6)
        if trajectory.accelerations is not None:
            np.testing.assert_allclose(point.acceleration, trajectory.accelerations[i], atol=1e-4)
    if trajectory.velocities is not None:
        np.testing.assert_allclose(spline.at(0.0).velocity, START.velocity, atol=1e-9)


@settings(max_examples=100, deadline=None)
@given(trajectories(), st.floats(0.0, 0.999))
def test_velocity_is_the_slope_of_position(trajectory, share):
    spline = JointSpline.through(START, trajectory)
    time, h = share * spline.duration, 1e-6 * spline.duration
    knots = np.append(0.0, trajectory.times)
    if np.abs(knots - time).min() < 2 * h:
        return
    slope = (spline.at(time + h).position - spline.at(time - h).position) / (2 * h)
    np.testing.assert_allclose(spline.at(time).velocity, slope, rtol=1e-4, atol=1e-4)


@settings(max_examples=50, deadline=None)
@given(trajectories())
def test_after_its_end_a_spline_rests_at_the_last_point(trajectory):
    spline = JointSpline.through(START, trajectory)
    end = spline.at(spline.duration + 1.0)
    np.testing.assert_allclose(end.position, trajectory.positions[-1], atol=1e-7)
    assert not end.velocity.any()


def test_a_stop_ends_at_rest_within_the_deceleration():
    spline = JointSpline.stopping(START, 5.0)
    assert spline.duration == pytest.approx(0.3 / 5.0)
    np.testing.assert_allclose(spline.at(0.0).velocity, START.velocity)
    np.testing.assert_allclose(spline.at(spline.duration * 0.999999).velocity, 0.0, atol=1e-5)
    assert np.abs(spline.at(spline.duration / 2).acceleration).max() <= 5.0 + 1e-9


def test_extremes_see_an_overshoot_between_points():
    bulge = JointTrajectory(JOINTS, np.array([1.0]), np.zeros((1, 2)), np.zeros((1, 2)))
    start = JointSetpoint(np.zeros(2), np.array([2.0, 0.0]), np.zeros(2))
    lowest, highest, speed = JointSpline.through(start, bulge).extremes()
    # A cubic with slope 2 at 0 and rest at 1: 2 t (1 - t)^2, whose maximum is 8/27 at t = 1/3.
    assert highest[0] == pytest.approx(8 / 27, rel=0.02)
    assert speed[0] == pytest.approx(2.0)
    assert lowest[0] == pytest.approx(0.0, abs=1e-12)
