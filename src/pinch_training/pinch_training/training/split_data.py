# SPDX-License-Identifier: Apache-2.0
"""The splits of a dataset in memory, by the names that a model card gives them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from pinch_datagen.dataset.dataset import Dataset
from pinch_training.errors import TrainingDataError
from pinch_training.training.classes import check_both_classes
from pinch_training.training.crop_data import CropData
from pinch_training.training.splits import Splits
from pinch_training.training.train_config import HeldOut, LearningConfig
from pinch_training.training.watcher import Watcher

PLURALS: Mapping[HeldOut, str] = MappingProxyType(
    {"object": "objects", "pose": "stable poses", "image": "images"}
)


@dataclass(frozen=True, eq=False)
class NamedData:
    """Examples and what they are called."""

    name: str
    data: CropData


@dataclass(frozen=True, eq=False)
class SplitData:
    """``test`` is None where no examples are kept for it."""

    train: CropData
    validation: NamedData
    test: NamedData | None

    @classmethod
    def load(
        cls, dataset: Dataset, splits: Splits, crop_size: int, config: LearningConfig, watcher: Watcher
    ) -> SplitData:
        """Read what the splits number.

        Raises:
            TrainingDataError: the training or the validation split holds one class only, or the former
                does not fill a batch.
            UnknownNameError: there are no crops of that size.
        """
        _check(dataset, splits, config)
        parts = (splits.train, splits.validation, splits.test)
        done, total = 0, sum(map(len, parts))

        def on_read(count: int) -> None:
            nonlocal done
            done += count
            watcher.on_read(done, total)

        train, validation, test = (CropData.load(dataset, crop_size, part, on_read) for part in parts)
        units = PLURALS[config.split]
        return cls(
            train,
            NamedData(f"validation {units}", validation),
            NamedData(f"held-out {units}", test) if len(test) else None,
        )

    @property
    def held_out(self) -> list[NamedData]:
        """What a network is not trained on."""
        return [self.validation] if self.test is None else [self.validation, self.test]


def _check(dataset: Dataset, splits: Splits, config: LearningConfig) -> None:
    labels = dataset.labels()
    check_both_classes(labels[splits.train], "the training split", "generate data with both labels")
    check_both_classes(
        labels[splits.validation],
        "the validation split",
        "generate more objects or raise validation_share",
    )
    batch = config.batch_for(len(splits.train))
    if len(splits.train) < batch:
        raise TrainingDataError(
            f"{len(splits.train)} training examples do not fill one batch of {batch}; generate more or lower "
            "batch."
        )
