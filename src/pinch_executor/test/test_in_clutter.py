# SPDX-License-Identifier: Apache-2.0
"""Grasps planned on an image of close neighbours, executed at the executor's own waypoints and openings,
judged by the true shapes: the gripper touches nothing that planning did not predict.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import coal
import numpy as np
import pytest

from pinch_core.geometry.camera import CameraIntrinsics
from pinch_core.geometry.transform import Transform
from pinch_core.grasp_types import bind_grasp_type
from pinch_core.planner_config import PlannerConfig
from pinch_core.planning.plan import plan_grasps
from pinch_core.resources import load_gripper, load_robot
from pinch_core.synthetic_scene import BoxSolid, camera_above, render_depth
from pinch_executor.candidate import Candidate
from pinch_executor.end_effectors import end_effector_type
from pinch_executor.executor_config import ExecutorConfig
from pinch_executor.waypoints import Waypoints

CAMERA = CameraIntrinsics(640, 480, 525.0, 525.0, 319.5, 239.5)
CAMERA_HEIGHT_M = 0.75
T_BASE_TABLE = Transform(np.eye(3), np.array([0.5, 0.0, 0.0]))
PLANNER = replace(PlannerConfig(), max_grasps=10)
STEP_M = 0.003
NEIGHBOUR_M = (0.005, 0.040)
# Points that reach less than this above a fingertip are noise to the planner.
TOLERANCE_M = PLANNER.parallel_jaw.filters.collision_tolerance
ROBOTS = ("panda", "ur5e_2f85")
SCENES = 6


@dataclass(frozen=True, eq=False)
class Clutter:
    """A box with a neighbour on either side, and others about, on a table in front of the robot."""

    solids: tuple[BoxSolid, ...]

    @classmethod
    def random(cls, rng: np.random.Generator, nearest: float, farthest: float) -> Clutter:
        """Neighbours stand ``nearest`` to ``farthest`` [m] from the narrow box, along its narrow side."""
        width, yaw = rng.uniform(0.02, 0.04), rng.uniform(-np.pi, np.pi)
        T_table_box = Transform.from_rpy((0.0, 0.0, yaw), (*rng.uniform(-0.03, 0.03, 2), 0.0))
        height = rng.uniform(0.03, 0.05)
        solids = [_standing(T_table_box, 0.0, (rng.uniform(0.07, 0.11), width, height))]
        for side in (-1.0, 1.0):
            thick = rng.uniform(0.02, 0.05)
            away = width / 2 + rng.uniform(nearest, farthest) + thick / 2
            size = (rng.uniform(0.05, 0.11), thick, height + rng.uniform(-0.01, 0.03))
            solids.append(_standing(T_table_box, side * away, size))
        return cls(tuple(solids))

    def shapes(self) -> list[tuple[coal.Box, coal.Transform3s]]:
        """The boxes as they are, in the base frame."""
        poses = (T_BASE_TABLE @ solid.T_table_solid for solid in self.solids)
        return [
            (coal.Box(*solid.size), coal.Transform3s(pose.rotation, pose.translation))
            for solid, pose in zip(self.solids, poses, strict=True)
        ]


def _standing(T_table_box: Transform, along: float, size: tuple[float, float, float]) -> BoxSolid:
    at = Transform(np.eye(3), np.array([0.0, along, size[2] / 2]))
    return BoxSolid(T_table_box @ at, size)


def planned(clutter: Clutter, robot: str, rng: np.random.Generator) -> list[Candidate]:
    """What the real planner answers for one noisy image, as the executor receives it."""
    T_table_cam = camera_above(CAMERA_HEIGHT_M, rng.uniform(0.0, 0.15), azimuth=rng.uniform(0.0, 6.0))
    frame = render_depth(clutter.solids, T_table_cam, CAMERA, rng, noise=0.0005)
    gripper = load_gripper(load_robot(robot).gripper)
    result = plan_grasps(frame, bind_grasp_type(gripper, PLANNER), PLANNER, rng)
    return [Candidate(grasp, T_BASE_TABLE @ T_table_cam) for grasp in result.grasps]


def depth_inside(
    clutter: Clutter, robot: str, grasp: Candidate, opening: float, way: Iterator[Transform]
) -> float:
    """How far any part of the open gripper goes into any box on its way [m]; negative: its distance."""
    gripper = load_gripper(load_robot(robot).gripper)
    bodies = [(coal.Box(*(2 * b.half_size)), b.center) for b in gripper.bodies(opening)]
    request, nearest = coal.DistanceRequest(), np.inf
    for T_base_tcp in way:
        for body, center in bodies:
            at = coal.Transform3s(T_base_tcp.rotation, T_base_tcp @ center)
            for shape, pose in clutter.shapes():
                result = coal.DistanceResult()
                nearest = min(nearest, coal.distance(body, at, shape, pose, request, result))
    return -nearest


def straight(start: Transform, end: Transform) -> Iterator[Transform]:
    """Poses every few millimetres from one to the other."""
    count = int(np.ceil(np.linalg.norm(end.translation - start.translation) / STEP_M)) + 1
    for share in np.linspace(0.0, 1.0, count):
        yield Transform(start.rotation, (1 - share) * start.translation + share * end.translation)


def executed_depth(clutter: Clutter, robot: str, grasp: Candidate) -> float:
    """Of a pick that closes on nothing: the approach, and the way back with the opening it came with."""
    gripper = load_gripper(load_robot(robot).gripper)
    waypoints = Waypoints(ExecutorConfig(robot=robot), end_effector_type(gripper).model(gripper))
    reach, opening = waypoints.pick_reach(grasp), waypoints.scene_with_target(grasp).opening
    return max(
        depth_inside(clutter, robot, grasp, opening, straight(start, end))
        for start, end in ((reach.T_base_via, reach.T_base_goal), (reach.T_base_goal, reach.T_base_exit))
    )


@pytest.mark.parametrize("robot", ROBOTS)
def test_in_clutter_the_gripper_touches_nothing_that_planning_did_not_predict(robot: str) -> None:
    beside = 0
    for seed in range(SCENES):
        rng = np.random.default_rng(seed)
        clutter = Clutter.random(rng, *NEIGHBOUR_M)
        for grasp in planned(clutter, robot, rng):
            beside += grasp.opening < grasp.width + 2 * PLANNER.parallel_jaw.depths.opening_margin - 1e-4
            assert executed_depth(clutter, robot, grasp) < TOLERANCE_M
    assert beside >= SCENES, "neighbours that narrow no opening prove nothing"
