# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import math

import pytest

from pinch_sim.errors import GoalRejectedError
from pinch_sim.faults import Faults
from pinch_sim.gripper_controller import GripperController, GripperControllerConfig

PERIOD_NS = 2_000_000


@pytest.fixture
def gripper():
    return GripperController(0.0, 0.04, 70.0, GripperControllerConfig(), Faults(), 0.04)


@pytest.mark.parametrize(
    ("position", "effort"), [(math.nan, 0.0), (0.02, math.inf), (-0.001, 10.0), (0.05, 10.0)]
)
def test_impossible_goals_are_rejected(gripper, position, effort):
    with pytest.raises(GoalRejectedError):
        gripper.check(position, effort)


def test_the_force_limit_is_the_grippers_own_at_most(gripper):
    assert gripper.check(0.0, 500.0).max_effort == 70.0
    assert gripper.check(0.0, 0.0).max_effort == GripperControllerConfig().default_effort


def test_the_set_point_moves_at_the_set_speed(gripper):
    gripper.start(gripper.check(0.0, 0.0), 0, lambda outcome: None)
    now, position = 0, 0.04
    while position > 0.0:
        now += PERIOD_NS
        position = gripper.update(now, PERIOD_NS * 1e-9, position, 0.0)
    assert now * 1e-9 == pytest.approx(0.04 / GripperControllerConfig().speed, abs=0.01)


def test_a_new_goal_aborts_the_old_one(gripper):
    first, second = [], []
    gripper.start(gripper.check(0.0, 0.0), 0, first.append)
    gripper.start(gripper.check(0.02, 0.0), 0, second.append)
    assert [outcome.succeeded for outcome in first] == [False]
    assert second == []


def test_cancel_holds_the_fingers_where_they_are(gripper):
    outcomes = []
    gripper.start(gripper.check(0.0, 0.0), 0, outcomes.append)
    gripper.update(PERIOD_NS, 0.002, 0.03, 0.0)
    gripper.cancel()
    assert outcomes[0].cancelled
    for step in range(2, 500):
        setpoint = gripper.update(step * PERIOD_NS, 0.002, 0.03, 0.0)
    assert setpoint == pytest.approx(0.03)


def test_fingers_that_tremble_on_what_they_hold_have_stalled(gripper):
    outcomes = []
    gripper.start(gripper.check(0.0, 0.0), 0, outcomes.append)
    # A tenth of a millimetre to and fro every period: 0.1 m/s, and no way made.
    for step in range(1, 400):
        gripper.update(step * PERIOD_NS, PERIOD_NS * 1e-9, 0.02 + 1e-4 * (step % 2), 30.0)
    assert [outcome.state.stalled for outcome in outcomes] == [True]


def test_fingers_that_go_slowly_have_not_stalled(gripper):
    outcomes = []
    gripper.start(gripper.check(0.0, 0.0), 0, outcomes.append)
    for step in range(1, 400):
        gripper.update(step * PERIOD_NS, PERIOD_NS * 1e-9, 0.04 - 0.002 * step * PERIOD_NS * 1e-9, 0.0)
    assert outcomes == []
