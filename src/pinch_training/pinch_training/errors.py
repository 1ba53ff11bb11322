# SPDX-License-Identifier: Apache-2.0
"""Every error that training, evaluation and the import of models raise on purpose."""

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


class AttemptsError(TrainingError):
    """Recorded attempts cannot be used: something is missing, contradicts itself or is no such thing."""


class DamagedAttemptsError(TrainingError, DamagedFileError):
    """A bag of attempts, or an image of it, is truncated or corrupt."""


class EvaluationError(PinchError):
    """Predictions, labels or an output folder cannot be used."""


class UnsupportedModelError(PinchError):
    """A published model is sound but describes a network that pinch cannot run."""
