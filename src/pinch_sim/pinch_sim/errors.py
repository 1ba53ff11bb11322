# SPDX-License-Identifier: Apache-2.0
"""Errors of the simulated cell; messages are one sentence with value, place and remedy."""

from __future__ import annotations

from pinch_core.errors import PinchError


class SimError(PinchError):
    """Base of all errors of this package."""


class UnknownObjectError(SimError):
    """No object of that name is in the library or in the cell."""


class PlacementError(SimError):
    """An object could not be placed where it was requested."""


class RenderingError(SimError):
    """No off-screen OpenGL is available."""


class ModelError(SimError):
    """A robot description lacks what the cell needs."""


class GoalRejectedError(SimError):
    """A controller rejects a goal. ``code`` is a constant of control_msgs/FollowJointTrajectory's
    result."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
