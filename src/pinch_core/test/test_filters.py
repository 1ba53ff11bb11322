# SPDX-License-Identifier: Apache-2.0
"""Fault injection: each forbidden thing is put into an otherwise good grasp and must be rejected by its own
filter.
"""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from pinch_core.depth_frame import DepthFrame
from pinch_core.errors import ConfigError
from pinch_core.geometry.camera import CameraIntrinsics
from pinch_core.parallel_jaw.antipodal_pairs import ContactPairs
from pinch_core.parallel_jaw.candidates import JawCandidates
from pinch_core.parallel_jaw.config import GraspDepthConfig, ParallelJawConfig
from pinch_core.parallel_jaw.contacts import Contacts
from pinch_core.parallel_jaw.depths import grasps_at, grasps_at_all_depths
from pinch_core.parallel_jaw.filters import jaw_filters, key_pixels
from pinch_core.parallel_jaw.gripper import ParallelJawGripper, as_parallel_jaw
from pinch_core.parallel_jaw.jaw_axes import JawAxes
from pinch_core.parallel_jaw.testing import at_places, with_tips_at
from pinch_core.perception.config import SegmentationConfig, WorkspaceConfig
from pinch_core.perception.table import Plane
from pinch_core.planning.scene import Scene
from pinch_core.synthetic_scene import BoxSolid, Solid, camera_above, render_depth

T_WORLD_CAM = camera_above(0.75, 0.2)
BOX = BoxSolid.standing(0.0, 0.0, 0.0, (0.10, 0.04, 0.04))
DEPTHS = GraspDepthConfig()
NAMES = ["approach_tilt", "jaw_width", "table_clearance", "workspace", "image_border"]
NAMES += ["no_return", "off_object", "finger_collision", "one_object", "hidden"]


def look(
    camera: CameraIntrinsics, gripper: ParallelJawGripper, *others: Solid, holes: np.ndarray | None = None
) -> Scene:
    frame = render_depth((BOX, *others), T_WORLD_CAM, camera)
    if holes is not None:
        frame = DepthFrame.from_array(np.where(holes, np.nan, frame.depth), camera)
    table = Plane.from_surface_pose(T_WORLD_CAM.inverse())
    return Scene.look(frame, gripper, table, SegmentationConfig(), T_base_cam=T_WORLD_CAM)


def as_jaw(scene: Scene) -> ParallelJawGripper:
    return as_parallel_jaw(scene.gripper, "this test")


def across_the_box(scene: Scene) -> JawCandidates:
    """The grasp at the middle of the box, across it, at every depth."""
    T_table_world = scene.table.T_cam_table.inverse() @ T_WORLD_CAM.inverse()
    ends = (T_table_world @ [[0.0, -0.02, 0.04], [0.0, 0.02, 0.04]])[:, :2]
    inward = (ends[1] - ends[0]) / np.linalg.norm(ends[1] - ends[0])
    contacts = Contacts(ends, np.stack([inward, -inward]), np.full(2, 0.04), np.ones(2, np.int32))
    pairs = ContactPairs(np.array([0]), np.array([1]), np.array([0.0]))
    return grasps_at_all_depths(scene, as_jaw(scene), JawAxes.through(contacts, pairs), DEPTHS)


def verdicts(
    scene: Scene, grasps: JawCandidates, workspace: WorkspaceConfig | None = None
) -> dict[str, bool]:
    """Filter name -> whether it keeps every candidate."""
    filters = jaw_filters(as_jaw(scene), ParallelJawConfig(), workspace or WorkspaceConfig())
    return {f.name: bool(f.keep(scene, grasps).all()) for f in filters}


def only(failing: str) -> dict[str, bool]:
    return {name: name != failing for name in NAMES}


def test_a_free_box_is_grasped_at_every_depth(camera: CameraIntrinsics, gripper: ParallelJawGripper) -> None:
    scene = look(camera, gripper)
    grasps = across_the_box(scene)
    assert grasps.tip_height == pytest.approx([0.03, 0.02, 0.01, 0.003])
    assert verdicts(scene, grasps) == dict.fromkeys(NAMES, True)


def test_what_is_wider_than_the_jaws_is_rejected(
    camera: CameraIntrinsics, gripper: ParallelJawGripper
) -> None:
    narrow = dataclasses.replace(gripper, max_opening=0.043)
    scene = look(camera, narrow)
    assert not verdicts(scene, across_the_box(scene))["jaw_width"]


def test_fingertips_below_the_clearance_are_rejected(
    camera: CameraIntrinsics, gripper: ParallelJawGripper
) -> None:
    scene = look(camera, gripper)
    grasps = across_the_box(scene)
    low = with_tips_at(grasps, np.full(len(grasps), 0.002))
    assert verdicts(scene, low) == only("table_clearance")


