# SPDX-License-Identifier: Apache-2.0
"""The one place where an exception becomes the ``error_code`` and ``error_msg`` that travel in a message."""

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
        errors.BinNotFoundError: ErrorCode.BIN_NOT_FOUND,
        errors.GripperTooLargeError: ErrorCode.GRIPPER_TOO_LARGE,
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


# An error repeats names from the request, which may be of any length: logs and clients are spared the rest.
_LONGEST_SENTENCE, _KEPT_AT_THE_END = 1000, 300


def error_sentence(exception: BaseException) -> str:
    """What the exception says, without the middle where it is long. Where it is empty: its type's name."""
    sentence = str(exception) or type(exception).__name__
    if len(sentence) <= _LONGEST_SENTENCE:
        return sentence
    begin = _LONGEST_SENTENCE - _KEPT_AT_THE_END
    return f"{sentence[:begin]} [...] {sentence[-_KEPT_AT_THE_END:]}"
