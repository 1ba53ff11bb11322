# SPDX-License-Identifier: Apache-2.0
"""Among several objects, what a network holds for hopeless is not tried; alone, it is offered as before."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
import pytest

from pinch_core.geometry.camera import CameraIntrinsics
from pinch_core.grasp_types import bind_grasp_type
from pinch_core.parallel_jaw.gripper import ParallelJawGripper
from pinch_core.planner_config import PlannerConfig
from pinch_core.planning.network_quality import NetworkQuality
from pinch_core.planning.plan import PlanResult, plan_grasps
from pinch_core.planning.rank_policy import RankPolicy
from pinch_core.planning.scene import Scene
from pinch_core.synthetic_scene import BoxSolid, Solid, camera_above, render_depth

T_TABLE_CAM = camera_above(0.7, math.radians(5))
ONE, OTHER = (BoxSolid.standing(x, 0.0, 0.4, (0.07, 0.03, 0.04)) for x in (-0.08, 0.08))


class Always(NetworkQuality):
    """A network that gives every grasp the same quality."""

    def __init__(self, quality: float) -> None:
        object.__setattr__(self, "quality", quality)

    def score(self, scene: Scene, grasps: Any) -> np.ndarray:
        return np.full(len(grasps), self.quality)  # type: ignore[attr-defined]

    def warnings(self, scene: Scene) -> list[str]:
        return []


def plan(
    camera: CameraIntrinsics, gripper: ParallelJawGripper, quality: float, *solids: Solid, **config: Any
) -> PlanResult:
    settings = dataclasses.replace(PlannerConfig(), **config)
    frame = render_depth(solids, T_TABLE_CAM, camera, np.random.default_rng(0), noise=0.0005)
    policy = RankPolicy(Always(quality))
    grasp_type = bind_grasp_type(gripper, settings)
    return plan_grasps(frame, grasp_type, settings, np.random.default_rng(0), policy=policy)


@pytest.mark.parametrize(
    ("quality", "solids", "found"),
    [(0.05, (ONE,), True), (0.05, (ONE, OTHER), False), (0.15, (ONE, OTHER), True)],
)
def test_a_hopeless_grasp_is_offered_only_where_one_object_stands(
    small_camera: CameraIntrinsics,
    gripper: ParallelJawGripper,
    quality: float,
    solids: tuple[Solid, ...],
    found: bool,
) -> None:
    result = plan(small_camera, gripper, quality, *solids)
    assert bool(result.grasps) is found
    if not found:
        assert result.report.rejected["min_quality"] > 0
        assert "min_quality" in result.report.why_empty()


def test_the_limit_is_a_setting(small_camera: CameraIntrinsics, gripper: ParallelJawGripper) -> None:
    assert plan(small_camera, gripper, 0.05, ONE, OTHER, min_quality_in_heaps=0.0).grasps
