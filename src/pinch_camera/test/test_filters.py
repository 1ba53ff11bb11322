# SPDX-License-Identifier: Apache-2.0
"""Laws of the depth filters."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import ndimage

from pinch_camera.camera_statistics import HoleStatistics
from pinch_camera.filters.bilateral_smoothing import BilateralSmoothing
from pinch_camera.filters.chain import FilterChain
from pinch_camera.filters.config import FilterConfig
from pinch_camera.filters.decimation import Decimation
from pinch_camera.filters.median_of_planes import median_of_planes
from pinch_camera.filters.range_clip import RangeClip
from pinch_camera.filters.speckle_removal import SpeckleRemoval
from pinch_camera.filters.temporal_median import TemporalMedian
from pinch_core.depth_frame import DepthFrame, Float32
from pinch_core.errors import ConfigError, InvalidDepthError
from pinch_core.geometry.camera import CameraIntrinsics

CASES = settings(max_examples=40, deadline=None)
pixel = st.one_of(st.just(float("nan")), st.floats(0.25, 4.0, width=32))
depths = hnp.arrays(np.float32, st.tuples(st.integers(1, 12), st.integers(1, 12)), elements=pixel)
stacks = hnp.arrays(
    np.float32, st.tuples(st.integers(1, 6), st.integers(1, 5), st.integers(1, 5)), elements=pixel
)


def frame_of(depth: Float32, stamp_ns: int = 0) -> DepthFrame:
    height, width = depth.shape
    camera = CameraIntrinsics(width, height, 500.0, 480.0, width / 2.1, height / 1.9)
    return DepthFrame(depth, camera, stamp_ns=stamp_ns)


@CASES
@given(depths)
def test_a_chain_with_everything_off_is_the_frame_itself(depth: Float32) -> None:
    frame = frame_of(depth)
    assert FilterChain(FilterConfig())(frame) is frame


@CASES
@given(depths, st.floats(0.25, 2.0), st.floats(0.1, 2.0))
def test_the_range_clip_keeps_what_is_inside_and_nothing_else(
    depth: Float32, near: float, span: float
) -> None:
    out = RangeClip(near, near + span)(frame_of(depth)).depth
    inside = (depth >= np.float32(near)) & (depth <= np.float32(near + span))
    np.testing.assert_array_equal(out, np.where(inside, depth, np.nan))


@CASES
@given(stacks)
def test_the_median_of_planes_is_a_value_with_as_many_below_as_above(planes: Float32) -> None:
    median = median_of_planes(list(planes))
    for index in np.ndindex(*median.shape):
        valid = np.sort(planes[(slice(None), *index)])[: np.isfinite(planes[(slice(None), *index)]).sum()]
        if valid.size == 0:
            assert np.isnan(median[index])
        else:
            assert median[index] == np.quantile(valid, 0.5, method="lower")


@CASES
@given(depths, st.integers(2, 4), st.sampled_from(["median", "mean"]))
def test_decimation_stays_within_each_block_and_is_a_hole_only_where_the_block_is(
    depth: Float32, factor: int, statistic: str
) -> None:
    frame = frame_of(depth)
    out = Decimation(factor, statistic)(frame)
    if min(depth.shape) < factor:
        assert out is frame
        return
    assert out.depth.shape == (out.intrinsics.height, out.intrinsics.width)
    for row, column in np.ndindex(*out.depth.shape):
        block = depth[row * factor : (row + 1) * factor, column * factor : (column + 1) * factor]
        valid = block[np.isfinite(block)]
        assert np.isnan(out.depth[row, column]) == (valid.size == 0)
        if valid.size:
            assert valid.min() * (1 - 1e-6) <= out.depth[row, column] <= valid.max() * (1 + 1e-6)


@CASES
@given(st.integers(2, 5), st.floats(-0.5, 0.5), st.floats(-0.5, 0.5), st.floats(0.4, 2.0))
def test_decimation_by_the_mean_keeps_the_points_of_a_plane_on_it(
    factor: int, slope_x: float, slope_y: float, distance: float
) -> None:
    camera = CameraIntrinsics(43, 31, 60.0, 55.0, 20.3, 16.1)
    normal = np.array([slope_x, slope_y, 1.0])
    rows, columns = np.indices((31, 43))
    rays = camera.rays(np.stack([columns, rows], -1))
    frame = DepthFrame((distance / (rays @ normal)).astype(np.float32), camera)
    points = Decimation(factor, "mean")(frame).points()
    np.testing.assert_allclose(points @ normal, distance, rtol=1e-5)


@CASES
@given(depths, st.integers(2, 5))
def test_the_temporal_median_of_equal_frames_is_the_frame(depth: Float32, frames: int) -> None:
    temporal = TemporalMedian(frames)
    for number in range(frames + 1):
        np.testing.assert_array_equal(temporal(frame_of(depth, number)).depth, depth)
    assert temporal.is_settled


def test_the_temporal_median_fills_a_pixel_seen_in_half_of_the_frames_and_empties_one_seen_less() -> None:
    temporal = TemporalMedian(3)
    nan = np.nan
    for number, row in enumerate([[1.0, nan, 3.0], [2.0, nan, 3.0], [nan, 5.0, 3.0]]):
        out = temporal(frame_of(np.array([row], np.float32), number)).depth
    np.testing.assert_array_equal(out, [[1.0, nan, 3.0]])


@pytest.mark.parametrize("stamp_ns", [-1, 2_000_000_000])
def test_the_temporal_median_forgets_when_time_goes_backwards_or_stood_still(stamp_ns: int) -> None:
    temporal = TemporalMedian(3)
    for _ in range(3):
        temporal(frame_of(np.full((2, 2), 1.0, np.float32), 0))
    assert (temporal(frame_of(np.full((2, 2), 2.0, np.float32), stamp_ns)).depth == 2.0).all()
    assert not temporal.is_settled


@CASES
@given(depths, st.integers(1, 3))
def test_smoothing_keeps_holes_and_stays_within_the_neighbourhood(depth: Float32, radius: int) -> None:
    out = BilateralSmoothing(radius, 0.01)(frame_of(depth)).depth
    valid = np.isfinite(depth)
    np.testing.assert_array_equal(np.isfinite(out), valid)
    low = ndimage.minimum_filter(np.where(valid, depth, np.inf), 2 * radius + 1, mode="mirror")
    high = ndimage.maximum_filter(np.where(valid, depth, -np.inf), 2 * radius + 1, mode="mirror")
    assert (out[valid] >= low[valid] - 1e-5).all()
    assert (out[valid] <= high[valid] + 1e-5).all()


def test_smoothing_quiets_a_surface_and_keeps_the_step_beside_it() -> None:
    rng = np.random.default_rng(3)
    depth = np.where(np.arange(60) < 30, 0.6, 0.7) + rng.normal(0.0, 0.001, (40, 60))
    out = BilateralSmoothing(2, 0.004)(frame_of(depth.astype(np.float32))).depth
    assert np.abs(out[:, :30] - 0.6).std() < 0.5 * np.abs(depth[:, :30] - 0.6).std()
    np.testing.assert_allclose(out[:, 29].mean(), 0.6, atol=1e-3)
    np.testing.assert_allclose(out[:, 30].mean(), 0.7, atol=1e-3)


def test_speckles_go_and_every_other_pixel_stays_as_it_is() -> None:
    depth = np.full((20, 20), 0.8, np.float32)
    depth[:, 10] = np.nan
    depth[3:5, 3:5] = 0.5
    depth[12:16, 12:16] = 0.5
    out = SpeckleRemoval(4, 0.02)(frame_of(depth)).depth
    expected = depth.copy()
    expected[3:5, 3:5] = np.nan
    np.testing.assert_array_equal(out, expected)


@CASES
@given(depths, st.integers(1, 20))
def test_speckle_removal_only_ever_drops(depth: Float32, size: int) -> None:
    out = SpeckleRemoval(size, 0.05)(frame_of(depth)).depth
    kept = np.isfinite(out)
    np.testing.assert_array_equal(out[kept], depth[kept])


def test_holes_are_counted_and_the_largest_measured() -> None:
    depth = np.ones((10, 10), np.float32)
    depth[0, 0] = depth[5:8, 5:9] = np.nan
    holes = HoleStatistics.of(frame_of(depth))
    assert (holes.count, holes.largest) == (2, 0.12)
    assert holes.ratio == pytest.approx(0.13)


def test_the_chain_decimates_before_the_temporal_median_and_keeps_stamp_and_frame() -> None:
    chain = FilterChain(
        FilterConfig(near=0.1, far=2.0, decimation=2, temporal_frames=2, smoothing_radius=1, speckle_size=3)
    )
    depth = np.full((9, 13), 1.0, np.float32)
    depth[0:4, 0:4] = 3.0
    assert not chain.is_settled
    for stamp in (5, 6):
        out = chain(frame_of(depth, stamp))
    assert chain.is_settled
    assert (out.depth.shape, out.stamp_ns, out.intrinsics.size) == ((4, 6), 6, (6, 4))
    assert np.isnan(out.depth[:2, :2]).all()
    np.testing.assert_allclose(out.depth[2:], 1.0, rtol=1e-6)
    chain.reset()
    assert not chain.is_settled


def test_what_leaves_nothing_says_so() -> None:
    with pytest.raises(InvalidDepthError, match=r"left no return of depth image; widen filters\.near"):
        FilterChain(FilterConfig(far=0.5))(frame_of(np.full((4, 4), 1.0, np.float32)))
    with pytest.raises(ConfigError, match="keeps nothing"):
        FilterConfig(near=1.0, far=0.5)
    with pytest.raises(ConfigError, match="'mode' is not known"):
        FilterConfig(decimation_statistic="mode")
