# SPDX-License-Identifier: Apache-2.0
"""What can be wrong with predictions and with what is asked about them."""

from __future__ import annotations

from pinch_core.errors import PinchError


class EvaluationError(PinchError):
    """Predictions, labels or an output folder cannot be used."""
