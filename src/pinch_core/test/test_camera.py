# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinch_core.errors import IntrinsicsError
from pinch_core.geometry.camera import CameraIntrinsics, DistortionModel

PINHOLE = CameraIntrinsics(640, 480, 525.0, 520.0, 321.0, 243.0)
DISTORTED = [
    dataclasses.replace(PINHOLE, distortion_model=model, distortion=coefficients)
    for model, coefficients in (
        (DistortionModel.PLUMB_BOB, (-0.28, 0.10, 0.001, -0.0005, 0.0)),
        (DistortionModel.PLUMB_BOB, (0.1, -0.2, 0.0, 0.0005)),
        (DistortionModel.RATIONAL_POLYNOMIAL, (0.3, -0.5, 0.001, -0.0005, 0.1, 0.35, -0.4, 0.08)),
        (DistortionModel.EQUIDISTANT, (-0.01, 0.02, -0.01, 0.002)),
    )
]
every_camera = st.sampled_from([PINHOLE, *DISTORTED])
pixels = st.tuples(st.floats(0.0, 639.0), st.floats(0.0, 479.0)).map(np.array)


@given(every_camera, pixels, st.floats(0.2, 3.0))
def test_projecting_what_was_deprojected_gives_the_pixel_back(
    camera: CameraIntrinsics, pixel: np.ndarray, depth: float
) -> None:
    point = camera.deproject(pixel, depth)
    assert point[2] == pytest.approx(depth)
    assert np.allclose(camera.project(point), pixel, atol=1e-5)


def test_plumb_bob_follows_the_published_polynomial() -> None:
    k1, k2, p1, p2, k3 = (-0.2, 0.05, 0.001, -0.002, 0.01)
    camera = dataclasses.replace(
        PINHOLE, distortion_model=DistortionModel.PLUMB_BOB, distortion=(k1, k2, p1, p2, k3)
    )
    x, y = 0.31, -0.22
    r2 = x * x + y * y
    radial = 1 + k1 * r2 + k2 * r2**2 + k3 * r2**3
    xd = x * radial + 2 * p1 * x * y + p2 * (r2 + 2 * x * x)
    yd = y * radial + p1 * (r2 + 2 * y * y) + 2 * p2 * x * y
    expected = (525.0 * xd + 321.0, 520.0 * yd + 243.0)
    assert camera.project([x * 0.7, y * 0.7, 0.7]) == pytest.approx(expected, abs=1e-9)


@given(pixels, st.integers(2, 4))
def test_scaling_keeps_rays_in_the_middle_of_blocks(pixel: np.ndarray, factor: int) -> None:
    small = PINHOLE.scaled(1 / factor)
    middle_of_block = (pixel + 0.5) / factor - 0.5
    assert np.allclose(small.rays(middle_of_block), PINHOLE.rays(pixel), atol=1e-12)


@given(pixels, st.integers(0, 100), st.integers(0, 100))
def test_cropping_keeps_rays(pixel: np.ndarray, column: int, row: int) -> None:
    cropped = PINHOLE.cropped(column, row, 200, 200)
    assert np.allclose(cropped.rays(pixel - [column, row]), PINHOLE.rays(pixel), atol=1e-12)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"width": 0}, "0 x 480"),
        ({"fx": 0.0}, "uncalibrated"),
        ({"fy": -3.0}, "must be positive"),
        ({"cx": math.nan}, "cx = nan"),
        ({"distortion": (0.1,)}, "takes 0"),
        ({"distortion_model": DistortionModel.PLUMB_BOB, "distortion": (0.1, 0.2)}, "takes 4 or 5"),
        ({"distortion_model": DistortionModel.PLUMB_BOB, "distortion": (math.inf, 0, 0, 0)}, "not finite"),
    ],
)
def test_impossible_intrinsics_are_refused_with_their_value(change: dict[str, object], message: str) -> None:
    with pytest.raises(IntrinsicsError, match=message):
        dataclasses.replace(PINHOLE, **change)
