# SPDX-License-Identifier: Apache-2.0
"""A value that a sensor clips at is no return, and a flat surface without noise is one."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from pinch_core.depth_format import DepthFormat
from pinch_core.depth_frame import DepthFrame
from pinch_core.geometry.camera import CameraIntrinsics
from pinch_core.synthetic_scene import BoxSolid, Solid, camera_above, render_depth

CAMERA = CameraIntrinsics(160, 120, 150.0, 150.0, 79.5, 59.5)
BOX = BoxSolid.standing(0.05, -0.03, 0.4, (0.04, 0.07, 0.05))
PATCH = np.s_[90:110, 20:50]
PIXELS = 600


def seen(tilt: float = 0.15, noise: float = 0.0, *solids: Solid) -> NDArray[np.float32]:
    """A box on a table 0.7 m below the camera [m]."""
    rng = np.random.default_rng(0)
    depth = render_depth(solids or (BOX,), camera_above(0.7, tilt), CAMERA, rng, noise=noise).depth
    return np.array(depth, np.float32)


def read(depth: NDArray[np.generic], **settings: float) -> DepthFrame:
    return DepthFrame.from_array(depth, CAMERA, DepthFormat(**settings), source="it.npy")  # type: ignore[arg-type]


@pytest.mark.parametrize("unit", [1.0, 1e-3])
@pytest.mark.parametrize("noise", [0.0, 0.001])
@pytest.mark.parametrize("tilt", [0.0, 0.15])
@pytest.mark.parametrize("limit", [0.01, 0.2, 0.3, 0.45])
def test_the_near_limit_of_a_sensor_is_no_return_and_named(
    limit: float, tilt: float, noise: float, unit: float
) -> None:
    depth = seen(tilt, noise)
    depth[PATCH] = limit
    stored = depth if unit == 1.0 else np.rint(depth / unit).astype(np.uint16)
    frame = read(stored)
    (note,) = frame.notes
    assert f"3.1% of it.npy ({PIXELS} pixels) is at exactly {limit:g} m" in note
    assert "depth_format.near" in note
    if limit == 0.45 and tilt == noise == 0.0:  # where the table repeats exactly too, it could be a box
        assert "left as the flat top of an object" in note and not frame.no_return
        assert frame.valid[PATCH].all()
    else:
        assert dict(frame.no_return) == {f"near limit at {limit:g} m": PIXELS}
        assert not frame.valid[PATCH].any() and frame.valid.sum() == frame.valid.size - PIXELS


def test_scattered_pixels_and_two_limits_are_told_each() -> None:
    depth = seen(noise=0.001)
    rng = np.random.default_rng(1)
    depth[rng.random(depth.shape) < 0.03] = 0.01
    depth[PATCH] = 0.25
    frame = read(depth)
    assert set(frame.no_return) == {"near limit at 0.01 m", "near limit at 0.25 m"}
    assert len(frame.notes) == 2


@pytest.mark.parametrize("said", [{"near": 0.1}, {"no_return": (0.2,)}])
def test_what_is_said_of_the_range_is_not_guessed(said: dict[str, float]) -> None:
    depth = seen(noise=0.001)
    depth[PATCH] = 0.2
    frame = read(depth, **said)
    assert not frame.notes
    assert frame.valid[PATCH].all() == ("near" in said)


@pytest.mark.parametrize("tilt", [0.0, math.radians(9)])
@pytest.mark.parametrize("height", [0.01, 0.05, 0.12])
@pytest.mark.parametrize("unit", [1.0, 1e-3])
def test_a_flat_box_without_noise_is_no_near_limit(unit: float, height: float, tilt: float) -> None:
    depth = seen(tilt, 0.0, BoxSolid.standing(0.0, 0.0, 0.3, (0.1, 0.12, height)))
    frame = read(depth if unit == 1.0 else np.rint(depth / unit).astype(np.uint16))
    assert not frame.no_return and not frame.notes and frame.valid.all()


def test_a_flat_table_above_a_floor_stays() -> None:
    depth = np.full((120, 160), 1.5, np.float32)
    depth[20:100, 30:130] = 0.6
    frame = read(depth)
    assert not frame.no_return and frame.valid.all()


@pytest.mark.parametrize("seed", range(8))
def test_scenes_have_no_clipping_planes(seed: int) -> None:
    """Flat tops, in millimetres, at any tilt, with and without noise."""
    rng = np.random.default_rng(seed)
    solids = tuple(
        BoxSolid.standing(*rng.uniform(-0.15, 0.15, 2), rng.uniform(0, 3), tuple(rng.uniform(0.02, 0.13, 3)))
        for _ in range(rng.integers(1, 8))
    )
    for tilt in (0.0, 0.01, rng.uniform(0, 0.6)):
        for noise in (0.0, 0.0003, 0.002):
            millimetres = np.rint(seen(tilt, noise, *solids) * 1e3).astype(np.uint16)
            frame = read(millimetres)
            assert not frame.no_return, (tilt, noise)
            assert not frame.notes, (tilt, noise)