def test_fingertips_that_do_not_reach_below_the_contacts_are_rejected(
    camera: CameraIntrinsics, gripper: ParallelJawGripper
) -> None:
    scene = look(camera, gripper)
    grasps = across_the_box(scene)
    high = with_tips_at(grasps, np.full(len(grasps), 0.038))
    assert verdicts(scene, high) == only("table_clearance")


@pytest.mark.parametrize("side", [-1, 1])
def test_a_neighbour_under_either_finger_is_a_collision(
    camera: CameraIntrinsics, gripper: ParallelJawGripper, side: int
) -> None:
    # Its face is 10 mm from the box: a finger of 15.5 mm does not fit between.
    neighbour = BoxSolid.standing(0.0, side * 0.045, 0.0, (0.03, 0.03, 0.038))
    scene = look(camera, gripper, neighbour)
    found = verdicts(scene, across_the_box(scene).select(np.array([1, 2, 3])))
    # The far side of one of the two boxes is out of sight.
    assert {name for name, kept in found.items() if not kept} - {"hidden"} == {"finger_collision"}


def test_a_gap_that_just_takes_the_finger_narrows_the_opening(
    camera: CameraIntrinsics, gripper: ParallelJawGripper
) -> None:
    neighbour = BoxSolid.standing(0.0, 0.062, 0.0, (0.03, 0.04, 0.038))  # 22 mm from the box
    free, tight = look(camera, gripper), look(camera, gripper, neighbour)
    wide, narrow = across_the_box(free).opening[1], across_the_box(tight).opening[1]
    assert wide == pytest.approx(0.052, abs=0.003)
    assert 0.04 < narrow < wide - 0.002
    assert verdicts(tight, across_the_box(tight).select(np.array([1])))["finger_collision"]


def test_a_wall_under_the_palm_is_a_collision(camera: CameraIntrinsics, gripper: ParallelJawGripper) -> None:
    # Beside the fingers, but the palm is 205 mm wide and comes down to 47 mm above the fingertips.
    wall = BoxSolid.standing(0.0, 0.085, 0.0, (0.03, 0.02, 0.10))
    scene = look(camera, gripper, wall)
    assert verdicts(scene, across_the_box(scene)) == only("finger_collision")
    # The deepest tip is at 3 mm, its palm at 50 mm; it keeps 4 mm clear, less 1 mm of tolerance.
    for height, is_clear in ((0.0485, False), (0.045, True)):
        almost = BoxSolid.standing(0.0, 0.085, 0.0, (0.03, 0.02, height))
        scene = look(camera, gripper, almost)
        assert verdicts(scene, across_the_box(scene))["finger_collision"] is is_clear
    low_wall = BoxSolid.standing(0.0, 0.085, 0.0, (0.03, 0.02, 0.045))
    scene = look(camera, gripper, low_wall)
    assert verdicts(scene, across_the_box(scene)) == dict.fromkeys(NAMES, True)


def test_a_tool_centre_beside_the_mask_is_rejected(
    camera: CameraIntrinsics, gripper: ParallelJawGripper
) -> None:
    scene = look(camera, gripper)
    grasps = across_the_box(scene)
    (column, row), *_ = np.rint(key_pixels(scene, grasps.select(np.array([2])))[0]).astype(int)
    labels = scene.labels.copy()
    labels[row - 6 : row + 7, column - 6 : column + 7] = 0
    assert verdicts(dataclasses.replace(scene, labels=labels), grasps) == only("off_object")


def test_outside_the_image_there_is_no_object(camera: CameraIntrinsics, gripper: ParallelJawGripper) -> None:
    scene = look(camera, gripper)
    everywhere = dataclasses.replace(scene, labels=np.ones_like(scene.labels))
    pixels = np.array([[0.0, 0.0], [639.4, 479.4], [-0.6, 10.0], [10.0, 479.6], [640.0, 10.0]])
    assert everywhere.labels_at_pixels(pixels).tolist() == [1, 1, 0, 0, 0]


@pytest.mark.parametrize("spot", [0, 1, 2])
def test_centre_or_pad_on_a_pixel_without_return_is_rejected(
    camera: CameraIntrinsics, gripper: ParallelJawGripper, spot: int
) -> None:
    scene = look(camera, gripper)
    grasps = across_the_box(scene).select(np.array([2]))
    column, row = np.rint(key_pixels(scene, grasps)[0, spot]).astype(int)
    holes = np.zeros((480, 640), bool)
    holes[row, column] = True
    holed = dataclasses.replace(
        scene, frame=DepthFrame.from_array(np.where(holes, 0, scene.frame.depth), camera)
    )
    assert verdicts(holed, grasps) == only("no_return")


