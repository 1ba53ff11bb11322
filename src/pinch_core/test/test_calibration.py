# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import dataclasses
import gzip
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from pinch_core.calibration import Calibration, read_calibration
from pinch_core.calibration.sensor_window import SensorWindow
from pinch_core.errors import DamagedFileError, IntrinsicsError
from pinch_core.geometry.camera import CameraIntrinsics, DistortionModel

K = (600.0, 0.0, 319.5, 0.0, 600.0, 239.5, 0.0, 0.0, 1.0)
P = (520.0, 0.0, 315.0, 0.0, 0.0, 520.0, 241.0, 0.0, 0.0, 0.0, 1.0, 0.0)
P_OF_K = (600.0, 0.0, 319.5, 0.0, 0.0, 600.0, 239.5, 0.0, 0.0, 0.0, 1.0, 0.0)
D = (-0.3, 0.1, 0.0, 0.0, 0.0)
LENS = Calibration(640, 480, K, "plumb_bob", D, P=P, source="cam.yaml")
FILE = {
    "image_width": 640,
    "image_height": 480,
    "camera_matrix": {"rows": 3, "cols": 3, "data": list(K)},
    "distortion_model": "plumb_bob",
    "distortion_coefficients": {"rows": 1, "cols": 5, "data": list(D)},
}


def read(tmp_path: Path, values: Any) -> Calibration:
    path = tmp_path / "cam.yaml"
    path.write_text(values if isinstance(values, str) else yaml.safe_dump(values), encoding="utf-8")
    return read_calibration(path)


def refused(tmp_path: Path, values: Any, rectified: bool | None = False) -> str:
    with pytest.raises(IntrinsicsError) as error:
        read(tmp_path, values).intrinsics(rectified)
    assert "cam.yaml" in str(error.value)
    return str(error.value)


# Raw or rectified.


def test_a_choice_between_two_images_is_the_users() -> None:
    with pytest.raises(IntrinsicsError, match=r"cam\.yaml.*up to \d+ px apart.*rectified to yes or no"):
        LENS.intrinsics()


def test_images_that_are_the_same_need_no_choice() -> None:
    straight = dataclasses.replace(LENS, D=(), P=P_OF_K)
    assert straight.intrinsics() == straight.intrinsics(True) == straight.intrinsics(False)
    assert "the same" in straight.kind_of_image().why


def test_a_calibration_without_p_means_the_raw_image() -> None:
    kind = dataclasses.replace(LENS, P=None).kind_of_image()
    assert (kind.rectified, "no P" in kind.why) == (False, True)


def test_a_calibration_with_p_only_means_the_rectified_image() -> None:
    only_p = dataclasses.replace(LENS, K=(0.0,) * 9, D=())
    assert only_p.intrinsics() == LENS.intrinsics(True)


@pytest.mark.parametrize("p", [None, (0.0,) * 12], ids=["absent", "zero"])
def test_a_distorted_camera_without_p_has_no_rectified_image(p: tuple[float, ...] | None) -> None:
    with pytest.raises(IntrinsicsError, match=r"said to be rectified, but there is no P.*as the distortion"):
        dataclasses.replace(LENS, P=p).intrinsics(True)


def test_a_camera_that_rectifying_turns_has_no_rectified_image_without_p() -> None:
    turned = (0.0, 0.0, 1.0, 0.0, 1.0, 0.0, -1.0, 0.0, 0.0)
    with pytest.raises(IntrinsicsError, match="rectification matrix shows"):
        Calibration(640, 480, K, R=turned).intrinsics(True)


def test_the_second_camera_of_a_stereo_pair_is_refused_only_where_p_is_used() -> None:
    second = dataclasses.replace(LENS, P=(*P[:3], -52.0, *P[4:]))
    with pytest.raises(IntrinsicsError, match="second camera of a stereo pair"):
        second.intrinsics(True)
    assert second.intrinsics(False) == LENS.intrinsics(False)


# Matrices.


@pytest.mark.parametrize("factor", [0.5, 2.0, 1.5])
def test_p_of_another_size_is_refused(factor: float) -> None:
    fx, cx, cy = 600 * factor, 320 * factor - 0.5, 240 * factor - 0.5
    with pytest.raises(IntrinsicsError, match="image of another size than 640 x 480"):
        dataclasses.replace(LENS, P=(fx, 0.0, cx, 0.0, 0.0, fx, cy, 0.0, 0.0, 0.0, 1.0, 0.0))


