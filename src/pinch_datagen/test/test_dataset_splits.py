# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from object_data_samples import object_data, write_dataset

from pinch_core.errors import ConfigError
from pinch_datagen.dataset.dataset import Dataset
from pinch_datagen.dataset.groups import SplitUnit
from pinch_datagen.dataset.splits import split

OBJECTS = [object_data(seed, f"object {seed}", examples=25, crop_sizes=(4,)) for seed in range(24)]
units = st.sampled_from(SplitUnit)
seeds = st.integers(0, 2**64 - 1)


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return Dataset.open(write_dataset(tmp_path_factory.mktemp("data"), OBJECTS))


@given(units, st.lists(st.integers(1, 4), min_size=1, max_size=4), seeds)
def test_parts_cover_everything_once_and_share_no_group(
    dataset: Dataset, unit: SplitUnit, weights: list[int], seed: int
) -> None:
    fractions = tuple(weight / sum(weights) for weight in weights)
    parts = split(dataset, unit, fractions, seed)
    assert len(parts) == len(fractions)
    np.testing.assert_array_equal(np.sort(np.concatenate(parts)), np.arange(len(dataset)))
    ids = dataset.group_ids(unit)
    groups = [set(ids[part]) for part in parts]
    assert sum(map(len, groups)) == len(set.union(*groups)) == len(set(ids))
    for part, group, fraction in zip(parts, groups, fractions, strict=True):
        assert part.dtype == np.int64
        assert (np.diff(part) > 0).all()
        assert abs(len(group) - fraction * len(set(ids))) <= 1.0


@given(units, seeds)
def test_the_same_seed_splits_alike_and_another_differently(
    dataset: Dataset, unit: SplitUnit, seed: int
) -> None:
    first, again = (split(dataset, unit, (0.5, 0.5), seed) for _ in range(2))
    other = split(dataset, unit, (0.5, 0.5), (seed + 1) % 2**64)
    np.testing.assert_array_equal(first[0], again[0])
    assert first[0].tolist() != other[0].tolist()


@pytest.mark.parametrize("unit", SplitUnit)
def test_every_group_comes_into_the_small_part_under_some_seed(dataset: Dataset, unit: SplitUnit) -> None:
    seen = {
        int(k)
        for seed in range(60)
        for k in dataset.group_ids(unit)[split(dataset, unit, (0.8, 0.2), seed)[1]]
    }
    assert seen == {int(k) for k in dataset.group_ids(unit)}


@pytest.mark.parametrize("unit", SplitUnit)
def test_the_order_and_the_numbers_of_the_shards_decide_nothing(
    dataset: Dataset, tmp_path: Path, unit: SplitUnit
) -> None:
    other = Dataset.open(write_dataset(tmp_path, OBJECTS[::-1], start=100))

    def validation(of: Dataset) -> set[float]:
        return {float(depth) for depth in of.depths()[split(of, unit, (0.8, 0.2), 5)[1]]}

    assert len(set(dataset.depths())) == len(dataset)  # so a depth tells which example it is
    assert validation(other) == validation(dataset)


def test_the_split_of_a_seed_is_fixed_for_ever(dataset: Dataset) -> None:
    """Results of other versions stay comparable: this list changes only with the format version."""
    held_out = split(dataset, SplitUnit.OBJECT, (0.9, 0.1), 0)[1]
    names = sorted(data.model.name for data in OBJECTS)
    assert sorted({names[k // 25] for k in held_out}) == ["object 10", "object 14"]


@pytest.mark.parametrize(
    ("fractions", "seed", "message"),
    [
        ((), 0, "must be positive and add up to 1"),
        ((0.5, 0.4), 0, "must be positive and add up to 1"),
        ((1.5, -0.5), 0, "must be positive and add up to 1"),
        ((1.0, 0.0), 0, "must be positive and add up to 1"),
        ((float("nan"), 0.5), 0, "must be positive and add up to 1"),
        ((0.5, 0.5), -1, r"seed -1 is outside"),
        ((0.5, 0.5), 2**64, "is outside"),
        ((0.99, 0.01), 0, "24 groups by object, too few"),
    ],
)
def test_impossible_splits_are_refused(
    dataset: Dataset, fractions: tuple[float, ...], seed: int, message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        split(dataset, SplitUnit.OBJECT, fractions, seed)
