# SPDX-License-Identifier: Apache-2.0
"""A bin with objects, seen from above: found, corrected, refused; its walls are kept clear of."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from pinch_core.bin import Bin
from pinch_core.depth_frame import DepthFrame
from pinch_core.errors import BinNotFoundError, GripperTooLargeError, NoObjectError
from pinch_core.geometry.camera import CameraIntrinsics
from pinch_core.geometry.transform import Transform
from pinch_core.grasp_types import bind_grasp_type
from pinch_core.parallel_jaw.gripper import ParallelJawGripper
from pinch_core.perception.config import BinFitConfig, TableFitConfig
from pinch_core.perception.seen_bin import SeenBin, locate_bin
from pinch_core.planner_config import PlannerConfig
from pinch_core.planning.plan import PlanResult, SceneHints, plan_grasps
from pinch_core.synthetic_scene import BoxSolid, CylinderSolid, Solid, bin_walls, camera_above, render_depth

CONFIG = PlannerConfig()
TRAY = Bin(0.30, 0.24, 0.06, 0.006)
T_BIN_CAM = camera_above(0.75, math.radians(6), azimuth=0.7)
OBJECTS = (
    BoxSolid.standing(0.05, 0.02, 0.6, (0.06, 0.03, 0.04)),
    CylinderSolid.standing(-0.07, -0.04, 0.02, 0.05),
    BoxSolid.standing(-0.03, 0.07, 0.2, (0.05, 0.035, 0.03)),
)


def image(
    camera: CameraIntrinsics, *solids: Solid, bin_: Bin = TRAY, T_bin_cam: Transform = T_BIN_CAM
) -> DepthFrame:
    rng = np.random.default_rng(0)
    return render_depth((*bin_walls(bin_), *solids), T_bin_cam, camera, rng, noise=0.001, dropout=0.002)


def moved(x: float, y: float, z: float = 0.0, yaw: float = 0.0) -> Transform:
    """The true pose of the bin in the optical frame, and off it by so much in the bin's frame."""
    return T_BIN_CAM.inverse() @ Transform.from_rpy((0.0, 0.0, yaw), (x, y, z))


def locate(frame: DepthFrame, T_cam_bin: Transform | None, bin_: Bin = TRAY) -> SeenBin:
    return locate_bin(frame, bin_, T_cam_bin, BinFitConfig(), TableFitConfig(), np.random.default_rng(0))


def error_of(seen: SeenBin, T_true: Transform) -> tuple[float, float]:
    """Distance of the origins [m], and angle [rad], half a turn about z being the same bin."""
    between = T_true.inverse() @ seen.T_cam_bin
    cosine = min(1.0, abs(float(between.rotation[0, 0])))
    return float(np.linalg.norm(between.translation)), math.acos(cosine)


@pytest.mark.parametrize("yaw", [0.0, 0.9, 2.0])
def test_a_bin_without_a_pose_is_found_within_two_millimetres(camera: CameraIntrinsics, yaw: float) -> None:
    T_bin_cam = Transform.from_rpy((0.0, 0.0, yaw), (0.02, -0.03, 0.0)) @ T_BIN_CAM
    frame = image(camera, *OBJECTS, T_bin_cam=T_bin_cam)
    distance, angle = error_of(locate(frame, None), T_bin_cam.inverse())
    assert distance < 0.002
    assert angle < math.radians(0.7)


def test_a_pose_that_is_a_little_off_is_corrected_by_what_is_seen(camera: CameraIntrinsics) -> None:
    frame = image(camera, *OBJECTS)
    distance, angle = error_of(locate(frame, moved(0.005, -0.004, 0.004, 0.01)), T_BIN_CAM.inverse())
    assert distance < 0.0015
    assert angle < math.radians(0.4)


@pytest.mark.parametrize(
    ("off", "message"),
    [
        ((0.03, 0.0), r"wall -x of the bin .* lies (29|30|31) mm farther out"),
        ((0.0, 0.024), r"wall -y of the bin .* lies 2[345] mm farther out"),
        ((0.0, 0.0, -0.02), r"wall -x of the bin .* lies (19|20|21) mm higher"),
        ((0.15, 0.0), r"shows \d+% of the rim of wall"),
    ],
)
def test_walls_that_are_elsewhere_are_named_with_their_distance(
    camera: CameraIntrinsics, off: tuple[float, ...], message: str
) -> None:
    with pytest.raises(BinNotFoundError, match=message):
        locate(image(camera, *OBJECTS), moved(*off))


def test_a_bin_of_another_height_is_refused_with_both_heights(camera: CameraIntrinsics) -> None:
    deep = dataclasses.replace(TRAY, height=0.12)
    with pytest.raises(BinNotFoundError, match=r"highest points are (59|60|61) mm .* should be at 120 mm"):
        locate(image(camera, *OBJECTS), moved(0.0, 0.0), deep)


