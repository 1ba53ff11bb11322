# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from pinch_core.calibrated_depth import told_by_name
from pinch_core.depth_files import load_frame
from pinch_core.depth_format import DepthFormat, Rectified
from pinch_core.errors import ConfigError, IntrinsicsError

DEPTH_MM = np.linspace(640, 720, 48).reshape(6, 8)
CAMERA = {"width": 8, "height": 6, "fx": 10.0, "fy": 10.5, "cx": 3.5, "cy": 2.5}
CALIBRATED = """
image_width: 8
image_height: 6
camera_matrix: {rows: 3, cols: 3, data: [10.0, 0.0, 3.5, 0.0, 10.5, 2.5, 0.0, 0.0, 1.0]}
distortion_model: plumb_bob
distortion_coefficients: {rows: 1, cols: 5, data: [-0.3, 0.1, 0.0, 0.0, 0.0]}
projection_matrix: {rows: 3, cols: 4, data: [8.0, 0, 3.4, 0, 0, 8.5, 2.6, 0, 0, 0, 1, 0]}
"""


def camera_file(folder: Path, **more: object) -> Path:
    path = folder / "camera.json"
    path.write_text(json.dumps({**CAMERA, **more}))
    return path


def units(folder: Path, scale: float) -> Path:
    path = folder / f"depth_{scale}.png"
    cv2.imwrite(str(path), np.rint(DEPTH_MM * 1e-3 / scale).astype(np.uint16))
    return path


@pytest.mark.parametrize("scale", [1e-3, 2.5e-4, 1e-4, 1 / 5000])
def test_an_image_in_any_unit_is_the_same_frame(tmp_path: Path, scale: float) -> None:
    frame = load_frame(units(tmp_path, scale), camera_file(tmp_path), DepthFormat(scale=scale))
    assert np.allclose(frame.depth, DEPTH_MM / 1e3, atol=6e-4)


@pytest.mark.parametrize(("written", "scale"), [(0.1, 1e-4), (1.0, 1e-3), (0.00025, 2.5e-4), (5000.0, 2e-4)])
def test_the_depth_scale_of_a_camera_file_counts(tmp_path: Path, written: float, scale: float) -> None:
    frame = load_frame(units(tmp_path, scale), camera_file(tmp_path, depth_scale=written))
    assert np.allclose(frame.depth, DEPTH_MM / 1e3, atol=6e-4)
    assert not frame.notes


def test_the_depth_scale_of_a_camera_file_is_that_of_integers(tmp_path: Path) -> None:
    np.save(tmp_path / "depth.npy", DEPTH_MM / 1e3)
    frame = load_frame(tmp_path / "depth.npy", camera_file(tmp_path, depth_scale=0.1))
    assert np.allclose(frame.depth, DEPTH_MM / 1e3)


def test_a_scale_that_contradicts_the_camera_file_is_refused_with_both(tmp_path: Path) -> None:
    camera = camera_file(tmp_path, depth_scale=0.1)
    depth = units(tmp_path, 1e-4)
    with pytest.raises(ConfigError, match=r"scale says 0\.001 m .* of .*camera\.json says 0\.0001 m"):
        load_frame(depth, camera, DepthFormat(scale=1e-3))
    assert load_frame(depth, camera, DepthFormat(scale=1e-4)).valid.all()


@pytest.mark.parametrize("written", [0, -1.0, "0.1 mm", True, float("nan")])
def test_a_depth_scale_that_is_none_is_refused(tmp_path: Path, written: object) -> None:
    with pytest.raises(IntrinsicsError, match="depth_scale"):
        load_frame(units(tmp_path, 1e-3), camera_file(tmp_path, depth_scale=written))


def test_a_calibration_of_two_images_needs_to_know_which_one_it_is(tmp_path: Path) -> None:
    np.save(tmp_path / "depth.npy", DEPTH_MM / 1e3)
    (tmp_path / "camera.yaml").write_text(CALIBRATED)
    places = tmp_path / "depth.npy", tmp_path / "camera.yaml"
    with pytest.raises(IntrinsicsError, match=r"px apart, .* set depth_format\.rectified to yes or no"):
        load_frame(*places)
    raw = load_frame(*places, DepthFormat(rectified=Rectified.NO)).intrinsics
    rectified = load_frame(*places, DepthFormat(rectified=Rectified.YES)).intrinsics
    assert (raw.fx, raw.distortion[0]) == (10.0, -0.3)
    assert (rectified.fx, rectified.cy, rectified.is_distorted) == (8.0, 2.6, False)


def test_a_calibration_whose_two_images_are_one_needs_no_word(tmp_path: Path) -> None:
    np.save(tmp_path / "depth.npy", DEPTH_MM / 1e3)
    same = CALIBRATED.replace("-0.3, 0.1", "0.0, 0.0").replace("8.0, 0, 3.4", "10.0, 0, 3.5")
    (tmp_path / "camera.yaml").write_text(same.replace("8.5, 2.6", "10.5, 2.5"))
    frame = load_frame(tmp_path / "depth.npy", tmp_path / "camera.yaml")
    assert (frame.intrinsics.fx, frame.notes) == (10.0, ())


@pytest.mark.parametrize(
    ("topic", "told"),
    [
        ("/camera/depth/image_rect_raw", Rectified.YES),
        ("/camera/depth/image_rect", Rectified.YES),
        ("/depth_rect/image", Rectified.YES),
        ("/camera/rectified/depth/compressedDepth", Rectified.YES),
        ("/camera/aligned_depth_to_color/image_raw", Rectified.NO),
        ("/camera/depth/unrectified", Rectified.NO),
        ("/direct/depth/image", Rectified.AUTO),
        ("/camera/depth/image", Rectified.AUTO),
        ("", Rectified.AUTO),
    ],
)
def test_names_of_topics_tell_whether_images_are_rectified(topic: str, told: Rectified) -> None:
    assert told_by_name(topic) is told
