# SPDX-License-Identifier: Apache-2.0
"""Collision-free paths between joint positions: straight where possible, else RRT-Connect (Kuffner and
LaValle 2000).
"""

from __future__ import annotations

import math

import numpy as np
from ompl import base as ob
from ompl import geometric as og
from ompl import util as ou

from pinch_executor.embedded.collision import CollisionChecker
from pinch_executor.embedded.robot_model import RobotModel
from pinch_executor.motion_planner import Float64

# Each plan draws from its own seed. OMPL calls it an error to seed twice, though generators made afterwards
# do follow it; a failed search is reported by the caller.
ou.setLogLevel(ou.LOG_NONE)

# Between two checked positions no point of a 1 m arm moves further than about 3 cm when one joint turns this
# far.
CHECK_STEP_RAD = 0.04
SMOOTHING_STEPS = 5


def straight_path(start: Float64, goal: Float64, step: float = CHECK_STEP_RAD) -> Float64:
    """(N, J) joint positions from ``start`` to ``goal``, at most ``step`` [rad] apart in any joint."""
    count = max(1, math.ceil(float(np.abs(goal - start).max()) / step))
    return np.linspace(start, goal, count + 1)


def is_free(checker: CollisionChecker, path: Float64) -> bool:
    """Whether no position of ``path`` (N, J) collides."""
    return checker.first_collision(path, [False] * len(path)) is None


def connect(
    robot: RobotModel, checker: CollisionChecker, start: Float64, goal: Float64, max_checks: int, seed: int
) -> Float64 | None:
    """A smooth collision-free path (N, J) between free positions, None if ``max_checks`` checks find none.

    The effort is bounded by checks and not by time, so the same seed gives the same path on any machine.
    """
    ou.RNG.setSeed(seed)
    space = ob.RealVectorStateSpace(len(start))
    bounds = ob.RealVectorBounds(len(start))
    # A continuous joint may go round either way, once.
    lower = np.where(robot.continuous, np.minimum(start, goal) - np.pi, np.minimum(robot.lower, start))
    upper = np.where(robot.continuous, np.maximum(start, goal) + np.pi, np.maximum(robot.upper, start))
    for index, (low, high) in enumerate(zip(lower, upper, strict=True)):
        bounds.setLow(index, float(low))
        bounds.setHigh(index, float(high))
    space.setBounds(bounds)
    checks = 0

    def is_valid(state: ob.State) -> bool:
        nonlocal checks
        checks += 1
        return not checker.collides(np.array([state[i] for i in range(len(start))]))

    setup = og.SimpleSetup(space)
    setup.setStateValidityChecker(is_valid)
    information = setup.getSpaceInformation()
    information.setStateValidityCheckingResolution(CHECK_STEP_RAD / space.getMaximumExtent())
    first, last = space.allocState(), space.allocState()
    for index in range(len(start)):
        first[index], last[index] = float(start[index]), float(goal[index])
    setup.setStartAndGoalStates(first, last)
    setup.setPlanner(og.RRTConnect(information))
    if (
        not setup.solve(ob.PlannerTerminationCondition(lambda: checks > max_checks))
        or not setup.haveExactSolutionPath()
    ):
        return None
    path = setup.getSolutionPath()
    simplifier = og.PathSimplifier(information)
    simplifier.reduceVertices(path)
    simplifier.collapseCloseVertices(path)
    simplifier.smoothBSpline(path, SMOOTHING_STEPS, float(CHECK_STEP_RAD))
    return np.array([[state[i] for i in range(len(start))] for state in path.getStates()])
