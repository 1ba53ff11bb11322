# SPDX-License-Identifier: Apache-2.0
"""The same camera in every form that a file may have."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import pytest
import yaml

from pinch_core.calibration import Calibration, calibration_from_camera_info, read_calibration
from pinch_core.errors import PinchError
from pinch_core.geometry.camera import CameraIntrinsics, DistortionModel

K = [601.5, 0.0, 322.25, 0.0, 598.0, 237.75, 0.0, 0.0, 1.0]
D = [-0.28, 0.09, 0.001, -0.0005, 0.01]
R = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]
P = [520.0, 0.0, 315.0, 0.0, 0.0, 525.0, 241.0, 0.0, 0.0, 0.0, 1.0, 0.0]
RAW = CameraIntrinsics(640, 480, 601.5, 598.0, 322.25, 237.75, DistortionModel.PLUMB_BOB, tuple(D))
RECTIFIED = CameraIntrinsics(640, 480, 520.0, 525.0, 315.0, 241.0)
PINHOLE = RAW.rectified()

SINGLE = {"width": 640, "height": 480, "fx": 601.5, "fy": 598.0, "cx": 322.25, "cy": 237.75}
MESSAGE = {
    "header": {"stamp": {"sec": 17, "nanosec": 4}, "frame_id": "camera_depth_optical_frame"},
    "height": 480,
    "width": 640,
    "distortion_model": "plumb_bob",
    "d": D,
    "k": K,
    "r": R,
    "p": P,
    "binning_x": 0,
    "binning_y": 0,
    "roi": {"x_offset": 0, "y_offset": 0, "height": 0, "width": 0, "do_rectify": False},
}
ROS_1 = {
    "header": {"seq": 3, "stamp": {"secs": 17, "nsecs": 4}, "frame_id": "camera"},
    **{key: MESSAGE[key] for key in ("height", "width", "distortion_model", "binning_x", "binning_y", "roi")},
    "D": D,
    "K": K,
    "R": R,
    "P": P,
}


def matrix(rows: int, cols: int, data: list[float]) -> dict[str, Any]:
    return {"rows": rows, "cols": cols, "data": data}


CALIBRATOR = {
    "image_width": 640,
    "image_height": 480,
    "camera_name": "narrow_stereo",
    "camera_matrix": matrix(3, 3, K),
    "distortion_model": "plumb_bob",
    "distortion_coefficients": matrix(1, 5, D),
    "rectification_matrix": matrix(3, 3, R),
    "projection_matrix": matrix(3, 4, P),
}


def opencv(ending: str) -> Callable[[], str]:
    def written() -> str:
        file = cv2.FileStorage(ending, cv2.FileStorage_WRITE | cv2.FileStorage_MEMORY)
        file.write("image_width", 640)
        file.write("image_height", 480)
        file.write("distortion_model", "plumb_bob")
        file.write("camera_matrix", np.array(K).reshape(3, 3))
        file.write("distortion_coefficients", np.array(D).reshape(1, 5))
        file.write("rectification_matrix", np.eye(3))
        file.write("projection_matrix", np.array(P).reshape(3, 4))
        return str(file.releaseAndGetString())

    return written


def message(names: str) -> SimpleNamespace:
    values = dict(zip(names, (D, K, R, P), strict=True))
    roi = SimpleNamespace(x_offset=0, y_offset=0, width=0, height=0, do_rectify=False)
    return SimpleNamespace(
        width=640, height=480, distortion_model="plumb_bob", binning_x=0, binning_y=0, roi=roi, **values
    )


# All that is known of a camera.
WHOLE: dict[str, Callable[[], str]] = {
    "camera_calibration": lambda: yaml.safe_dump(CALIBRATOR),
    "camera_calibration in lines": lambda: yaml.safe_dump(CALIBRATOR, default_flow_style=None),
    "echo": lambda: yaml.safe_dump(MESSAGE, sort_keys=False) + "---\n",
    "echo --once": lambda: yaml.safe_dump(MESSAGE, sort_keys=False),
    "echo of several messages": lambda: (yaml.safe_dump(MESSAGE, sort_keys=False) + "---\n") * 3,
    "echo that was interrupted": lambda: (
        yaml.safe_dump(MESSAGE, sort_keys=False) + "---\nheader:\n  stamp:\n    sec: 17\n"
    ),
    "echo that was interrupted in a word": lambda: (
        yaml.safe_dump(MESSAGE, sort_keys=False) + "---\nheader:\n  st"
    ),
    "echo with a warning": lambda: (
        "WARNING: topic [/camera/depth/camera_info] does not appear to be published yet\n"
        + yaml.safe_dump(MESSAGE, sort_keys=False)
        + "---\n"
    ),
    "echo with a lost message": lambda: (
        yaml.safe_dump(MESSAGE, sort_keys=False)
        + "---\nA message was lost!!!\n\ttotal count change:1\n\ttotal count: 1---\n"
    ),
    "ROS 1 echo": lambda: yaml.safe_dump(ROS_1, default_flow_style=None) + "---\n",
    "message as JSON": lambda: json.dumps(MESSAGE),
    "OpenCV YAML": opencv(".yml"),
    "OpenCV XML": opencv(".xml"),
    "OpenCV JSON": opencv(".json"),
    "Windows line ends": lambda: yaml.safe_dump(CALIBRATOR).replace("\n", "\r\n"),
    "byte order mark": lambda: "\ufeff" + json.dumps(MESSAGE),
}
# K and D only.
RAW_ONLY: dict[str, Callable[[], str]] = {
    "pinch": lambda: json.dumps({**SINGLE, "distortion_model": "plumb_bob", "distortion": D}),
    "librealsense": lambda: json.dumps(
        {
            "width": 640, "height": 480, "ppx": 322.25, "ppy": 237.75, "fx": 601.5, "fy": 598.0,
            "model": "distortion.brown_conrady", "coeffs": D,
        }
    ),
    "librealsense, of depth and colour": lambda: json.dumps(
        {
            "depth": {**SINGLE, "model": "Brown Conrady", "coeffs": D},
            "color": {**SINGLE, "fx": 900.0, "model": "Inverse Brown Conrady", "coeffs": [0] * 5},
        }
    ),
    "Kalibr": lambda: yaml.safe_dump(
        {
            "cam0": {
                "camera_model": "pinhole",
                "intrinsics": [601.5, 598.0, 322.25, 237.75],
                "distortion_model": "plumb_bob",
                "distortion_coeffs": D,
                "resolution": [640, 480],
                "rostopic": "/camera/image",
            }
        }
    ),
    "ORB-SLAM": lambda: (
        "%YAML:1.0\n\n# Camera\nCamera.fx: 601.5\nCamera.fy: 598.0\nCamera.cx: 322.25\nCamera.cy: 237.75\n"
        "Camera.k1: -0.28\nCamera.k2: 0.09\nCamera.p1: 0.001\nCamera.p2: -0.0005\nCamera.k3: 0.01\n"
        "Camera.width: 640\nCamera.height: 480\n"
    ),
    "no P": lambda: yaml.safe_dump({k: v for k, v in CALIBRATOR.items() if k != "projection_matrix"}),
}  # fmt: skip
# A matrix without distortion.
COLUMNS = [K[0], 0.0, 0.0, 0.0, K[4], 0.0, K[2], K[5], 1.0]
ROWS = [K[0:3], K[3:6], K[6:9]]
BARE: dict[str, Callable[[], str]] = {
    "pinch": lambda: json.dumps(SINGLE),
    "perception": lambda: json.dumps({**{f"_{k}": v for k, v in SINGLE.items()}, "_skew": 0.0, "_K": 0}),
    "BOP": lambda: json.dumps({**SINGLE, "depth_scale": 0.1}),
    "BOP scenes": lambda: json.dumps(
        {str(n): {"cam_K": K, "depth_scale": 1.0, "cam_R_w2c": R, "cam_t_w2c": [n, 0, 0]} for n in range(3)}
    ),
    "Open3D": lambda: json.dumps({"width": 640, "height": 480, "intrinsic_matrix": COLUMNS}),
    "Open3D by row": lambda: json.dumps({"width": 640, "height": 480, "intrinsic_matrix": ROWS}),
    "Open3D parameters": lambda: json.dumps(
        {
            "class_name": "PinholeCameraParameters",
            "extrinsic": [1.0] * 16,
            "intrinsic": {"width": 640, "height": 480, "intrinsic_matrix": COLUMNS},
            "version_major": 1,
        }
    ),
    "nested rows": lambda: json.dumps({"K": ROWS, "image_size": [640, 480]}),
    "Python": lambda: str({"width": 640, "height": 480, "camera_matrix": ROWS}),
    "numbers": lambda: "\n".join(" ".join(map(str, row)) for row in ROWS),
}


def written(path: Path, text: str) -> Calibration:
    path.write_text(text, encoding="utf-8", newline="")
    return read_calibration(path)


@pytest.mark.parametrize("form", WHOLE)
def test_a_whole_calibration_gives_the_same_raw_and_rectified_camera_in_every_form(
    tmp_path: Path, form: str
) -> None:
    calibration = written(tmp_path / "camera", WHOLE[form]())
    assert calibration.intrinsics(rectified=False) == RAW
    assert calibration.intrinsics(rectified=True) == RECTIFIED
    assert calibration.warnings == ()


@pytest.mark.parametrize("names", ["dkrp", "DKRP"], ids=["ROS 2", "ROS 1"])
def test_a_message_follows_the_rules_of_files(names: str) -> None:
    calibration = calibration_from_camera_info(message(names), "/camera_info")
    assert calibration.intrinsics(rectified=False) == RAW
    assert calibration.intrinsics(rectified=True) == RECTIFIED


@pytest.mark.parametrize("form", RAW_ONLY)
def test_a_calibration_without_p_gives_the_same_raw_camera_in_every_form(tmp_path: Path, form: str) -> None:
    calibration = written(tmp_path / "camera", RAW_ONLY[form]())
    assert calibration.intrinsics() == calibration.intrinsics(rectified=False) == RAW


@pytest.mark.parametrize("form", BARE)
def test_a_matrix_without_distortion_is_the_same_raw_and_rectified(tmp_path: Path, form: str) -> None:
    calibration = written(tmp_path / "camera", BARE[form]())
    for rectified in (None, False, True):
        assert calibration.intrinsics(rectified, size=(640, 480)) == PINHOLE
    assert calibration.unknown_keys == ()


TOKENS = [b"null", b"-1", b"[]", b"{}", b'"x"', b"nan", b"1e999", b": ", b"\n", b"true", b"[[1],[]]", b"\xff"]
FORMS = [form for group in (WHOLE, RAW_ONLY, BARE) for form in group.values()]


@pytest.mark.parametrize("seed", range(len(FORMS)))
def test_no_edit_of_a_file_makes_the_reader_fail_otherwise_than_by_a_pinch_error(
    tmp_path: Path, seed: int
) -> None:
    rng, whole = np.random.default_rng(seed), FORMS[seed]().encode()
    for _ in range(20):
        start = int(rng.integers(len(whole)))
        token = TOKENS[int(rng.integers(len(TOKENS)))]
        (tmp_path / "camera").write_bytes(whole[:start] + token + whole[start + int(rng.integers(20)) :])
        for rectified in (None, False, True):
            with contextlib.suppress(PinchError):
                read_calibration(tmp_path / "camera").intrinsics(rectified, size=(640, 480))