def test_skew_is_refused_in_the_matrix_that_is_used(tmp_path: Path) -> None:
    skewed = (600.0, 2.5, *K[2:])
    by_column = [600.0, 0.0, 0.0, 2.5, 600.0, 0.0, 319.5, 239.5, 1.0]
    perception = {"_fx": 600, "_fy": 600, "_cx": 9, "_cy": 9, "_width": 64, "_height": 48, "_skew": 2.5}
    for calibration in (
        Calibration(640, 480, skewed),
        read(tmp_path, {**FILE, "camera_matrix": {"data": list(skewed)}}),
        read(tmp_path, perception),
        read(tmp_path, {"width": 640, "height": 480, "intrinsic_matrix": by_column}),
    ):
        with pytest.raises(IntrinsicsError, match=r"skew of 2\.5 px"):
            calibration.intrinsics(False)
    assert dataclasses.replace(LENS, K=skewed).intrinsics(True) == LENS.intrinsics(True)
    with pytest.raises(IntrinsicsError, match=r"P has a skew of 2\.5 px"):
        dataclasses.replace(LENS, P=(520.0, 2.5, *P[2:])).intrinsics(True)


@pytest.mark.parametrize(
    ("k", "says"),
    [
        ((600.0, 0.0, 0.0, 0.0, 600.0, 0.0, 319.5, 239.5, 1.0), "column by column"),
        ((600.0, 0.0, 319.5, 1.0, 600.0, 239.5, 0.0, 0.0, 1.0), "no camera matrix: its rows are 600 0 319.5"),
        ((600.0, 0.0, float("nan"), 0.0, 600.0, 239.5, 0.0, float("nan"), 1.0), "holds nan"),
        (K[:7], "has 7 values"),
    ],
)
def test_what_is_no_camera_matrix_is_refused(k: tuple[float, ...], says: str) -> None:
    with pytest.raises(IntrinsicsError, match=says):
        Calibration(640, 480, k)


def test_a_rectification_that_is_no_rotation_is_refused() -> None:
    with pytest.raises(IntrinsicsError, match="no rotation"):
        Calibration(640, 480, K, R=(1.0, 0.0, 0.0, 0.0, 2.0, 0.0, 0.0, 0.0, 1.0))


def test_a_principal_point_far_from_the_middle_is_told() -> None:
    off = Calibration(640, 480, (1200.0, 0.0, 639.5, 0.0, 1200.0, 359.5, 0.0, 0.0, 1.0))
    assert "far from the middle of an image of 640 x 480" in off.warnings[0]
    assert LENS.warnings == ()


def test_region_and_binning_hold_for_files_and_for_both_images() -> None:
    window = SensorWindow(100, 50, 320, 240, binning=(2, 2))
    published = dataclasses.replace(LENS, window=window)
    for rectified in (True, False):
        full, part = LENS.intrinsics(rectified), published.intrinsics(rectified)
        assert part.size == (160, 120)
        assert np.allclose(part.rays([30.0, 20.0]), full.rays([100 + 60.5, 50 + 40.5]))


@pytest.mark.parametrize(
    "window", [SensorWindow(600, 0, 100, 10), SensorWindow(-5, 0, 100, 10), SensorWindow(5)]
)
def test_a_region_outside_its_image_is_refused(window: SensorWindow) -> None:
    with pytest.raises(IntrinsicsError, match="not inside its image of 640 x 480"):
        dataclasses.replace(LENS, window=window).intrinsics(False)


# Distortion.


@pytest.mark.parametrize(
    "name",
    ["plumb_bob", "radtan", "Brown Conrady", "distortion.brown_conrady", "RS2_DISTORTION_BROWN_CONRADY"],
)
def test_names_of_drivers_for_the_same_model_mean_the_same(tmp_path: Path, name: str) -> None:
    assert (
        read(tmp_path, {**FILE, "distortion_model": name}).intrinsics().distortion_model
        is DistortionModel.PLUMB_BOB
    )


@pytest.mark.parametrize("name", ["equidistant", "fisheye", "Kannala Brandt4", "OPENCV_FISHEYE", "equi"])
def test_old_names_of_fisheye_lenses_are_understood(tmp_path: Path, name: str) -> None:
    values = {**FILE, "distortion_model": name, "distortion_coefficients": {"data": [0.1, -0.03, 0.001, 0.0]}}
    assert read(tmp_path, values).intrinsics().distortion_model is DistortionModel.EQUIDISTANT


