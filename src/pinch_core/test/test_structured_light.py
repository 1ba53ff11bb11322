# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pinch_core.depth_noise.structured_light import StructuredLightNoise
from pinch_core.geometry.camera import CameraIntrinsics

INTRINSICS = CameraIntrinsics(640, 480, 525.0, 525.0, 319.5, 239.5)
SILENT = StructuredLightNoise(
    disparity_sigma=0.0, disparity_step=0.0, lateral_sigma=0.0, edge_dropout=0.0, shadow=False,
    grazing_angle=1.5708, speckle_dropout=0.0,
)  # fmt: skip


def flat(z: float) -> np.ndarray:
    return np.full((480, 640), z, np.float32)


def with_box() -> np.ndarray:
    depth = flat(0.7)
    depth[200:280, 300:360] = 0.6
    return depth


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def test_all_effects_off_leave_depth_alone():
    np.testing.assert_allclose(SILENT.apply(with_box(), INTRINSICS, rng()), with_box(), rtol=1e-6)


def test_the_same_generator_gives_the_same_bits_and_another_gives_others():
    a, b = (StructuredLightNoise().apply(with_box(), INTRINSICS, rng()) for _ in range(2))
    assert a.tobytes() == b.tobytes()
    c = StructuredLightNoise().apply(with_box(), INTRINSICS, np.random.default_rng(1))
    assert c.tobytes() != a.tobytes()


@pytest.mark.parametrize("z", [0.5, 1.0, 2.0])
@pytest.mark.parametrize("reach", [0.0, 1.0, 3.0])
def test_error_grows_with_the_square_of_the_distance(z, reach):
    config = replace(SILENT, disparity_sigma=0.1, correlation_px=reach)
    noisy = config.apply(flat(z), INTRINSICS, rng())
    expected = 0.1 * z * z / (525.0 * config.baseline)
    assert np.std(noisy - z) == pytest.approx(expected, rel=0.1)
    assert np.mean(noisy - z) == pytest.approx(0.0, abs=expected * 0.1)


def test_depth_comes_in_steps_of_disparity():
    ramp = np.tile(np.linspace(0.6, 0.8, 640, dtype=np.float32), (480, 1))
    config = replace(SILENT, disparity_step=0.125)
    noisy = config.apply(ramp, INTRINSICS, rng())
    disparity = 525.0 * config.baseline / noisy / 0.125
    np.testing.assert_allclose(disparity, np.rint(disparity), atol=1e-3)
    assert np.abs(noisy - ramp).max() < 0.5 * 0.125 * 0.8**2 / (525.0 * config.baseline) * 1.05


def test_edges_lose_the_set_share_of_their_pixels_and_nothing_else():
    noisy = replace(SILENT, edge_dropout=0.5).apply(with_box(), INTRINSICS, rng())
    lost = np.isnan(noisy)
    near_edge = np.zeros_like(lost)
    near_edge[199:281, 299:361] = True
    near_edge[201:279, 301:359] = False
    assert not lost[~near_edge].any()
    assert lost[near_edge].mean() == pytest.approx(0.5, abs=0.1)


def test_the_projector_casts_its_shadow_to_the_left_of_near_things():
    noisy = replace(SILENT, shadow=True).apply(with_box(), INTRINSICS, rng())
    # Disparity 525 b / z differs by 525 b (1/0.6 - 1/0.7) px between box and table.
    width = 525.0 * SILENT.baseline * (1 / 0.6 - 1 / 0.7)
    lost = np.isnan(noisy)
    assert lost[240, 280:300].sum() == pytest.approx(width, abs=1.0)
    assert not lost[:, 300:].any()
    assert not lost[:200].any()


def test_shadow_ignores_pixels_without_return():
    depth = with_box()
    depth[100:120, 500:520] = np.nan
    lost = np.isnan(replace(SILENT, shadow=True).apply(depth, INTRINSICS, rng()))
    assert not lost[100:120, :500].any()


@pytest.mark.parametrize(("slope_deg", "is_lost"), [(60.0, False), (84.0, True)])
def test_surfaces_at_a_grazing_angle_give_no_return(slope_deg, is_lost):
    # The plane z = 0.7 + tan(slope) x has z = 0.7 / (1 - tan(slope) x/z) along the ray with x/z.
    x = ((np.arange(640) - 319.5) / 525.0)[None, :].repeat(480, axis=0)
    depth = (0.7 / (1 - np.tan(np.radians(slope_deg)) * x)).astype(np.float32)
    noisy = replace(SILENT, grazing_angle=1.35, edge_jump=1.0).apply(depth, INTRINSICS, rng())
    assert np.isnan(noisy[200:280, 315:325]).all() == is_lost


def test_lateral_jitter_moves_edges_only():
    noisy = replace(SILENT, lateral_sigma=0.7).apply(with_box(), INTRINSICS, rng())
    changed = ~np.isclose(noisy, with_box(), rtol=1e-5)
    assert changed.any()
    assert not changed[210:270, 310:350].any()
    assert set(np.unique(np.round(noisy, 4))) == {np.float32(0.6), np.float32(0.7)}


def test_pixels_without_return_stay_without():
    depth = flat(0.7)
    depth[10, 10] = np.nan
    assert np.isnan(SILENT.apply(depth, INTRINSICS, rng())[10, 10])


def test_a_default_image_of_a_table_has_few_holes_and_millimetre_noise():
    noisy = StructuredLightNoise().apply(flat(0.7), INTRINSICS, rng())
    assert np.isnan(noisy).mean() < 0.002
    assert 0.0005 < np.nanstd(noisy) < 0.002
