# SPDX-License-Identifier: Apache-2.0
"""Each stage has its own time limit and its own number of retries."""

from __future__ import annotations

import numpy as np
import pytest
from executor_fakes import GRIPPER, ROBOT, World, grasp_at, place_pose
from pinch_interfaces.msg import ErrorCode

from pinch_executor.errors import (
    GoalRejected,
    GraspPlannerFailed,
    GripperRejected,
    RecoveryNeeded,
    TimedOut,
)
from pinch_executor.executor_config import ExecutorConfig
from pinch_executor.stage_config import StageLimits, StagesConfig


@pytest.fixture
def world(tmp_path):
    return World(tmp_path)


def pick(world):
    return world.cycle.pick(lambda: [grasp_at(0.5, 0.0)], 1, world.fresh_job())


@pytest.mark.parametrize(
    ("event", "error"),
    [("moving: lift", GoalRejected("no.")), ("fingers: close", GripperRejected("no."))],
    ids=["arm", "fingers"],
)
def test_a_goal_that_a_controller_did_not_take_is_sent_again_as_often_as_the_stage_may(world, event, error):
    world.fails(event, error)
    pick(world)
    assert world.robot.held is not None
    world.config = ExecutorConfig(
        stages=StagesConfig(lift=StageLimits(retries=0), close=StageLimits(retries=0))
    )
    world.fingers.now, world.arm.q = GRIPPER.max_opening, np.array(ROBOT.home)
    world.restart()
    world.fails(event, error)
    with pytest.raises(type(error)):
        pick(world)


def test_a_stage_that_takes_too_long_is_stopped_and_named(world):
    world.on["moving: approach"] = lambda: setattr(world, "now", world.now + 60.5)
    with pytest.raises(TimedOut, match=r"stage 'approach' took longer than 60 s.*stages\.approach\.timeout"):
        pick(world)
    assert world.arm.stopped_early == 1
    with pytest.raises(RecoveryNeeded):
        pick(world)


def test_each_stage_has_its_own_time(world):
    for stage in ("pre-grasp", "approach", "lift"):
        world.on[f"moving: {stage}"] = lambda: setattr(world, "now", world.now + 40.0)
    pick(world)
    assert world.now == 120.0 and world.robot.held is not None


def test_every_stage_that_clients_are_told_of_has_limits(world):
    pick(world)
    world.cycle.place(place_pose(), world.job)
    told = set(world.client.stages)
    world.cycle.recover(world.fresh_job())
    told |= set(world.client.stages)
    names = {name.replace("_", "-") for name in StagesConfig.__dataclass_fields__}
    assert told | {"push"} == names  # see test_clear_bin.py


def test_the_grasp_planner_is_asked_again_as_often_as_its_stage_may(world):
    world.config = ExecutorConfig(stages=StagesConfig(detect=StageLimits(retries=2)))
    world.restart()
    asked = []

    def detect():
        asked.append(None)
        if len(asked) < 3:
            raise GraspPlannerFailed("no table.", ErrorCode.NO_TABLE)
        return [grasp_at(0.5, 0.0)]

    world.cycle.pick(detect, 1, world.job)
    assert len(asked) == 3 and world.robot.held is not None