def test_a_model_that_another_key_names_is_taken_and_told(tmp_path: Path) -> None:
    values = {
        **FILE,
        "camera_model": "fisheye",
        "distortion_coefficients": {"data": [0.1, -0.03, 0.001, 0.0]},
    }
    del values["distortion_model"]
    calibration = read(tmp_path, values)
    assert calibration.intrinsics().distortion_model is DistortionModel.EQUIDISTANT
    assert "distortion_model is missing and was taken from 'camera_model: fisheye'" in calibration.warnings[0]


@pytest.mark.parametrize("model", [None, ""])
@pytest.mark.parametrize("count", [1, 4, 6])
def test_coefficients_without_a_model_name_the_missing_key_and_the_cure(
    tmp_path: Path, model: str | None, count: int
) -> None:
    values = {**FILE, "distortion_coefficients": {"data": [0.1] * count}, "distortion_model": model}
    assert f"distortion_model is missing or empty, but there are {count}" in refused(tmp_path, values)
    assert "add distortion_model: plumb_bob" in refused(tmp_path, values)


def test_the_number_of_coefficients_decides_where_one_model_takes_so_many(tmp_path: Path) -> None:
    for count, model in ((5, DistortionModel.PLUMB_BOB), (8, DistortionModel.RATIONAL_POLYNOMIAL)):
        values = {**FILE, "distortion_coefficients": {"data": [0.01] * count}}
        del values["distortion_model"]
        calibration = read(tmp_path, values)
        assert calibration.intrinsics().distortion_model is model
        assert f"{count} coefficients are those of {model.value}" in calibration.warnings[0]


@pytest.mark.parametrize("model", ["", "plumb_bob", "none", "odd", "Inverse Brown Conrady"])
@pytest.mark.parametrize(
    "coefficients", [None, [], {"data": []}, {"rows": 0, "cols": 0, "data": None}, {"data": [0, 0, 0, 0]}]
)
def test_no_coefficients_mean_no_distortion_whatever_the_model_is_called(
    tmp_path: Path, model: str, coefficients: Any
) -> None:
    calibration = read(tmp_path, {**FILE, "distortion_model": model, "distortion_coefficients": coefficients})
    assert calibration.intrinsics() == CameraIntrinsics(640, 480, 600.0, 600.0, 319.5, 239.5)
    told = any("'distortion_coefficients' is null" in one for one in calibration.warnings)
    assert told == (coefficients is None)


@pytest.mark.parametrize("coefficients", [None, [], [0.0] * 4])
def test_a_fisheye_lens_without_coefficients_is_refused(tmp_path: Path, coefficients: Any) -> None:
    values = {**FILE, "distortion_model": "fisheye", "distortion_coefficients": coefficients}
    assert "'fisheye', a fisheye lens, with" in refused(tmp_path, values)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            {"distortion_coefficients": {"rows": 1, "cols": 5}},
            "'distortion_coefficients' lacks the key 'data'",
        ),
        ({"distortion_coefficients": 0.3}, "no list of numbers"),
        ({"distortion_model": 5}, "the name of a model"),
        ({"distortion_model": "Inverse Brown Conrady"}, "is not supported"),
        ({"distortion_coefficients": {"data": [0.1, 0.2]}}, "takes 4 or 5 coefficients, got 2"),
        ({"camera_matrix": None}, "lacks the key 'fx'|'camera_matrix' is empty|no camera intrinsics"),
        ({"camera_matrix": {"rows": 3, "cols": 4, "data": list(K)}}, "said to be 3 x 4"),
        ({"image_width": 640.5}, "no whole number"),
        ({"image_width": "wide"}, "'wide' is no number"),
        ({"image_width": True}, "True is no number"),
        ({"image_height": 0}, "640 x 0"),
        ({"width": 320}, "'image_width' and 'width', which mean the same"),
        ({"resolution": [320, 240]}, "320 x 240 and of 640 x 480"),
        (
            {"fx": 500, "fy": 500, "cx": 319.5, "cy": 239.5},
            "its camera matrix says fx 600.*its single keys fx 500",
        ),
        ({"fx": 500}, "its single keys fx 500, fy 600"),
        ({"skew": 8.0}, "its single keys fx 600.*skew 8"),
        ({"intrinsic_matrix": [500, 0, 0, 0, 500, 0, 320, 240, 1]}, "its matrix by columns fx 500"),
        ({"distortion": {"k1": 0.2}}, "'distortion' and 'distortion_coefficients', which mean the same"),
        ({"depth_scale": 0}, "'depth_scale' is 0"),
        ({"depth_scale": "fine"}, "'fine' is no number"),
        ({"depth_scale": 0.1, "depth_factor": 1000}, "two depth scales, 0.0001 and 0.001"),
        ({"roi": 5}, "'roi' is no mapping"),
    ],
)
def test_impossible_values_are_refused_with_their_key(
    tmp_path: Path, change: dict[str, Any], says: str
) -> None:
    assert re.search(says, refused(tmp_path, {**FILE, **change}))


