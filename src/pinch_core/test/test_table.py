# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from pinch_core.depth_frame import DepthFrame
from pinch_core.errors import NoTableError
from pinch_core.geometry.camera import CameraIntrinsics
from pinch_core.geometry.transform import Transform
from pinch_core.perception.config import TableFitConfig
from pinch_core.perception.table import Plane, fit_table
from pinch_core.synthetic_scene import BoxSolid, camera_above, render_depth

CONFIG = TableFitConfig()


def errors(plane: Plane, T_table_cam: Transform) -> tuple[float, float]:
    """(angle [rad] of the normal, offset [m]) against the truth."""
    normal = T_table_cam.inverse().rotate([0.0, 0.0, 1.0])
    return math.acos(min(1.0, float(plane.normal @ normal))), abs(plane.offset - T_table_cam.translation[2])


@pytest.mark.parametrize("tilt_deg", [0, 13, 30])
@pytest.mark.parametrize("seed", range(4))
def test_a_noisy_tilted_table_is_found_among_arms_and_holes(
    small_camera: CameraIntrinsics, tilt_deg: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    T_table_cam = camera_above(0.75, math.radians(tilt_deg), azimuth=rng.uniform(0, 6))
    clutter = (
        BoxSolid.standing(0.05, 0.0, 0.5, (0.10, 0.06, 0.05)),
        BoxSolid.standing(-0.25, 0.15, 0.1, (0.30, 0.12, 0.15)),
        BoxSolid.standing(-0.25, -0.20, 0.1, (0.30, 0.12, 0.15)),
    )
    frame = render_depth(clutter, T_table_cam, small_camera, rng, noise=0.002, dropout=0.2)
    angle, offset = errors(fit_table(frame, CONFIG, rng), T_table_cam)
    assert math.degrees(angle) < 0.3
    assert offset < 0.0015


def test_the_table_wins_over_a_larger_lid_because_nothing_is_behind_it(
    small_camera: CameraIntrinsics,
) -> None:
    T_table_cam = camera_above(0.75, 0.2)
    lid = BoxSolid.standing(0.0, 0.02, 0.0, (0.48, 0.66, 0.06))
    frame = render_depth((lid,), T_table_cam, small_camera, np.random.default_rng(0), noise=0.001)
    on_lid = frame.depth < render_depth((), T_table_cam, small_camera).depth - 0.02
    assert on_lid.mean() > 0.52
    angle, offset = errors(fit_table(frame, CONFIG, np.random.default_rng(1)), T_table_cam)
    assert (math.degrees(angle) < 0.5, offset < 0.002) == (True, True)


def test_the_same_seed_fits_the_same_plane(small_camera: CameraIntrinsics) -> None:
    frame = render_depth((), camera_above(0.7, 0.2), small_camera, np.random.default_rng(0), noise=0.002)
    one, two = (fit_table(frame, CONFIG, np.random.default_rng(3)) for _ in range(2))
    assert np.array_equal(one.normal, two.normal)
    assert one.offset == two.offset


@pytest.mark.parametrize("scene", ["rough", "wall"])
def test_no_table_is_an_error_with_numbers_and_remedy(small_camera: CameraIntrinsics, scene: str) -> None:
    rng = np.random.default_rng(0)
    if scene == "rough":
        depth = rng.uniform(0.4, 1.5, (240, 320))
        frame = DepthFrame.from_array(depth, small_camera, source="rough.npy")
    else:
        frame = render_depth((), camera_above(0.3, 1.1), small_camera, rng, noise=0.001)
    remedy = {"rough": "show more of the table", "wall": "a plane tilted by 63 degrees covers 100%"}[scene]
    with pytest.raises(NoTableError, match=rf"shows no table: .*%.*46 degrees; {remedy}"):
        fit_table(frame, CONFIG, rng)


def test_few_valid_pixels_are_enough(small_camera: CameraIntrinsics) -> None:
    T_table_cam = camera_above(0.7, 0.1)
    frame = render_depth((), T_table_cam, small_camera, np.random.default_rng(0), noise=0.0005, dropout=0.995)
    angle, offset = errors(fit_table(frame, CONFIG, np.random.default_rng(0)), T_table_cam)
    assert (math.degrees(angle) < 0.5, offset < 0.002) == (True, True)


def test_table_frame_has_its_plane_at_zero_and_the_camera_above_its_origin() -> None:
    plane = Plane.from_point_and_normal((0.1, 0.0, 0.8), (0.1, -0.2, -1.0))
    T_table_cam = plane.T_cam_table.inverse()
    assert T_table_cam.translation == pytest.approx([0.0, 0.0, plane.offset], abs=1e-12)
    points = np.random.default_rng(0).normal(size=(20, 3))
    assert np.allclose((T_table_cam @ points)[:, 2], plane.height(points))


def test_a_plane_from_a_surface_pose_lies_in_its_xy_plane() -> None:
    T_cam_base = camera_above(0.8, 0.3, azimuth=1.0).inverse()
    plane = Plane.from_surface_pose(T_cam_base)
    assert np.allclose(plane.height(T_cam_base @ [[0.2, 0.1, 0.0], [-0.3, 0.4, 0.05]]), [0.0, 0.05])
    assert plane.tilt == pytest.approx(0.3)


def test_height_image_is_the_height_of_every_point(small_camera: CameraIntrinsics) -> None:
    T_table_cam = camera_above(0.7, 0.25, azimuth=0.4)
    frame = render_depth((BoxSolid.standing(0, 0, 0, (0.1, 0.1, 0.05)),), T_table_cam, small_camera)
    plane = Plane.from_surface_pose(T_table_cam.inverse())
    assert np.allclose(plane.height_image(frame), plane.height(frame.points()), atol=1e-5)
    assert np.nanmax(plane.height_image(frame)) == pytest.approx(0.05, abs=1e-4)


def test_planes_that_do_not_face_the_camera_are_refused() -> None:
    with pytest.raises(ValueError, match="must point to the camera"):
        Plane(np.array([0.0, 0.0, 1.0]), -0.7)
    with pytest.raises(ValueError, match="unit normal"):
        Plane(np.array([0.0, 0.0, -2.0]), 0.7)


def test_thresholds_are_settings(small_camera: CameraIntrinsics) -> None:
    frame = render_depth((), camera_above(0.7, 0.5), small_camera)
    strict = dataclasses.replace(CONFIG, max_tilt=0.3)
    with pytest.raises(NoTableError):
        fit_table(frame, strict, np.random.default_rng(0))
