# SPDX-License-Identifier: Apache-2.0
"""Every error that pinch_core raises on purpose.

Messages are one sentence: the value that is wrong, the place it came from, and what to do about it.
"""

from __future__ import annotations


class PinchError(Exception):
    """Base of all errors a user can cause or cure."""


class ConfigError(PinchError):
    """A setting is unknown, of the wrong type or out of its bounds."""


class InvalidDepthError(PinchError):
    """A depth image cannot be used: wrong shape, dtype or unit, or no valid pixel."""


class IntrinsicsError(PinchError):
    """Camera intrinsics are impossible or belong to an image of another size."""


class MaskError(PinchError):
    """A segmentation mask cannot be used with the depth image it came with."""


class RegionError(PinchError):
    """A region of interest does not lie inside the image."""


class NoTableError(PinchError):
    """No supporting plane was found."""


class NoObjectError(PinchError):
    """Nothing stands on the table inside the workspace."""


class PlanCancelled(PinchError):
    """Planning stopped because the caller asked for it."""


class UnknownNameError(PinchError):
    """A named thing (gripper, policy, robot, command) does not exist; the message lists those that do."""


class OutputError(PinchError):
    """A file or folder cannot be written: the disk is full, the place not writable, or taken by other
    things.
    """


class DamagedFileError(PinchError):
    """A file exists but its content is truncated or corrupt."""
