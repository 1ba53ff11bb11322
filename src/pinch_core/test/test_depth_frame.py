# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from pinch_core.depth_frame import DepthFrame
from pinch_core.errors import IntrinsicsError, InvalidDepthError
from pinch_core.geometry.camera import CameraIntrinsics, DistortionModel
from pinch_core.synthetic_scene import BoxSolid, camera_above, render_depth

CAMERA = CameraIntrinsics(8, 6, 10.0, 10.0, 3.5, 2.5)
DISTORTED = CameraIntrinsics(
    320, 240, 260.0, 260.0, 160.0, 120.0, DistortionModel.PLUMB_BOB, (-0.2, 0.05, 0.001, 0.0, 0.0)
)


def test_millimetres_and_metres_of_the_same_scene_are_the_same_frame() -> None:
    metres = np.full((6, 8), 0.733, dtype=np.float32)
    millimetres = np.full((6, 8), 733, dtype=np.uint16)
    one, two = DepthFrame.from_array(metres, CAMERA), DepthFrame.from_array(millimetres, CAMERA)
    assert np.allclose(one.depth, two.depth, atol=1e-6)


@pytest.mark.parametrize("hole", [0.0, -1.0, np.nan, np.inf])
def test_every_way_to_say_no_return_becomes_nan(hole: float) -> None:
    depth = np.full((6, 8), 0.7)
    depth[2, 3] = hole
    frame = DepthFrame.from_array(depth, CAMERA)
    assert np.isnan(frame.depth[2, 3])
    assert frame.hole_ratio == pytest.approx(1 / 48)
    assert frame.valid.sum() == 47


@pytest.mark.parametrize(
    ("array", "error", "message"),
    [
        (np.zeros((6, 8, 3), np.float32), InvalidDepthError, r"shape \(6, 8, 3\)"),
        (np.zeros((0, 8), np.float32), InvalidDepthError, r"shape \(0, 8\)"),
        (np.full((6, 8), 700, np.int32), InvalidDepthError, "dtype int32"),
        (np.full((6, 8), np.nan), InvalidDepthError, "no valid pixel"),
        (
            np.full((6, 8), 700.0),
            InvalidDepthError,
            "median depth of 700 m when read as floating-point metres",
        ),
        (np.full((6, 8), 1, np.uint16), InvalidDepthError, "0.001 m when read as 16-bit millimetres"),
        (np.full((8, 6), 0.7), IntrinsicsError, "6 x 8 but its intrinsics are for 8 x 6"),
    ],
)
def test_unusable_depth_is_refused_with_its_value(
    array: np.ndarray, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message) as raised:
        DepthFrame.from_array(array, CAMERA, source="frame.npy")
    assert "frame.npy" in str(raised.value)


def test_a_trailing_channel_is_accepted_and_the_input_is_left_alone() -> None:
    depth = np.full((6, 8, 1), 0.7, np.float32)
    depth[0, 0] = 0.0
    frame = DepthFrame.from_array(depth, CAMERA)
    assert frame.depth.shape == (6, 8)
    assert depth[0, 0] == 0.0
    with pytest.raises(ValueError, match="read-only"):
        frame.depth[1, 1] = 1.0


def test_points_agree_with_deprojection_pixel_by_pixel() -> None:
    for camera in (CAMERA, dataclasses.replace(DISTORTED, width=8, height=6)):
        depth = np.linspace(0.5, 0.9, 48).reshape(6, 8)
        points = DepthFrame.from_array(depth, camera).points()
        assert points[4, 5] == pytest.approx(camera.deproject([5.0, 4.0], depth[4, 5]), abs=1e-6)


def test_rectifying_a_distorted_image_gives_what_the_undistorted_camera_sees() -> None:
    box, T_table_cam = BoxSolid.standing(0.02, 0.01, 0.4, (0.1, 0.05, 0.05)), camera_above(0.7, 0.2)
    distorted = render_depth((box,), T_table_cam, DISTORTED).rectified()
    straight = render_depth((box,), T_table_cam, DISTORTED.rectified())
    assert distorted.intrinsics == straight.intrinsics
    both = distorted.valid & straight.valid
    assert both.mean() > 0.8
    # Nearest neighbour: right to within a pixel, so all but the box's outline agrees closely.
    assert np.mean(np.abs(distorted.depth[both] - straight.depth[both]) < 0.003) > 0.98


def test_masks_move_with_the_pixels_when_rectified() -> None:
    frame = render_depth((), camera_above(0.7, 0.0), DISTORTED)
    mask = np.zeros((240, 320), dtype=bool)
    mask[59:64, 68:73] = True
    seen = np.argwhere(frame.rectified_mask(mask))
    expected = DISTORTED.rectified().project(DISTORTED.rays([70.0, 61.0]))
    assert np.abs(seen.mean(0)[::-1] - expected).max() < 1.5
    assert frame.rectified_mask(None) is None
