# SPDX-License-Identifier: Apache-2.0
"""The one place where an exception becomes the number that travels in ``error_code``."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from pinch_interfaces.msg import ErrorCode

from pinch_core import errors

_CODES: Mapping[type[BaseException], int] = MappingProxyType(
    {
        errors.ConfigError: ErrorCode.INVALID_GOAL,
        errors.InvalidDepthError: ErrorCode.INVALID_DEPTH,
        errors.IntrinsicsError: ErrorCode.INTRINSICS_MISMATCH,
        errors.MaskError: ErrorCode.MASK_MISMATCH,
        errors.RegionError: ErrorCode.ROI_OUTSIDE_IMAGE,
        errors.NoTableError: ErrorCode.NO_TABLE,
        errors.NoObjectError: ErrorCode.NO_OBJECT,
        errors.UnknownNameError: ErrorCode.INVALID_GOAL,
        errors.DamagedFileError: ErrorCode.FAILURE,
        errors.PlanCancelled: ErrorCode.PREEMPTED,
        errors.PinchError: ErrorCode.FAILURE,
    }
)


def error_code(exception: BaseException) -> int:
    """The ErrorCode of an exception: its own ``error_code``, else the nearest base's entry here."""
    own = getattr(exception, "error_code", None)
    if isinstance(own, int):
        return own
    for base in type(exception).__mro__:
        if base in _CODES:
            return _CODES[base]
    return int(ErrorCode.FAILURE)