# Depth scale and keys that are not understood.


@pytest.mark.parametrize(
    ("values", "metres"),
    [
        ({"depth_scale": 0.1}, 1e-4),
        ({"depth_scale": 1.0}, 1e-3),
        ({"depth_scale": 0.25}, 2.5e-4),
        ({"depth_scale": 0.001}, 1e-3),
        ({"depth_units": 0.00025}, 2.5e-4),
        ({"depth_scale": 1000.0}, 1e-3),
        ({"depth_scale": 5000}, 2e-4),
        ({"DepthMapFactor": 5000.0}, 2e-4),
        ({"depth_unit": "mm"}, 1e-3),
        ({}, None),
    ],
)
def test_a_depth_scale_is_metres_per_unit_and_told(
    tmp_path: Path, values: dict[str, Any], metres: float
) -> None:
    calibration = read(tmp_path, {**FILE, **values})
    assert calibration.depth_scale == (None if metres is None else pytest.approx(metres))
    assert all(key in calibration.depth_scale_reading for key in values)


def test_keys_that_are_not_understood_are_named(tmp_path: Path) -> None:
    calibration = read(tmp_path, {**FILE, "depth_offset": 3, "roi": {"angle": 4}, "camera_name": "left"})
    assert calibration.unknown_keys == ("depth_offset", "roi.angle")
    assert "the keys 'depth_offset', 'roi.angle' are not understood" in calibration.warnings[0]


# Files.


def test_messages_of_different_calibrations_are_told(tmp_path: Path) -> None:
    other = {**FILE, "image_width": 648}
    calibration = read(tmp_path, yaml.safe_dump(FILE) + "---\n" + yaml.safe_dump(other))
    assert calibration.width == 640
    assert "message 2 of 2 is of another calibration" in calibration.warnings[0]


def test_several_cameras_in_a_file_are_named(tmp_path: Path) -> None:
    two = {"left": FILE, "right": {**FILE, "camera_matrix": {"data": [500.0, *K[1:]]}}}
    assert "holds 2 cameras or calibrations that differ (left, right)" in refused(tmp_path, two)


def test_a_file_without_a_size_takes_that_of_the_image(tmp_path: Path) -> None:
    bare = read(tmp_path, json.dumps({"cam_K": list(K)}))
    assert bare.intrinsics(size=(64, 48)).size == bare.with_size((64, 48)).intrinsics().size == (64, 48)
    with pytest.raises(IntrinsicsError, match="does not say the size of its image"):
        bare.intrinsics()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"\x89PNG\r\n\x1a\n0000", "is a PNG image"),
        (b"\x93NUMPY\x01\x00", "is a NumPy array"),
        (gzip.compress(b"x", mtime=0), "tar -xzf"),
        (b"PK\x03\x04", "zip archive"),
        (b"\x89MCAP0\r\n", "a bag"),
        (b"<robot name='arm'/>", "XML with the root <robot>"),
        (
            b"# oST version 5.0\n[image]\n\nwidth\n640\n\n[cam]\n\ncamera matrix\n600 0 319",
            "give the ost.yaml",
        ),
        (b"parent: base\nchild: camera\ntranslation: [0, 0, 1]\n", "the pose of a camera"),
        (b"1,640,480,0.1\n2,640,480,0.1\n", "it starts with '1,640"),
        (b"# nothing\n", "holds no camera intrinsics"),
        (b"5\n", "holds no camera intrinsics"),
    ],
)
def test_whole_files_of_another_kind_are_named_for_what_they_are(
    tmp_path: Path, content: bytes, says: str
) -> None:
    path = tmp_path / "cam.yaml"
    path.write_bytes(content)
    with pytest.raises(IntrinsicsError, match=says) as error:
        read_calibration(path)
    assert "cam.yaml" in str(error.value)


@pytest.mark.parametrize(
    "content",
    [
        b'{"fx": 1.0',
        b"fx: [1",
        b"<?xml version='1.0'?><opencv_storage><K>",
        b"fx: \xff\xfe\x00",
        b"<!DOCTYPE a>",
    ],
)
def test_damage_is_told_from_another_kind(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "cam.yaml"
    path.write_bytes(content)
    with pytest.raises(DamagedFileError):
        read_calibration(path)
