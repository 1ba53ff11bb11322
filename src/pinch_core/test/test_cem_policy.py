# SPDX-License-Identifier: Apache-2.0
"""The search itself, against qualities whose best grasp is known."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pinch_core.geometry.camera import CameraIntrinsics
from pinch_core.grasp_types import bind_grasp_type
from pinch_core.parallel_jaw.config import AntipodalSamplerConfig, ParallelJawConfig
from pinch_core.parallel_jaw.gripper import ParallelJawGripper
from pinch_core.planner_config import PlannerConfig
from pinch_core.planning.cem_policy import CemPolicy
from pinch_core.planning.grasp_candidates import GraspCandidates
from pinch_core.planning.plan import plan_grasps
from pinch_core.planning.rank_policy import RankPolicy
from pinch_core.planning.scene import Scene
from pinch_core.planning.search_config import CemConfig
from pinch_core.synthetic_scene import BoxSolid, camera_above, render_depth

T_WORLD_CAM = camera_above(0.7, math.radians(8))
BOX = BoxSolid.standing(0.0, 0.0, 0.4, (0.14, 0.035, 0.045))
CONFIG = PlannerConfig()


@dataclasses.dataclass(frozen=True)
class NearnessToAPlace:
    """Quality falls with the distance from one place, whatever the angle."""

    x: float
    height: float
    name: str = "nearness"

    def score(self, scene: Scene, grasps: GraspCandidates) -> np.ndarray:
        T_world_cam = T_WORLD_CAM
        position = BOX.T_table_solid.inverse() @ (T_world_cam @ grasps.positions(scene))
        away = np.hypot(position[:, 0] - self.x, 3 * (position[:, 2] - self.height))
        return np.exp(-away / 0.02)

    def warnings(self, scene: Scene) -> list[str]:
        return []


def best_quality(
    policy: RankPolicy | CemPolicy, gripper: ParallelJawGripper, k: CameraIntrinsics, seed: int
) -> float:
    frame = render_depth((BOX,), T_WORLD_CAM, k)
    config = PlannerConfig(parallel_jaw=ParallelJawConfig(sampler=AntipodalSamplerConfig(count=60)))
    result = plan_grasps(
        frame, bind_grasp_type(gripper, config), config, np.random.default_rng(seed), policy=policy
    )
    return result.grasps[0].quality


@settings(max_examples=12)
@given(seed=st.integers(0, 1000), x=st.floats(-0.05, 0.05), height=st.floats(-0.01, 0.015))
def test_more_iterations_never_lose_what_was_found_and_mostly_come_nearer(
    seed: int, x: float, height: float, small_camera: CameraIntrinsics, gripper: ParallelJawGripper
) -> None:
    scorer, k = NearnessToAPlace(x, height), small_camera
    none, three = (
        best_quality(CemPolicy(scorer, CemConfig(seeds=60, iterations=n, resamples=60)), gripper, k, seed)
        for n in (0, 3)
    )
    assert three >= none
    assert three > 0.7


def test_elites_are_counted_as_configured() -> None:
    assert CemConfig(seeds=100, elite_share=0.25).elites == 25
    assert CemConfig(seeds=4, elite_share=0.01, components=3).elites == 3


def test_one_seed_is_enough(small_camera: CameraIntrinsics, gripper: ParallelJawGripper) -> None:
    config = CemConfig(seeds=4, iterations=2, resamples=5, components=3)
    assert best_quality(CemPolicy(NearnessToAPlace(0.0, 0.0), config), gripper, small_camera, 1) > 0.0


@pytest.mark.parametrize("seeds", [50, 400])
def test_every_scored_grasp_is_counted(
    seeds: int, small_camera: CameraIntrinsics, gripper: ParallelJawGripper
) -> None:
    frame = render_depth((BOX,), T_WORLD_CAM, small_camera)
    counted = 0

    class Counting(NearnessToAPlace):
        def score(self, scene: Scene, grasps: GraspCandidates) -> np.ndarray:
            nonlocal counted
            counted += len(grasps)
            return super().score(scene, grasps)

    policy = CemPolicy(Counting(0.0, 0.0), CemConfig(seeds=seeds))
    grasp_type = bind_grasp_type(gripper, CONFIG)
    report = plan_grasps(frame, grasp_type, CONFIG, np.random.default_rng(0), policy=policy).report
    assert report.scored == counted > seeds
