# SPDX-License-Identifier: Apache-2.0
"""The rendered depth against MuJoCo's ray caster, which shares no code with OpenGL, and against geometry."""

from __future__ import annotations

import mujoco
import numpy as np
import pytest

from pinch_core.geometry.transform import Transform
from pinch_sim.cell import Cell
from pinch_sim.cell_config import CellConfig
from pinch_sim.depth_camera import DepthCameraConfig
from pinch_sim.sensor import CellCamera

CENTRED = DepthCameraConfig()
# A principal point far from the centre and unequal focal lengths show every sign and half-pixel error.
SKEWED = DepthCameraConfig(cx=251.25, cy=283.75, fx=540.0, fy=500.0, tilt=-0.1, target_x=0.52, target_y=0.03)


@pytest.fixture(params=[CENTRED, SKEWED], ids=["centred", "skewed"])
def view(request):
    cell = Cell(CellConfig(camera=request.param))
    for name, x, y in (("mug", 0.45, -0.08), ("box", 0.55, 0.05), ("banana", 0.45, 0.10)):
        cell.spawn(name, T_base_object=Transform.from_rpy((0.0, 0.0, 0.6), (x, y, 0.05)))
    camera = CellCamera(cell.config)
    yield cell, camera
    camera.close()


def cast_rays(cell: Cell, pixels: np.ndarray) -> np.ndarray:
    """z in the optical frame [m] along the rays through ``pixels`` (n, 2)."""
    config = cell.config.camera
    data = mujoco.MjData(cell.scene.model)
    data.qpos[:] = cell.snapshot().qpos
    mujoco.mj_forward(cell.scene.model, data)
    origin, geom = config.T_base_cam.translation, np.zeros(1, np.int32)
    rays = config.T_base_cam.rotate(config.intrinsics.rays(pixels))
    # Rays have z = 1 in the optical frame, so the ray's parameter is the depth.
    return np.array(
        [mujoco.mj_ray(cell.scene.model, data, origin, ray, None, True, -1, geom) for ray in rays]
    )


def test_rendered_depth_agrees_with_ray_casting(view):
    cell, camera = view
    depth = camera.ideal_depth(cell.snapshot())
    rng = np.random.default_rng(0)
    pixels = np.stack([rng.integers(0, 640, 4000), rng.integers(0, 480, 4000)], axis=-1)
    rendered = depth[pixels[:, 1], pixels[:, 0]]
    expected = cast_rays(cell, pixels)
    error = np.abs(rendered - expected)
    assert np.median(error) < 2e-5
    # A handful of rays pass an outline within a hundredth of a pixel, where either answer is right.
    assert np.mean(error < 1e-3) > 0.998


def test_half_a_pixel_of_shift_would_be_seen(view):
    cell, camera = view
    depth = camera.ideal_depth(cell.snapshot())
    rows, columns = np.nonzero(np.abs(np.diff(depth, axis=1)) > 0.01)
    pixels = np.stack([columns, rows], axis=-1)[:: max(1, len(rows) // 400)]
    exact = np.abs(depth[pixels[:, 1], pixels[:, 0]] - cast_rays(cell, pixels)) < 1e-3
    shifted = (
        np.abs(depth[pixels[:, 1], pixels[:, 0]] - cast_rays(cell, pixels + np.array([0.5, 0.0]))) < 1e-3
    )
    assert exact.mean() > 0.97
    assert shifted.mean() < 0.8


def test_table_points_lie_at_height_zero(view):
    cell, camera = view
    config = cell.config.camera
    depth = camera.ideal_depth(cell.snapshot())
    rows, columns = np.mgrid[20:460:40, 20:620:40]
    pixels = np.stack([columns, rows], axis=-1)
    points = config.T_base_cam @ config.intrinsics.deproject(pixels, depth[rows, columns])
    on_table = np.abs(points[..., 2]) < 0.004
    assert on_table.mean() > 0.6
    assert np.abs(points[..., 2][on_table]).max() < 1e-4


def test_the_arm_at_home_leaves_the_work_area_in_view():
    cell = Cell(CellConfig())
    config = cell.config.camera
    camera = CellCamera(cell.config)
    depth = camera.ideal_depth(cell.snapshot())
    camera.close()
    x, y = np.meshgrid(np.linspace(0.38, 0.62, 25), np.linspace(-0.12, 0.12, 25))
    points = np.stack([x, y, np.zeros_like(x)], axis=-1)
    in_camera = config.T_base_cam.inverse() @ points
    pixels = np.rint(config.intrinsics.project(in_camera)).astype(int)
    assert pixels.min() >= 0
    assert (pixels[..., 0] < config.width).all()
    assert (pixels[..., 1] < config.height).all()
    seen = depth[pixels[..., 1], pixels[..., 0]]
    np.testing.assert_allclose(seen, in_camera[..., 2], atol=1.5e-3)


def test_depth_outside_the_range_is_no_return():
    cell = Cell(CellConfig(camera=DepthCameraConfig(near=0.70, far=0.72)))
    camera = CellCamera(cell.config)
    depth = camera.ideal_depth(cell.snapshot())
    camera.close()
    assert np.isnan(depth).any()
    assert np.nanmin(depth) >= 0.70
    assert np.nanmax(depth) <= 0.72


def test_camera_looks_at_the_table_point_it_is_told_to():
    config = DepthCameraConfig(tilt=0.3, target_x=0.45, target_y=-0.1)
    target = config.T_base_cam.inverse() @ (0.45, -0.1, 0.0)
    np.testing.assert_allclose(target[:2], 0.0, atol=1e-12)
    np.testing.assert_allclose(config.T_base_cam.translation[2], config.distance)
