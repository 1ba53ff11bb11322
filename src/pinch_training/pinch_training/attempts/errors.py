# SPDX-License-Identifier: Apache-2.0
"""What recorded attempts raise on purpose."""

from __future__ import annotations

from pinch_core.errors import DamagedFileError
from pinch_training.errors import TrainingError


class AttemptsError(TrainingError):
    """Recorded attempts cannot be used: something is missing, contradicts itself or is no such thing."""


class DamagedAttemptsError(TrainingError, DamagedFileError):
    """A recording of attempts, or an image of it, is truncated or corrupt."""
