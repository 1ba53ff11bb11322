# SPDX-License-Identifier: Apache-2.0
"""What can go wrong with a source of depth, beyond what pinch_core and pinch_ros raise."""

from __future__ import annotations

from pinch_interfaces.msg import ErrorCode

from pinch_ros.errors import RosBorderError


class CameraError(RosBorderError):
    """Base of this package's errors."""

    error_code = ErrorCode.UNABLE_TO_ACQUIRE_SENSOR_DATA


class NoFrameSourceError(CameraError):
    """There is nothing to read frames from: no such folder, no matching file, no depth topic in the bag."""
