# SPDX-License-Identifier: Apache-2.0
"""Few examples, dealt to folds that are held out in turn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedGroupKFold

from pinch_training.errors import TrainingDataError
from pinch_training.training.calibration import LogOdds
from pinch_training.training.classes import check_both_classes

Bool = NDArray[np.bool_]
Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]
Int64 = NDArray[np.int64]


class Fold(NamedTuple):
    """``held``: numbers of the examples that are held out, ``rest``: of all others, Int64 each."""

    rest: Int64
    held: Int64


def deal(successes: Bool, groups: Int64, count: int, seed: int) -> list[Fold]:
    """Folds with about as many successes each; no group is in two of them, every example is in one.

    Args:
        successes: Bool[N]. groups: Int64[N].
        count: how many folds.
        seed: in [0, 2**32).

    Raises:
        TrainingDataError: too few successes, failures or groups.
    """
    kinds = {
        "successes": int(successes.sum()),
        "failures": int((~successes).sum()),
        "objects": len(np.unique(groups)),
    }
    for name, number in kinds.items():
        if number < count:
            raise TrainingDataError(
                f"{number} {name} cannot be dealt to {count} folds; record more attempts or lower folds."
            )
    splitter = StratifiedGroupKFold(count, shuffle=True, random_state=seed)
    folds = [Fold(*rows) for rows in splitter.split(successes, successes, groups)]
    for fold in folds:
        check_both_classes(
            successes[fold.rest],
            "all folds but one",
            "record attempts on more objects with both outcomes",
        )
    return folds


def calibrated_by_the_rest(log_odds: Float32, successes: Bool, folds: Sequence[Fold]) -> Float64:
    """Float64[N]: log odds calibrated by the other folds, so that no example helps itself."""
    calibrated = np.empty(len(log_odds))
    for rest, held in folds:
        calibrated[held] = LogOdds.fitted(log_odds[rest], successes[rest]).of(log_odds[held])
    return calibrated
