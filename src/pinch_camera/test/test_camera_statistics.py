# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np

from pinch_camera.camera_statistics import CameraStatistics
from pinch_core.depth_format import DepthFormat
from pinch_core.depth_frame import DepthFrame
from pinch_core.geometry.camera import CameraIntrinsics
from pinch_ros.diagnostics import Level

CAMERA = CameraIntrinsics(10, 10, 20.0, 20.0, 4.5, 4.5)


def test_pixels_without_return_are_told_by_reason() -> None:
    stored = np.full((10, 10), 700, np.uint16)
    stored[:2], stored[2, :3] = 65535, 0
    frame = DepthFrame.from_array(stored, CAMERA)
    statistics = CameraStatistics()
    statistics.frame(frame, frame)
    health = statistics.health("/depth", None)
    assert health.values["no return [px]"] == "20 stored as 65535, 3 zero, NaN or infinite"
    assert health.values["hole ratio"] == "0.230"
    assert health.level is Level.OK


def test_a_guess_about_the_unit_is_a_warning_until_the_unit_is_given() -> None:
    stored = np.full((10, 10), 2_800, np.uint16)
    for depth_format, level in ((DepthFormat(), Level.WARN), (DepthFormat(scale=2.5e-4), Level.OK)):
        frame = DepthFrame.from_array(stored, CAMERA, depth_format)
        statistics = CameraStatistics()
        statistics.frame(frame, frame)
        health = statistics.health("/depth", None)
        assert health.level is level
        assert ("depth_format.scale" in health.message) == (level is Level.WARN)
