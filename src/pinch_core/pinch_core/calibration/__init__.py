# SPDX-License-Identifier: Apache-2.0
"""Camera calibrations from files and messages of any kind, by one set of rules."""

from pinch_core.calibration.calibration import SAME_IMAGE_PX, Calibration
from pinch_core.calibration.camera_info import calibration_from_camera_info
from pinch_core.calibration.read import CALIBRATION_FORMS, read_calibration

__all__ = [
    "CALIBRATION_FORMS",
    "SAME_IMAGE_PX",
    "Calibration",
    "calibration_from_camera_info",
    "read_calibration",
]