def test_a_table_without_a_bin_is_told(camera: CameraIntrinsics) -> None:
    frame = render_depth(OBJECTS, T_BIN_CAM, camera, np.random.default_rng(0), noise=0.001)
    with pytest.raises(BinNotFoundError, match="rim"):
        locate(frame, None)


def test_a_bin_that_is_seen_in_part_needs_two_walls_that_meet(camera: CameraIntrinsics) -> None:
    aside = Transform.from_rpy((0.0, 0.0, 0.0), (0.22, 0.22, 0.0)) @ T_BIN_CAM
    frame = image(camera, *OBJECTS, T_bin_cam=aside)
    assert error_of(locate(frame, aside.inverse()), aside.inverse())[0] < 0.0025
    far = Transform.from_rpy((0.0, 0.0, 0.0), (0.9, 0.0, 0.0)) @ T_BIN_CAM
    with pytest.raises(BinNotFoundError, match="only 0 of the four walls"):
        locate(image(camera, *OBJECTS, T_bin_cam=far), far.inverse())


def plan(frame: DepthFrame, gripper: ParallelJawGripper, **hints: object) -> PlanResult:
    grasp_type = bind_grasp_type(gripper, CONFIG)
    return plan_grasps(
        frame,
        grasp_type,
        CONFIG,
        np.random.default_rng(0),
        hints=SceneHints(bin=TRAY, **hints),  # type: ignore[arg-type]
    )


def test_labels_hold_objects_and_no_wall(camera: CameraIntrinsics, gripper: ParallelJawGripper) -> None:
    scene = plan(image(camera, *OBJECTS), gripper).scene
    assert scene.labels.max() == 3
    rows, columns = np.nonzero(scene.labels)
    points = scene.frame.intrinsics.deproject(np.stack([columns, rows], -1), scene.frame.depth[rows, columns])
    inside = np.abs((T_BIN_CAM @ points)[:, :2]) < [TRAY.length / 2, TRAY.width / 2]
    assert inside.all()


def test_an_object_at_a_wall_is_grasped_and_the_wall_is_not_met(
    camera: CameraIntrinsics, gripper: ParallelJawGripper
) -> None:
    beside = BoxSolid.standing(0.0, TRAY.width / 2 - 0.016, 0.0, (0.05, 0.03, 0.05))
    frame = image(camera, beside)
    result = plan(frame, gripper)
    assert result.grasps
    T_bin_cam = result.scene.seen_bin.T_cam_bin.inverse()  # type: ignore[union-attr]
    for grasp in result.grasps:
        for box in gripper.bodies(grasp.opening):
            corners = np.array([(x, y, 1) for x in (-1, 1) for y in (-1, 1)]) * box.half_size + box.center
            at = T_bin_cam @ (grasp.T_cam_tcp @ corners)
            below_rim = at[:, 2].min() < TRAY.height
            assert not below_rim or (np.abs(at[:, 1]) < TRAY.width / 2 + 1e-3).all()


def test_an_object_at_the_image_border_is_grasped_in_a_bin(
    camera: CameraIntrinsics, gripper: ParallelJawGripper
) -> None:
    low = BoxSolid.standing(0.05, 0.0, 0.0, (0.16, 0.035, 0.04))
    frame = image(camera, low)
    columns = np.flatnonzero(plan(frame, gripper).scene.labels.any(axis=0))
    cut = int(columns.min()) + 30 if (T_BIN_CAM.inverse() @ [0.13, 0, 0])[0] > 0 else None
    left = frame.depth[:, cut:] if cut else frame.depth[:, : int(columns.max()) - 30]
    k = frame.intrinsics.cropped(cut or 0, 0, left.shape[1], left.shape[0])
    result = plan(DepthFrame.from_array(left, k), gripper, T_cam_bin=T_BIN_CAM.inverse())
    assert result.grasps


def test_an_empty_bin_is_said_to_be_empty(camera: CameraIntrinsics, gripper: ParallelJawGripper) -> None:
    with pytest.raises(NoObjectError, match="the bin is empty"):
        plan(image(camera), gripper)


def test_a_gripper_that_does_not_fit_is_refused(
    camera: CameraIntrinsics, gripper: ParallelJawGripper
) -> None:
    deep = Bin(0.19, 0.15, 0.12, 0.006)
    low = BoxSolid.standing(0.0, 0.0, 0.4, (0.06, 0.03, 0.03))
    frame = image(camera, low, bin_=deep)
    grasp_type = bind_grasp_type(gripper, CONFIG)
    hints = SceneHints(bin=deep, T_cam_bin=T_BIN_CAM.inverse())
    with pytest.raises(GripperTooLargeError, match=r"(8[6-9]|9[01]) mm below the rim"):
        plan_grasps(frame, grasp_type, CONFIG, np.random.default_rng(0), hints=hints)
    high = BoxSolid.standing(0.0, 0.0, 0.4, (0.06, 0.03, 0.11))
    result = plan_grasps(
        image(camera, high, bin_=deep), grasp_type, CONFIG, np.random.default_rng(0), hints=hints
    )
    assert any("it reaches only" in warning for warning in result.report.warnings)
