# SPDX-License-Identifier: Apache-2.0
"""Every error that the benchmark raises on purpose: one sentence with the value, the place, the remedy."""

from __future__ import annotations

from pinch_core.errors import PinchError


class BenchmarkError(PinchError):
    """Base of what can go wrong in a benchmark."""


class UnknownMethodError(BenchmarkError):
    """There is no grasp planning method of that name."""


class MissingWeightsError(BenchmarkError):
    """A method is known, but not the weights of its network."""


class UnusableObjectError(BenchmarkError):
    """An object cannot be put before the gripper; it is left out and the reason reported."""