def test_a_finger_that_comes_down_into_the_unseen_is_rejected(
    camera: CameraIntrinsics, gripper: ParallelJawGripper
) -> None:
    scene = look(camera, gripper)
    grasps = across_the_box(scene).select(np.array([2]))
    rows, columns = np.indices((480, 640))
    pad = scene.frame.intrinsics.project(T_WORLD_CAM.inverse() @ [0.0, 0.033, 0.01])
    holes = np.hypot(columns - pad[0], rows - pad[1]) < 9
    at = np.rint(key_pixels(scene, grasps)).astype(int)
    holes[at[..., 1], at[..., 0]] = False
    holed = dataclasses.replace(
        scene, frame=DepthFrame.from_array(np.where(holes, 0, scene.frame.depth), camera)
    )
    assert verdicts(holed, grasps) == only("no_return")


def test_fingertips_in_the_shadow_of_the_object_are_rejected(
    camera: CameraIntrinsics, gripper: ParallelJawGripper
) -> None:
    tall = BoxSolid.standing(0.0, 0.0, 0.0, (0.10, 0.04, 0.10))
    gripper = dataclasses.replace(gripper, finger=dataclasses.replace(gripper.finger, length=0.12))
    for polar, azimuth, is_seen in ((0.0, 0.0, True), (0.5, math.pi / 2, False), (0.5, 0.0, True)):
        T_world_cam = camera_above(0.75, polar, azimuth=azimuth)
        frame = render_depth((tall,), T_world_cam, camera)
        table = Plane.from_surface_pose(T_world_cam.inverse())
        scene = Scene.look(frame, gripper, table, SegmentationConfig(), T_base_cam=T_world_cam)
        T_table_world = scene.table.T_cam_table.inverse() @ T_world_cam.inverse()
        ends = (T_table_world @ [[0.0, -0.02, 0.1], [0.0, 0.02, 0.1]])[:, :2]
        axes = JawAxes.anywhere(ends.mean(0)[None], (ends[1] - ends[0])[None] / 0.04, np.ones(1, np.int32))
        deep, shallow = (
            verdicts(scene, grasps_at(scene, as_jaw(scene), axes, np.array([height]), DEPTHS))["hidden"]
            for height in (0.01, 0.085)
        )
        # Seen along the box, both its sides are in view; across it, the far one is in its shadow, but
        # near its top the shadow has hardly begun.
        assert (deep, shallow) == (is_seen, True), (polar, azimuth)


def test_a_grasp_outside_the_workspace_is_rejected(
    camera: CameraIntrinsics, gripper: ParallelJawGripper
) -> None:
    scene = look(camera, gripper)
    grasps = across_the_box(scene)
    elsewhere = WorkspaceConfig(enabled=True, lower=(0.1, 0.1, -0.1), upper=(0.5, 0.5, 0.5))
    here = WorkspaceConfig(enabled=True, lower=(-0.1, -0.1, -0.1), upper=(0.1, 0.1, 0.5))
    assert verdicts(scene, grasps, elsewhere) == only("workspace")
    assert verdicts(scene, grasps, here)["workspace"]


def test_a_pad_beyond_the_image_border_is_rejected(
    camera: CameraIntrinsics, gripper: ParallelJawGripper
) -> None:
    scene = look(camera, gripper)
    grasps = across_the_box(scene).select(np.array([1]))
    T_table_world = scene.table.T_cam_table.inverse() @ T_WORLD_CAM.inverse()
    for column in (2.0, 637.0):
        at_border = T_WORLD_CAM @ camera.deproject([column, 240.0], 0.72)
        moved = at_places(grasps, (T_table_world @ at_border)[None, :2])
        assert not verdicts(scene, moved)["image_border"]


def test_a_table_seen_too_obliquely_is_not_approached(
    camera: CameraIntrinsics, gripper: ParallelJawGripper
) -> None:
    scene = look(camera, gripper)
    normal = np.array([0.0, -math.sin(0.9), -math.cos(0.9)])
    oblique = dataclasses.replace(scene, table=Plane(normal, 0.5))
    assert not verdicts(oblique, across_the_box(scene))["approach_tilt"]


def test_a_workspace_with_swapped_corners_is_refused() -> None:
    with pytest.raises(ConfigError, match="swap them"):
        WorkspaceConfig(lower=(0.0, 0.0, 0.0), upper=(1.0, -1.0, 1.0))
