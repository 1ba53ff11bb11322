# SPDX-License-Identifier: Apache-2.0
"""Which examples a network learns from, which choose its best epoch, and which it never sees."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from pinch_datagen.dataset.dataset import Dataset
from pinch_datagen.dataset.groups import SplitUnit
from pinch_datagen.dataset.splits import split
from pinch_training.training.train_config import HeldOut, LearningConfig

Int64 = NDArray[np.int64]

UNITS: Mapping[HeldOut, SplitUnit] = MappingProxyType(
    {"object": SplitUnit.OBJECT, "pose": SplitUnit.STABLE_POSE, "image": SplitUnit.IMAGE}
)


@dataclass(frozen=True, eq=False)
class Splits:
    """Example numbers of three sets that share no object, stable pose or image, as ``config.split`` says."""

    train: Int64
    validation: Int64
    test: Int64

    @classmethod
    def of(cls, dataset: Dataset, config: LearningConfig) -> Splits:
        """The same for the same seed; what the limits leave out is in none.

        Raises:
            ConfigError: too few objects, poses or images.
            DatagenError: the dataset does not say which objects or poses its examples show.
        """
        unit = UNITS[config.split]
        rest = 1.0 - config.validation_share - config.test_share
        shares = (rest, config.validation_share, config.test_share)
        if config.test_share == 0:
            train, validation = split(dataset, unit, shares[:2], config.seed)
            test = np.zeros(0, np.int64)
        else:
            train, validation, test = split(dataset, unit, shares, config.seed)
        rng = np.random.default_rng(config.seed)
        return cls(
            _drawn(train, config.max_examples, rng),
            _drawn(validation, config.max_held_out, rng),
            _drawn(test, config.max_held_out, rng),
        )


def _drawn(indices: Int64, count: int, rng: np.random.Generator) -> Int64:
    """At most so many of them, in their order; all for 0."""
    if count == 0 or count >= len(indices):
        return indices
    return np.sort(rng.choice(indices, count, replace=False))
