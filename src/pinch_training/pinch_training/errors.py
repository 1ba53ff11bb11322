# SPDX-License-Identifier: Apache-2.0
"""Every error that training raises on purpose."""

from __future__ import annotations

from pinch_core.errors import DamagedFileError, PinchError


class TrainingError(PinchError):
    """Base of what can go wrong while a network is trained."""


class TrainingDataError(TrainingError):
    """The data cannot train a network: one class only, too few objects, numbers that are not finite."""


class RunFolderError(TrainingError):
    """The folder of a run cannot be used."""


class DamagedCheckpointError(TrainingError, DamagedFileError):
    """A checkpoint is truncated, corrupt or of another run."""
