# SPDX-License-Identifier: Apache-2.0
"""The calibration in a CameraInfo message, of whatever library decoded it."""

from __future__ import annotations

from typing import Any

from pinch_core.calibration.calibration import Calibration
from pinch_core.calibration.fields import calibration_from_values


def calibration_from_camera_info(info: Any, source: str = "camera_info") -> Calibration:
    """By the rules for files; K, D, R and P are named in lower case since ROS 2.

    Args:
        info: sensor_msgs/CameraInfo.
        source: topic or field, for messages.

    Raises:
        IntrinsicsError: it is none that could be used.
    """
    values: dict[str, Any] = {
        name: getattr(info, name)
        for name in ("width", "height", "distortion_model", "binning_x", "binning_y")
    }
    for name in ("d", "k", "r", "p"):
        array = getattr(info, name) if hasattr(info, name) else getattr(info, name.upper())
        values[name] = [float(value) for value in array]
    roi = info.roi
    values["roi"] = {
        name: getattr(roi, name) for name in ("x_offset", "y_offset", "width", "height", "do_rectify")
    }
    return calibration_from_values(values, source)
