# SPDX-License-Identifier: Apache-2.0
"""Heights under heavy noise: smoothed where the table says so, with the edges of objects kept."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from pinch_core.depth_frame import DepthFrame
from pinch_core.depth_noise.gaussian_process import GaussianProcessNoise
from pinch_core.geometry.camera import CameraIntrinsics
from pinch_core.grasp_types import bind_grasp_type
from pinch_core.parallel_jaw.gripper import ParallelJawGripper
from pinch_core.perception.config import SmoothingConfig
from pinch_core.perception.smoothing import height_noise, smooth_heights
from pinch_core.perception.table import Plane
from pinch_core.planner_config import PlannerConfig
from pinch_core.planning.plan import SceneHints, plan_grasps
from pinch_core.synthetic_scene import BoxSolid, camera_above, render_depth

T_TABLE_CAM = camera_above(0.6, math.radians(4))
TABLE = Plane.from_surface_pose(T_TABLE_CAM.inverse())
LOW = BoxSolid.standing(0.01, -0.02, 0.5, (0.08, 0.04, 0.012))
CONFIG = SmoothingConfig()


def seen(camera: CameraIntrinsics, sigma: float, seed: int = 0) -> DepthFrame:
    rng = np.random.default_rng(seed)
    frame = render_depth((LOW,), T_TABLE_CAM, camera, rng, noise=0.0002)
    if not sigma:
        return frame
    depth = GaussianProcessNoise(sigma, pixels_per_node=4.0).apply(frame.depth, camera, rng)
    return dataclasses.replace(frame, depth=depth)


@pytest.mark.parametrize("sigma", [0.001, 0.003, 0.005])
def test_the_noise_of_single_pixels_is_read_off_the_table(camera: CameraIntrinsics, sigma: float) -> None:
    assert height_noise(TABLE.height_image(seen(camera, sigma))) == pytest.approx(sigma, rel=0.25)


def test_smoothing_takes_most_of_the_noise_and_leaves_edges_and_gaps_where_they_are(
    camera: CameraIntrinsics,
) -> None:
    true = TABLE.height_image(seen(camera, 0.0))
    noisy = TABLE.height_image(seen(camera, 0.004)).copy()
    noisy[200:210, 300:310] = np.nan
    smooth = smooth_heights(noisy, height_noise(noisy), CONFIG)
    assert np.array_equal(np.isnan(smooth), np.isnan(noisy))
    table = true < 0.001
    assert np.nanstd((smooth - true)[table]) < 0.5 * np.nanstd((noisy - true)[table])
    high = np.zeros((60, 60), np.float32)
    high[:, 30:] = 0.08
    rough = high + np.random.default_rng(0).normal(0, 0.003, high.shape).astype(np.float32)
    assert np.abs(smooth_heights(rough, 0.003, CONFIG) - high).max() < 0.015


@pytest.mark.parametrize("seed", range(3))
def test_a_flat_box_under_heavy_noise_is_gripped_below_its_top(
    camera: CameraIntrinsics, gripper: ParallelJawGripper, seed: int
) -> None:
    config = PlannerConfig()
    hints, rng = SceneHints(table=TABLE), np.random.default_rng(0)
    result = plan_grasps(
        seen(camera, 0.005, seed), bind_grasp_type(gripper, config), config, rng, hints=hints
    )
    best = T_TABLE_CAM @ result.grasps[0].T_cam_tcp.translation
    assert best[2] - gripper.finger.tip_beyond_tcp < LOW.size[2] - 0.004
    assert LOW.contains(np.array([[best[0], best[1], LOW.size[2] / 2]])).all()


def test_heights_of_a_quiet_camera_stay_as_they_are(
    camera: CameraIntrinsics, gripper: ParallelJawGripper
) -> None:
    frame, config = seen(camera, 0.001), PlannerConfig()
    result = plan_grasps(
        frame,
        bind_grasp_type(gripper, config),
        config,
        np.random.default_rng(0),
        hints=SceneHints(table=TABLE),
    )
    assert np.array_equal(result.scene.heights, TABLE.height_image(frame), equal_nan=True)
