# SPDX-License-Identifier: Apache-2.0
"""Crops are the image seen from a camera turned and shifted to the grasp."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinch_core.geometry.camera import CameraIntrinsics
from pinch_core.geometry.transform import Transform
from pinch_core.perception.crop import CROP_32, CROP_96, CropShape, crop_depth, fill_gaps
from pinch_core.synthetic_scene import BoxSolid, camera_above, render_depth

CAMERA = CameraIntrinsics(400, 400, 525.0, 525.0, 199.5, 199.5)
angles = st.floats(-np.pi, np.pi)


def ramp(height: int = 200, width: int = 220) -> np.ndarray:
    rows, columns = np.indices((height, width), dtype=np.float32)
    return np.float32(0.5) + np.float32(1e-3) * columns + np.float32(2e-3) * rows


@given(st.floats(80, 120), st.floats(80, 120), angles)
def test_the_centre_lands_on_the_middle_pixel_and_the_axis_on_the_middle_row(
    column: float, row: float, angle: float
) -> None:
    crop = crop_depth(ramp(), np.array([[column, row]]), np.array([angle]), CROP_96)[0]
    assert crop[48, 48] == pytest.approx(0.5 + 1e-3 * column + 2e-3 * row, abs=1e-4)
    along = 1e-3 * np.cos(angle) + 2e-3 * np.sin(angle)
    across = -1e-3 * np.sin(angle) + 2e-3 * np.cos(angle)
    np.testing.assert_allclose(np.diff(crop[48]), along, atol=1.5e-4)
    np.testing.assert_allclose(np.diff(crop[:, 48]), across, atol=1.5e-4)


def test_unturned_crops_are_parts_of_the_image() -> None:
    image = np.random.default_rng(0).random((200, 220)).astype(np.float32)
    crop = crop_depth(image, np.array([[100.0, 90.0]]), np.zeros(1), CROP_96)[0]
    np.testing.assert_allclose(crop, image[42:138, 52:148], atol=1e-6)


def test_small_crops_hold_the_means_of_what_large_ones_show() -> None:
    image = np.random.default_rng(0).random((200, 220)).astype(np.float32)
    crop = crop_depth(image, np.array([[100.0, 90.0]]), np.zeros(1), CROP_32)[0]
    blocks = image[90 - 49 : 90 + 47, 100 - 49 : 100 + 47].reshape(32, 3, 32, 3).mean((1, 3))
    np.testing.assert_allclose(crop, blocks, atol=1e-6)
    assert crop[16, 16] == pytest.approx(image[89:92, 99:102].mean(), abs=1e-6)


def test_outside_the_image_is_zero() -> None:
    crop = crop_depth(np.ones((50, 50), np.float32), np.array([[0.0, 0.0]]), np.zeros(1), CROP_96)[0]
    assert not crop[:47].any() and not crop[:, :47].any() and (crop[48:96, 48:96] == 1).all()


def test_a_half_turn_is_the_image_turned_about_the_middle_pixel() -> None:
    image = np.random.default_rng(0).random((200, 220)).astype(np.float32)
    one, other = crop_depth(image, np.full((2, 2), 100.0), np.array([0.3, 0.3 + np.pi]), CropShape(33))
    np.testing.assert_allclose(one, other[::-1, ::-1], atol=2e-2)


@given(angles)
def test_a_crop_is_the_image_of_a_camera_turned_about_the_viewing_ray_of_the_grasp(angle: float) -> None:
    T_table_cam = camera_above(0.7, 0.0)
    box = (BoxSolid.standing(0.0, 0.0, 0.4, (0.04, 0.08, 0.05)),)
    image = render_depth(box, T_table_cam, CAMERA).depth
    center = np.array([CAMERA.cx, CAMERA.cy])
    crop = crop_depth(image, center[None], np.array([angle]), CROP_96)[0]
    turned = T_table_cam @ Transform.from_rpy((0.0, 0.0, angle))
    small = dataclasses.replace(CAMERA, width=96, height=96, cx=48.0, cy=48.0)
    direct = render_depth(box, turned, small).depth
    differs = np.abs(crop - direct) > 1e-3
    # Silhouettes are a pixel wide in either.
    assert differs.mean() < 0.06
    edge = np.abs(direct - 0.675) < 0.02
    assert differs[~edge & (direct > 0.69)].mean() < 0.06


def test_many_crops_equal_them_one_by_one() -> None:
    rng = np.random.default_rng(0)
    image = rng.random((200, 220)).astype(np.float32)
    centers, angle = rng.uniform(50, 150, (1200, 2)), rng.uniform(-3, 3, 1200)
    many = crop_depth(image, centers, angle, CROP_32)
    for k in (0, 999, 1000, 1199):
        np.testing.assert_array_equal(
            many[k], crop_depth(image, centers[k : k + 1], angle[k : k + 1], CROP_32)[0]
        )


@given(seed=st.integers(0, 1000), share=st.floats(0.0, 1.0))
def test_gaps_are_filled_by_the_farthest_of_their_crop_and_nothing_else_changes(
    seed: int, share: float
) -> None:
    rng = np.random.default_rng(seed)
    crops = rng.uniform(0.5, 0.8, (3, 8, 8)).astype(np.float32)
    crops[rng.random(crops.shape) < share] = np.nan
    filled = fill_gaps(crops)
    for before, after in zip(crops, filled, strict=True):
        seen = ~np.isnan(before)
        np.testing.assert_array_equal(after[seen], before[seen])
        if seen.any():
            assert (after[~seen] == before[seen].max()).all()
        else:
            assert np.isnan(after).all()  # nothing is known of it, so that networks refuse it
