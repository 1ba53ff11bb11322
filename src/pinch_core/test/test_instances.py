# SPDX-License-Identifier: Apache-2.0
"""Objects that touch are told apart, and grasped one at a time."""

from __future__ import annotations

import math

import numpy as np
import pytest

from pinch_core.geometry.camera import CameraIntrinsics
from pinch_core.geometry.transform import Transform
from pinch_core.grasp_types import bind_grasp_type
from pinch_core.parallel_jaw.gripper import ParallelJawGripper
from pinch_core.planner_config import PlannerConfig
from pinch_core.planning.plan import PlanResult, SceneHints, perceive, plan_grasps
from pinch_core.planning.report import PlanRecorder
from pinch_core.planning.scene import Scene
from pinch_core.synthetic_scene import BoxSolid, CylinderSolid, Solid, camera_above, render_depth

CONFIG = PlannerConfig()
T_TABLE_CAM = camera_above(0.65, math.radians(5))


def look(camera: CameraIntrinsics, gripper: ParallelJawGripper, *solids: Solid) -> Scene:
    frame = render_depth(solids, T_TABLE_CAM, camera, np.random.default_rng(0), noise=0.0007)
    return perceive(frame, gripper, CONFIG, SceneHints(), np.random.default_rng(0), PlanRecorder())


def plan(camera: CameraIntrinsics, gripper: ParallelJawGripper, *solids: Solid) -> PlanResult:
    frame = render_depth(solids, T_TABLE_CAM, camera, np.random.default_rng(0), noise=0.0007)
    return plan_grasps(frame, bind_grasp_type(gripper, CONFIG), CONFIG, np.random.default_rng(0))


LYING = (
    CylinderSolid.lying(0.0, 0.0, 0.3, 0.018, 0.11),
    CylinderSolid.lying(-0.011, 0.0345, 0.3, 0.018, 0.11),
)
STEP = (
    BoxSolid.standing(0.0, 0.0, 0.0, (0.08, 0.03, 0.05)),
    BoxSolid.standing(0.0, 0.03, 0.0, (0.08, 0.03, 0.03)),
)
STACK = (
    BoxSolid.standing(0.0, 0.0, 0.2, (0.10, 0.07, 0.03)),
    BoxSolid(Transform.from_rpy((0.0, 0.0, 0.9), (0.02, 0.0, 0.045)), (0.07, 0.03, 0.03)),
)


@pytest.mark.parametrize("pair", [LYING, STEP, STACK], ids=["lying", "step", "stack"])
def test_two_objects_that_touch_are_two(
    camera: CameraIntrinsics, gripper: ParallelJawGripper, pair: tuple[Solid, ...]
) -> None:
    scene = look(camera, gripper, *pair)
    rows, columns = np.nonzero(scene.labels)
    points = T_TABLE_CAM @ scene.frame.intrinsics.deproject(
        np.stack([columns, rows], -1), scene.frame.depth[rows, columns]
    )
    inside = T_TABLE_CAM.rotate(np.array([[0.0, 0.0, 0.003]]))  # a little into what is seen
    owner = np.array([solid.contains(points + inside) for solid in pair])
    only_one = owner.sum(axis=0) == 1
    truth, labels = owner.argmax(axis=0)[only_one], scene.labels[rows, columns][only_one]
    for label in np.unique(labels):
        counts = np.bincount(truth[labels == label], minlength=2)
        assert counts.max() > 0.9 * counts.sum()


@pytest.mark.parametrize(
    "solid",
    [
        BoxSolid.standing(0.0, 0.0, 0.4, (0.10, 0.05, 0.04)),
        CylinderSolid.standing(0.01, 0.0, 0.03, 0.08),
        CylinderSolid.lying(0.0, 0.01, 0.7, 0.02, 0.12),
    ],
    ids=["box", "can", "bottle"],
)
def test_one_object_stays_one(camera: CameraIntrinsics, gripper: ParallelJawGripper, solid: Solid) -> None:
    assert look(camera, gripper, solid).labels.max() == 1


def test_no_grasp_holds_two_objects_at_once(camera: CameraIntrinsics, gripper: ParallelJawGripper) -> None:
    thin = tuple(BoxSolid.standing(0.0, y, 0.0, (0.08, 0.02, h)) for y, h in ((0.0, 0.05), (0.0205, 0.03)))
    result = plan(camera, gripper, *thin)
    assert result.grasps
    for grasp in result.grasps:
        at, closing = (
            T_TABLE_CAM @ grasp.T_cam_tcp.translation,
            T_TABLE_CAM.rotate(grasp.T_cam_tcp.rotation[:, 1]),
        )
        line = at + np.linspace(-0.5, 0.5, 60)[:, None] * grasp.width * closing
        line[:, 2] = at[2] - gripper.finger.tip_beyond_tcp + 0.001
        held = [solid.contains(line).any() for solid in thin]
        assert sum(held) <= 1


def test_of_a_heap_that_reaches_the_image_border_only_the_objects_there_are_left_out(
    camera: CameraIntrinsics, gripper: ParallelJawGripper
) -> None:
    row = [CylinderSolid.lying(x, 0.0, math.pi / 2, 0.018, 0.10) for x in np.arange(0.43, -0.05, -0.0365)]
    scene = look(camera, gripper, *row)
    assert scene.labels.max() >= 3
    border = np.concatenate([scene.labels[:, 0], scene.labels[:, -1], scene.labels[0], scene.labels[-1]])
    assert not border.any()
