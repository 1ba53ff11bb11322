# SPDX-License-Identifier: Apache-2.0
"""What predicts grasp quality, and what counts as a prediction."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from pinch_training.errors import EvaluationError

Bool = NDArray[np.bool_]
Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]
Int64 = NDArray[np.int64]


class Predictor(Protocol):
    """Whatever gives grasps a probability."""

    @property
    def crop_size(self) -> int:
        """Edge length of the crops it takes [px]."""

    def predict(self, crops: Float32, depths: Float32) -> NDArray[Any]:
        """Float[N], the probability that each grasp succeeds.

        Args:
            crops: Float32[N, crop_size, crop_size] [m], relative to the grasps, without gaps.
            depths: Float32[N], z of the grasp centre in the optical frame [m].
        """


def checked(labels: NDArray[Any], q: NDArray[Any]) -> tuple[Bool, Float64]:
    """The same numbers as Bool[N] and Float64[N], N > 0.

    Raises:
        EvaluationError: other shapes, labels other than 0 and 1, or a q that is no probability.
    """
    labels, q = np.asarray(labels), np.asarray(q, np.float64)
    if labels.ndim != 1 or labels.shape != q.shape:
        raise EvaluationError(
            f"labels {list(labels.shape)} and predictions {list(q.shape)} are not one number an example; "
            "predict every example once."
        )
    if len(labels) == 0:
        raise EvaluationError("there are 0 examples to evaluate; give a split that holds some.")
    if not np.isin(labels, (0, 1)).all():
        raise EvaluationError(f"labels of type {labels.dtype} hold more than 0 and 1; give booleans.")
    wrong = np.flatnonzero(~((q >= 0.0) & (q <= 1.0)))
    if len(wrong):
        raise EvaluationError(
            f"{len(wrong)} of {len(q)} predictions are no probabilities, such as {q[wrong[0]]:g}; "
            "repair the model."
        )
    return labels.astype(np.bool_), q
