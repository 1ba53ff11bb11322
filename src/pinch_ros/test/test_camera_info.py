# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sensor_msgs.msg import CameraInfo, RegionOfInterest
from std_msgs.msg import Header

from pinch_core.errors import IntrinsicsError
from pinch_core.geometry.camera import CameraIntrinsics, DistortionModel
from pinch_ros.conversions import camera_info_from_intrinsics, intrinsics_from_camera_info


def make_info(**fields: object) -> CameraInfo:
    values: dict[str, object] = {
        "width": 640,
        "height": 480,
        "k": [525.0, 0.0, 319.5, 0.0, 520.0, 239.5, 0.0, 0.0, 1.0],
    }
    return CameraInfo(**(values | fields))


lengths = st.floats(400.0, 1e4)  # shorter ones fit no image of 4000 pixels
cameras = st.builds(
    lambda size, f, c, lens: CameraIntrinsics(*size, *f, *c, *lens),
    st.tuples(st.integers(1, 4000), st.integers(1, 4000)),
    st.tuples(lengths, lengths),
    st.tuples(st.floats(-100, 4000), st.floats(-100, 4000)),
    st.sampled_from(
        [
            (DistortionModel.NONE, ()),
            (DistortionModel.PLUMB_BOB, (0.1, -0.2, 0.001, 0.002, 0.3)),
            (DistortionModel.PLUMB_BOB, (0.1, -0.2, 0.001, 0.002)),
            (DistortionModel.RATIONAL_POLYNOMIAL, (0.1, 0.2, 0.0, 0.0, 0.3, 0.4, 0.5, 0.6)),
            (DistortionModel.EQUIDISTANT, (0.1, 0.2, 0.3, 0.4)),
        ]
    ),
)


@given(cameras)
def test_intrinsics_come_back_exactly(camera: CameraIntrinsics) -> None:
    info = camera_info_from_intrinsics(camera, Header())
    assert intrinsics_from_camera_info(info) == camera
    assert intrinsics_from_camera_info(info, rectified=True) == camera.rectified()


def test_the_matrix_of_a_distorted_camera_projects_as_opencv_does() -> None:
    d = [0.1, -0.2, 0.001, 0.002, 0.05]
    camera = intrinsics_from_camera_info(make_info(distortion_model="plumb_bob", d=d))
    point = np.array([0.1, -0.05, 0.7])
    expected, _ = cv2.projectPoints(
        point[None], np.zeros(3), np.zeros(3), np.array(make_info().k).reshape(3, 3), np.array(d)
    )
    np.testing.assert_allclose(camera.project(point), expected.ravel(), atol=1e-9)


def test_a_region_of_interest_shifts_pixels_by_its_corner() -> None:
    roi = RegionOfInterest(x_offset=100, y_offset=50, width=320, height=240)
    full, cut = intrinsics_from_camera_info(make_info()), intrinsics_from_camera_info(make_info(roi=roi))
    point = [0.03, -0.02, 0.8]
    np.testing.assert_allclose(cut.project(point), full.project(point) - (100, 50))
    assert cut.size == (320, 240)


@pytest.mark.parametrize("bins", [(2, 2), (4, 2), (1, 3)])
def test_a_binned_pixel_looks_where_the_mean_of_its_pixels_looks(bins: tuple[int, int]) -> None:
    info = make_info(binning_x=bins[0], binning_y=bins[1])
    full, binned = intrinsics_from_camera_info(make_info()), intrinsics_from_camera_info(info)
    columns, rows = np.meshgrid(np.arange(bins[0]) + 5 * bins[0], np.arange(bins[1]) + 7 * bins[1])
    mean_ray = full.rays(np.stack([columns, rows], -1)).reshape(-1, 3).mean(0)
    np.testing.assert_allclose(binned.rays([5.0, 7.0]), mean_ray)
    assert binned.size == (640 // bins[0], 480 // bins[1])


def test_p_serves_a_rectified_image_and_k_a_raw_one() -> None:
    p = [600.0, 0.0, 310.0, 0.0, 0.0, 601.0, 230.0, 0.0, 0.0, 0.0, 1.0, 0.0]
    info = make_info(p=p, d=[0.1, 0.0, 0.0, 0.0, 0.0], distortion_model="plumb_bob")
    assert intrinsics_from_camera_info(info, rectified=True) == CameraIntrinsics(
        640, 480, 600.0, 601.0, 310.0, 230.0
    )
    raw = intrinsics_from_camera_info(info)
    assert (raw.fx, raw.fy, raw.is_distorted) == (525.0, 520.0, True)


@pytest.mark.parametrize("name", ["plumb_bob", "", "Brown Conrady", "no such model"])
def test_zero_coefficients_mean_no_distortion_whatever_the_model_is_called(name: str) -> None:
    info = make_info(distortion_model=name, d=[0.0] * 5)
    assert intrinsics_from_camera_info(info).distortion_model is DistortionModel.NONE


BAD = {
    "not calibrated": ({"k": [0.0] * 9}, "fx = 0"),
    "NaN": ({"k": [float("nan")] * 9}, "nan"),
    "no size": ({"width": 0}, "0 x 480"),
    "unknown model": ({"distortion_model": "odd", "d": [0.1]}, "'odd'"),
    "wrong number of coefficients": ({"distortion_model": "plumb_bob", "d": [0.1, 0.2]}, "4 or 5"),
    "skew": ({"k": [525.0, 3.0, 319.5, 0.0, 525.0, 239.5, 0.0, 0.0, 1.0]}, "skew of 3"),
    "region outside": ({"roi": RegionOfInterest(x_offset=600, width=100, height=10)}, "100 x 10 at"),
    "binning too coarse": ({"binning_x": 1000}, "bins 1000"),
}


@pytest.mark.parametrize(("fields", "says"), BAD.values(), ids=BAD.keys())
def test_unusable_camera_info_is_refused_with_topic_and_value(fields: dict[str, object], says: str) -> None:
    with pytest.raises(IntrinsicsError) as refused:
        intrinsics_from_camera_info(make_info(**fields), where="/camera_info")
    assert says in str(refused.value)
    assert "/camera_info" in str(refused.value)


@pytest.mark.parametrize(
    "fields",
    [
        {"p": [525.0, 0.0, 319.5, -52.0, 0.0, 525.0, 239.5, 0.0, 0.0, 0.0, 1.0, 0.0]},
        {"roi": RegionOfInterest(width=320, height=240, do_rectify=True)},
    ],
    ids=["second camera of a stereo pair", "region to be rectified"],
)
def test_what_a_rectified_image_cannot_have_is_refused(fields: dict[str, object]) -> None:
    with pytest.raises(IntrinsicsError):
        intrinsics_from_camera_info(make_info(**fields), rectified=True)
