# SPDX-License-Identifier: Apache-2.0
"""Figures of a dataset, and samples of it."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
from boxes_to_inspect import BESIDE, BLOCKED, CUP, JUG, REASONS, box, write_cup_and_jug
from object_data_samples import write_dataset

from pinch_datagen.dataset.manifest import Skipped
from pinch_datagen.dataset.shard import CropPrecision
from pinch_datagen.dataset.tables import GraspKind
from pinch_datagen.inspect.negative_reason import Reason, negative_reasons
from pinch_datagen.inspect.shard_subject import ShardSubject
from pinch_datagen.inspect.statistics import compute_statistics


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return write_cup_and_jug(tmp_path / "data")


def test_figures_agree_with_a_count_by_hand(data: Path) -> None:
    subject = ShardSubject(data)
    figures = compute_statistics(subject, subject.population())
    assert (figures.examples, figures.positives, figures.grasps) == (25, 9, 8)
    assert (figures.poses, figures.views) == (2, 2)
    assert figures.positive_share == 9 / 25
    assert figures.collision_share == 10 / 25
    assert figures.negatives == REASONS
    kinds = {kind.kind: kind for kind in figures.kinds}
    assert [kinds[name].examples for name in ("surface", "blocked", "beside")] == [22, 1, 2]
    assert kinds["surface"].example_share == 22 / 25
    assert kinds["surface"].positive_share == 9 / 22
    assert kinds["surface"].collision_share == 9 / 22
    assert (kinds["blocked"].positive_share, kinds["blocked"].collision_share) == (0.0, 1.0)
    assert [(entry.name, entry.positives, entry.examples) for entry in figures.objects] == [
        ("cup", 4, 13),
        ("jug", 5, 12),
    ]
    assert [entry.name for entry in figures.ranked_objects] == ["jug", "cup"]
    assert figures.skipped == (Skipped("leaf", "it has a hole"),)
    quantiles = {entry.quantity: entry for entry in figures.quantiles}
    assert quantiles["robust_epsilon"].values[2] == pytest.approx(0.00175)
    assert (quantiles["width"].grasps, quantiles["width"].values[0]) == (6, pytest.approx(0.03))
    # The box stands on its y face: a centre 10 mm along y is 10 mm above the middle.
    assert quantiles["height"].values == pytest.approx((0.04,) * 5)


def test_a_reason_is_the_first_that_holds() -> None:
    for kind, free, contact in itertools.product(GraspKind, (True, False), (True, False)):
        if kind == BESIDE:
            expected = Reason.BESIDE
        elif not free:
            expected = Reason.BLOCKED if kind == BLOCKED else Reason.COLLISION
        else:
            expected = Reason.LOW_EPSILON if contact else Reason.NO_CONTACT
        assert negative_reasons(kind, free, contact) == expected


@pytest.mark.parametrize(("label", "total"), [(True, 9), (False, 16)])
def test_a_sample_holds_examples_of_one_label_once_each(data: Path, label: bool, total: int) -> None:
    sample = ShardSubject(data).sample(label, 100, np.random.default_rng(0))
    assert (sample.total, len(sample)) == (total, total)
    assert ((sample.quality > 0.002) & (sample.reason > Reason.COLLISION)).all() == label
    # The crop tells which example it is: cup's are numbers 0 to 12, jug's 0 to 11.
    numbers = np.round(-1000 * sample.crops[32][:, 0, 0]).astype(int)
    labels = [data.examples["label"] for data in (box("cup", CUP), box("jug", JUG))]
    expected = np.concatenate([np.flatnonzero(of_object == label) for of_object in labels])
    assert sorted(numbers) == sorted(expected)


@pytest.mark.parametrize("count", [0, 1, 7, 16, 17])
def test_a_sample_is_as_large_as_asked_and_the_same_for_the_same_seed(data: Path, count: int) -> None:
    subject = ShardSubject(data)
    first, again, other = (subject.sample(False, count, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert len(first) == len(other) == min(count, 16)
    np.testing.assert_array_equal(first.crops[32], again.crops[32])
    if count == 7:
        assert (first.crops[32] != other.crops[32]).any()


def test_what_lies_outside_the_image_counts_as_no_return(tmp_path: Path) -> None:
    cup = box("cup", CUP)
    cup.crops[32][:, :, :5] = -cup.examples["depth"][:, None, None]  # a depth of 0 from the camera
    subject = ShardSubject(write_dataset(tmp_path, [cup], CropPrecision.FLOAT16))
    crops = subject.sample(True, 4, np.random.default_rng(0)).crops[32]
    assert np.isnan(crops[:, :, :5]).all()
    assert np.isfinite(crops[:, :, 5:]).all()


def test_both_sizes_of_crops_get_a_sheet_of_the_same_examples(tmp_path: Path) -> None:
    data = write_dataset(tmp_path, [box("jug", JUG, sizes=(32, 96))])
    sample = ShardSubject(data).sample(False, 5, np.random.default_rng(3))
    np.testing.assert_array_equal(sample.crops[32][:, 0, 0], sample.crops[96][:, 0, 0])
    assert list(sample.opening(96)) == pytest.approx(list(3 * sample.opening(32)))
