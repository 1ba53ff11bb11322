# SPDX-License-Identifier: Apache-2.0
"""Noise models have the distributions that they state."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
import pytest
from scipy import stats

from pinch_core.config import from_mapping, to_mapping
from pinch_core.depth_noise.chain import DepthNoise, NoiseChain
from pinch_core.depth_noise.gaussian_process import GaussianProcessNoise
from pinch_core.depth_noise.multiplicative import MultiplicativeNoise
from pinch_core.depth_noise.noise_config import NoiseConfig
from pinch_core.depth_noise.stereo import StereoNoise
from pinch_core.depth_noise.structured_light import StructuredLightNoise
from pinch_core.errors import ConfigError
from pinch_core.geometry.camera import CameraIntrinsics

CAMERA = CameraIntrinsics(320, 240, 525.0, 525.0, 159.5, 119.5)
ALL = [MultiplicativeNoise(), GaussianProcessNoise(), StereoNoise(), StructuredLightNoise()]
SILENT = StereoNoise(
    window=1, disparity_sigma=0.0, disparity_step=0.0, poor_texture_share=0.0, occlusion=False
)


def flat(z: float = 0.7) -> np.ndarray:
    return np.full((240, 320), z, np.float32)


def with_box() -> np.ndarray:
    depth = flat()
    depth[80:160, 130:190] = 0.6
    return depth


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.mark.parametrize("noise", ALL, ids=lambda noise: type(noise).__name__)
def test_the_same_generator_gives_the_same_bits_and_holes_stay_holes(noise: DepthNoise) -> None:
    depth = with_box()
    depth[10:14, 10:14] = np.nan
    before = depth.copy()
    one, two, other = (noise.apply(depth, CAMERA, rng(seed)) for seed in (0, 0, 1))
    assert one.dtype == np.float32 and one.shape == depth.shape
    assert one.tobytes() == two.tobytes() != other.tobytes()
    assert np.isnan(one[12:13, 12:13]).all()
    np.testing.assert_array_equal(depth, before)


def test_alpha_is_gamma_distributed_and_one_for_the_image() -> None:
    model = MultiplicativeNoise()
    alphas = []
    for seed in range(400):
        ratio = model.apply(with_box(), CAMERA, rng(seed)) / with_box()
        assert np.ptp(ratio) < 1e-6
        alphas.append(float(ratio[0, 0]))
    assert stats.kstest(alphas, stats.gamma(1000, scale=0.001).cdf).pvalue > 0.01
    assert np.mean(alphas) == pytest.approx(1.0, abs=4 * np.sqrt(0.001 / 400))
    assert np.std(alphas) == pytest.approx(np.sqrt(0.001), rel=0.15)


def test_the_gaussian_process_has_its_deviation_at_and_between_the_nodes() -> None:
    model = GaussianProcessNoise(sigma=0.005, pixels_per_node=12.0)
    noise = np.stack([model.apply(flat(), CAMERA, rng(seed)) for seed in range(150)]) - 0.7
    assert noise.std() == pytest.approx(0.005, rel=0.02)
    assert abs(noise.mean()) < 1e-4
    # Of columns 5 and 6 of 12, the middle of a node's cell, and of columns 0 and 11, between two nodes.
    for column in (5, 6, 11, 12):
        assert noise[:, :, 120 + column].std() == pytest.approx(0.005, rel=0.06)


@pytest.mark.parametrize("pixels_per_node", [4.0, 12.0, 13.5])
def test_the_gaussian_process_forgets_after_two_nodes_along_rows_and_columns(pixels_per_node: float) -> None:
    model = GaussianProcessNoise(pixels_per_node=pixels_per_node)
    noise = np.stack([model.apply(flat(), CAMERA, rng(seed)) for seed in range(60)]) - 0.7

    def correlation(nodes: float, axis: int) -> float:
        moved = np.moveaxis(noise, axis, 0)
        distance = round(nodes * pixels_per_node)
        return float(np.mean(moved[:-distance] * moved[distance:]) / np.mean(noise**2))

    for axis in (1, 2):
        # A squared exponential with a bandwidth of 2.1 px of the crop, a node every 4 px.
        for nodes in (0.25, 0.5):
            assert correlation(nodes, axis) == pytest.approx(np.exp(-0.5 * (4 * nodes / 2.1) ** 2), abs=0.08)
        assert abs(correlation(2, axis)) < 0.15 and abs(correlation(5, axis)) < 0.05


def test_the_gaussian_process_is_the_papers_enlargement_but_for_its_deviation() -> None:
    model = GaussianProcessNoise(sigma=0.1, pixels_per_node=4.0)
    drawn = model.apply(np.zeros((32, 32), np.float32), CAMERA, rng())
    plain = cv2.resize(
        rng().standard_normal((8, 8), dtype=np.float32), (32, 32), interpolation=cv2.INTER_CUBIC
    )
    assert np.corrcoef(drawn.ravel(), plain.ravel())[0, 1] > 0.98
    assert (drawn * plain).min() > -1e-6


def test_stereo_without_effects_leaves_depth_alone() -> None:
    np.testing.assert_allclose(SILENT.apply(with_box(), CAMERA, rng()), with_box(), rtol=1e-6)


def test_stereo_depth_comes_in_steps_of_disparity() -> None:
    ramp = np.tile(np.linspace(0.6, 0.8, 320, dtype=np.float32), (240, 1))
    noisy = replace(SILENT, disparity_step=0.125).apply(ramp, CAMERA, rng())
    steps = 525.0 * SILENT.baseline / noisy / 0.125
    np.testing.assert_allclose(steps, np.rint(steps), atol=1e-3)


def test_windows_fatten_what_is_near() -> None:
    noisy = replace(SILENT, window=5).apply(with_box(), CAMERA, rng())
    near = np.isclose(noisy, 0.6, atol=1e-4)
    assert near[78:162, 128:192].all() and near.sum() == 84 * 64


def test_windows_leave_slopes_where_they_are() -> None:
    # On a plane disparity is linear in the pixel.
    disparity = 40 + 0.3 * np.arange(320) + 0.2 * np.arange(240)[:, None]
    ramp = (525.0 * SILENT.baseline / disparity).astype(np.float32)
    noisy = replace(SILENT, window=7).apply(ramp, CAMERA, rng())
    np.testing.assert_allclose(noisy[4:-4, 4:-4], ramp[4:-4, 4:-4], rtol=1e-5)


def test_the_strip_left_of_a_near_thing_is_not_seen_by_the_right_camera() -> None:
    lost = np.isnan(replace(SILENT, occlusion=True).apply(with_box(), CAMERA, rng()))
    width = 525.0 * SILENT.baseline * (1 / 0.6 - 1 / 0.7)
    assert lost[120, 110:130].sum() == pytest.approx(width, abs=1.0)
    assert not lost[:, 130:].any() and not lost[:80].any()


def test_the_strip_begins_where_the_fattened_edge_ends() -> None:
    noisy = replace(SILENT, occlusion=True, window=5).apply(with_box(), CAMERA, rng())
    np.testing.assert_allclose(noisy[120, 128:130], 0.6, rtol=1e-5)
    assert np.isnan(noisy[120, 122:128]).all()


def test_error_grows_with_the_square_of_the_distance_and_on_blank_surfaces() -> None:
    def error(z: float, **changes: float) -> float:
        model = replace(SILENT, disparity_sigma=0.1, **changes)
        return float(np.nanstd(model.apply(flat(z), CAMERA, rng())))

    assert error(1.4) / error(0.7) == pytest.approx(4.0, rel=0.1)
    blank = error(0.7, poor_texture_share=1.0, poor_texture_factor=3.0, poor_texture_dropout=0.0)
    assert blank / error(0.7) == pytest.approx(3.0, rel=0.05)


@pytest.mark.parametrize(("share", "dropout"), [(0.3, 1.0), (0.5, 0.2), (1.0, 0.1)])
def test_blank_patches_cover_the_set_share_and_the_blankest_drop_out(share: float, dropout: float) -> None:
    model = replace(SILENT, poor_texture_share=share, poor_texture_dropout=dropout)
    lost = np.mean([np.isnan(model.apply(flat(), CAMERA, rng(seed))).mean() for seed in range(30)])
    assert lost == pytest.approx(share * dropout, abs=0.02)


def test_lost_patches_are_blobs_not_single_pixels() -> None:
    model = replace(SILENT, poor_texture_share=0.2, poor_texture_dropout=0.5, patch=12.0)
    lost = np.isnan(model.apply(flat(), CAMERA, rng())).astype(np.uint8)
    number, _ = cv2.connectedComponents(lost)
    assert lost.sum() / (number - 1) > 50


def test_a_chain_applies_its_models_in_their_order() -> None:
    scale, offset = MultiplicativeNoise(), GaussianProcessNoise()
    generator = rng()
    expected = offset.apply(scale.apply(flat(), CAMERA, generator), CAMERA, generator)
    np.testing.assert_array_equal(NoiseChain((scale, offset)).apply(flat(), CAMERA, rng()), expected)
    np.testing.assert_array_equal(NoiseChain().apply(flat(), CAMERA, rng()), flat())


def test_a_config_switches_models_on_by_naming_them() -> None:
    config = from_mapping(NoiseConfig, {"multiplicative": {}, "gaussian_process": {"sigma": 0.003}}, "test")
    assert config.chain().models == (MultiplicativeNoise(), GaussianProcessNoise(sigma=0.003))
    assert NoiseConfig().chain().models == ()
    assert from_mapping(NoiseConfig, to_mapping(config), "test") == config
    assert from_mapping(NoiseConfig, {"stereo": None}, "test") == NoiseConfig()
    with pytest.raises(ConfigError, match="unknown key 'sigmma'"):
        from_mapping(NoiseConfig, {"gaussian_process": {"sigmma": 0.003}}, "test")


def test_models_act_in_the_order_of_the_config() -> None:
    names = [field.name for field in dataclasses.fields(NoiseConfig)]
    config = from_mapping(NoiseConfig, {name: {} for name in names}, "test")
    assert config.chain().models == tuple(getattr(config, name) for name in names)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: StereoNoise(window=4),
        lambda: StereoNoise(poor_texture_share=1.1),
        lambda: GaussianProcessNoise(sigma=-0.001),
        lambda: MultiplicativeNoise(shape=float("nan")),
        lambda: StructuredLightNoise(edge_dropout=2.0),
    ],
)
def test_impossible_settings_are_refused(wrong: Callable[[], object]) -> None:
    with pytest.raises(ConfigError):
        wrong()
