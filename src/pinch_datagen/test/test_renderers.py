# SPDX-License-Identifier: Apache-2.0
"""Both renderers give the depth of the same scene, and of the analytic one."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from solids import ball, box, cylinder, standing

from pinch_core.geometry.camera import CameraIntrinsics
from pinch_core.geometry.transform import Transform
from pinch_core.synthetic_scene import BoxSolid, camera_above, render_depth
from pinch_datagen.rendering.raster_renderer import RasterRenderer
from pinch_datagen.rendering.ray_renderer import RayRenderer
from pinch_datagen.rendering.renderers import scene_surface

CAMERA = CameraIntrinsics(240, 200, 525.0, 520.0, 118.3, 101.7)
VIEWS = [camera_above(0.7, 0.3, 1.0, 0.4), camera_above(0.6, 0.0), camera_above(0.8, 0.6, -2.0)]


@pytest.mark.parametrize("T_table_cam", VIEWS)
def test_ray_casting_and_rasterisation_agree_within_a_millimetre_off_silhouettes(
    T_table_cam: Transform,
) -> None:
    scene = [
        standing(box(0.03, 0.05, 0.06)),
        standing(ball(0.02), 0.06, 0.01),
        standing(cylinder(0.015, 0.09), -0.05, 0),
    ]
    surface = scene_surface(scene)
    raster = RasterRenderer(surface)
    one = RayRenderer(surface).render(T_table_cam, CAMERA)
    two = raster.render(T_table_cam, CAMERA)
    raster.close()
    edges = cv2.dilate(one, np.ones((3, 3))) - cv2.erode(one, np.ones((3, 3))) > 0.005
    assert edges.mean() < 0.2
    assert np.abs(one - two)[~edges].max() < 1e-3
    assert np.abs(one - two)[~edges].mean() < 1e-4


@pytest.mark.parametrize("T_table_cam", VIEWS)
def test_a_box_is_rendered_where_the_analytic_one_is(T_table_cam: Transform) -> None:
    model = box(0.03, 0.05, 0.06)
    depth = RayRenderer(scene_surface([standing(model)])).render(T_table_cam, CAMERA)
    truth = render_depth((BoxSolid.standing(0, 0, 0, (0.03, 0.05, 0.06)),), T_table_cam, CAMERA).depth
    # A ray along an edge may take either side.
    assert (np.abs(depth - truth) > 1e-5).mean() < 2e-3


def test_part_of_an_image_is_the_same_part_of_the_whole() -> None:
    renderer = RayRenderer(scene_surface([standing(cylinder(0.02, 0.05))]))
    whole = renderer.render(VIEWS[0], CAMERA)
    part = renderer.render(VIEWS[0], CAMERA.cropped(60, 40, 100, 90))
    np.testing.assert_allclose(part, whole[40:130, 60:160], atol=1e-6)


def test_a_surface_out_of_sight_leaves_the_table() -> None:
    renderer = RayRenderer(scene_surface([standing(box(0.02, 0.02, 0.02), 3.0, 0.0)]))
    empty = RayRenderer(scene_surface([standing(box(0.02, 0.02, 0.02), 50.0, 0.0)]))
    np.testing.assert_array_equal(renderer.render(VIEWS[1], CAMERA), empty.render(VIEWS[1], CAMERA))


def test_rays_above_the_horizon_have_no_depth() -> None:
    T_table_cam = Transform.look_at((1.0, 0, 0.3), (0.0, 0, 0.3), (0.0, 0, 1.0))
    depth = RayRenderer(scene_surface([standing(box(0.02, 0.02, 0.02))])).render(T_table_cam, CAMERA)
    assert np.isinf(depth[:90]).all() and np.isfinite(depth[110:]).all()
