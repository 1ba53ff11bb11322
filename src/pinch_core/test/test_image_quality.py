# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from pinch_core.geometry.camera import CameraIntrinsics
from pinch_core.geometry.poses import Poses
from pinch_core.parallel_jaw.candidates import JawCandidates
from pinch_core.parallel_jaw.config import ImageQualityConfig
from pinch_core.parallel_jaw.gripper import ParallelJawGripper, as_parallel_jaw
from pinch_core.parallel_jaw.image_quality import ImageQuality, object_centroids
from pinch_core.parallel_jaw.profiles import Profiles
from pinch_core.perception.config import SegmentationConfig
from pinch_core.perception.table import Plane
from pinch_core.planning.scene import Scene
from pinch_core.synthetic_scene import BoxSolid, camera_above, render_depth

ONLY_CENTRING = ImageQualityConfig(friction_weight=0, depth_weight=0, width_weight=0, contact_weight=0)


@pytest.fixture(scope="module")
def scene(small_camera: CameraIntrinsics, gripper: ParallelJawGripper) -> Scene:
    T_world_cam = camera_above(0.75, 0.2)
    frame = render_depth((BoxSolid.standing(0.03, 0.02, 0.3, (0.12, 0.04, 0.04)),), T_world_cam, small_camera)
    return Scene.look(frame, gripper, Plane.from_surface_pose(T_world_cam.inverse()), SegmentationConfig())


def jaw(scene: Scene) -> ParallelJawGripper:
    return as_parallel_jaw(scene.gripper, "this test")


def candidates(scene: Scene, offsets: list[tuple[float, float]], **changes: float) -> JawCandidates:
    """Grasps at offsets [m] from the object's centroid, alike but for ``changes``."""
    count = len(offsets)
    values = {"tip_height": 0.02, "separation": 0.04, "width": 0.04, "friction": 0.0, "top": 0.04} | changes
    return JawCandidates(
        T_table_tcp=Poses.from_axes(
            np.tile([1.0, 0.0, 0.0], (count, 1)),
            np.tile([0.0, 0.0, -1.0], (count, 1)),
            np.column_stack([object_centroids(scene)[0][1] + np.array(offsets), np.zeros(count)]),
        ),
        opening=np.full(count, 0.05),
        label=np.ones(count, np.int32),
        profile=np.zeros(count, int),
        shift=np.zeros(count),
        profiles=Profiles(np.zeros((1, 3), np.float32), np.float32([-0.001, 0, 0.001])),
        **{name: np.full(count, value) for name, value in values.items()},
    )


def test_the_centroid_is_that_of_the_visible_object(scene: Scene) -> None:
    centroids, radii = object_centroids(scene)
    T_table_world = scene.table.T_cam_table.inverse() @ camera_above(0.75, 0.2).inverse()
    # A tilted camera sees one side as well, which draws the centroid a little to that side.
    assert centroids[1] == pytest.approx((T_table_world @ [0.03, 0.02, 0.04])[:2], abs=0.006)
    assert radii[1] == pytest.approx(math.hypot(0.06, 0.02), abs=0.006)


def test_nearer_to_the_centroid_is_better_and_quality_stays_in_its_range(scene: Scene) -> None:
    grasps = candidates(scene, [(0.0, 0.0), (0.01, 0.0), (0.0, 0.03), (0.2, 0.2)])
    quality = ImageQuality(jaw(scene), ONLY_CENTRING).score(scene, grasps)
    assert quality[0] == pytest.approx(1.0)
    assert (np.diff(quality) < 0).all()
    assert quality.min() > 0


@pytest.mark.parametrize(
    "worse",
    [{"friction": 0.6}, {"tip_height": 0.035}, {"width": 0.07, "separation": 0.07}, {"separation": 0.03}],
)
def test_each_concern_costs_quality_and_can_be_switched_off(scene: Scene, worse: dict[str, float]) -> None:
    good, bad = candidates(scene, [(0.0, 0.0)]), candidates(scene, [(0.0, 0.0)], **worse)
    caring, paper = ImageQuality(jaw(scene), ImageQualityConfig()), ImageQuality(jaw(scene), ONLY_CENTRING)
    assert caring.score(scene, bad)[0] < caring.score(scene, good)[0]
    assert paper.score(scene, bad)[0] == paper.score(scene, good)[0]


def test_extreme_candidates_stay_in_the_unit_interval(scene: Scene) -> None:
    wild = candidates(scene, [(0.0, 0.0)], friction=math.inf, width=math.inf, tip_height=1.0)
    heaviest = dataclasses.replace(ImageQualityConfig(), friction_weight=1.0, width_weight=1.0)
    assert 0.0 <= ImageQuality(jaw(scene), heaviest).score(scene, wild)[0] <= 1.0
