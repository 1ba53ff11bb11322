# SPDX-License-Identifier: Apache-2.0
"""What can go wrong between ROS 2 and pinch_core."""

from __future__ import annotations

from pinch_interfaces.msg import ErrorCode

from pinch_core.errors import PinchError


class RosBorderError(PinchError):
    """Base of the errors of this package and of the nodes; ``error_code`` is a constant of ErrorCode."""

    error_code: int = ErrorCode.FAILURE


class InvalidMessageError(RosBorderError):
    """A field of a message has a value that cannot be meant."""

    error_code = ErrorCode.INVALID_GOAL


class UnknownMessageTypeError(RosBorderError):
    """A message is of a type that is not installed."""


class NoRecordingError(RosBorderError):
    """A path holds no recording, or files of another kind."""


class NoFrameError(RosBorderError):
    """No depth image with its camera info has arrived."""

    error_code = ErrorCode.UNABLE_TO_ACQUIRE_SENSOR_DATA


class FrameTransformError(RosBorderError):
    """TF does not know ``target`` from ``source`` at ``stamp_ns``."""

    error_code = ErrorCode.FRAME_TRANSFORM_FAILURE

    def __init__(self, message: str, target: str, source: str, stamp_ns: int) -> None:
        super().__init__(message)
        self.target, self.source, self.stamp_ns = target, source, stamp_ns


class CalibrationError(RosBorderError):
    """A calibration file cannot be used, or points do not tell the calibration's error."""

    error_code = ErrorCode.UNABLE_TO_ACQUIRE_SENSOR_DATA
