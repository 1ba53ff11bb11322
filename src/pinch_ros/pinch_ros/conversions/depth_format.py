# SPDX-License-Identifier: Apache-2.0
"""How a depth image is to be read, as a message."""

from __future__ import annotations

from pinch_interfaces.msg import DepthFormat as DepthFormatMessage

from pinch_core.depth_format import DepthFormat, Rectified
from pinch_core.errors import ConfigError
from pinch_ros.errors import InvalidMessageError

_RECTIFIED = {
    DepthFormatMessage.RECTIFIED_AUTO: Rectified.AUTO,
    DepthFormatMessage.RECTIFIED_YES: Rectified.YES,
    DepthFormatMessage.RECTIFIED_NO: Rectified.NO,
}


def depth_format_from_message(message: DepthFormatMessage, *, where: str = "depth_format") -> DepthFormat:
    """The format.

    Raises:
        InvalidMessageError: a number is out of its range.
    """
    if message.rectified not in _RECTIFIED:
        raise InvalidMessageError(
            f"{where} has rectified = {message.rectified}; give one of the constants RECTIFIED_AUTO, "
            "RECTIFIED_YES, RECTIFIED_NO."
        )
    try:
        return DepthFormat(
            scale=float(message.scale),
            near=float(message.near),
            far=float(message.far),
            no_return=tuple(float(value) for value in message.no_return),
            rectified=_RECTIFIED[message.rectified],
        )
    except ConfigError as error:
        raise InvalidMessageError(f"{where}: {error}") from error


def depth_format_to_message(depth_format: DepthFormat) -> DepthFormatMessage:
    """The message."""
    one = depth_format
    codes = {meaning: code for code, meaning in _RECTIFIED.items()}
    return DepthFormatMessage(
        scale=one.scale, near=one.near, far=one.far, no_return=list(one.no_return),
        rectified=codes[one.rectified],
    )  # fmt: skip
