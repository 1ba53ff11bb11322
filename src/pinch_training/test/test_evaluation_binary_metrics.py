# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, balanced_accuracy_score, precision_score, recall_score

from pinch_training.errors import EvaluationError
from pinch_training.evaluation.binary_metrics import RECALL_LEVELS, Confusion, binary_metrics

LABELS = np.array([1, 0, 1, 1, 0, 0, 0, 1], bool)
Q = np.array([0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2])


@st.composite
def predictions(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """Both classes, and ties among q."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    labels = rng.random(draw(st.integers(2, 60))) < draw(st.floats(0.1, 0.9))
    labels[:2] = [True, False]
    return labels, rng.integers(0, 13, len(labels)) / 12


def test_small_sample_has_the_metrics_worked_out_by_hand() -> None:
    metrics = binary_metrics(LABELS, Q)
    assert metrics.confusion == Confusion(3, 1, 1, 3)  # q = 0.5 itself is not robust
    assert (metrics.count, metrics.positives) == (8, 4)
    assert metrics.accuracy == metrics.balanced_accuracy == metrics.precision == metrics.recall == 0.75
    assert metrics.coverage == 0.5
    # Precisions where a positive is found: 1/1, 2/3, 3/4, 4/8. Pairs in order: 4 + 3 + 3 + 0 of 16.
    assert metrics.average_precision == pytest.approx((1 + 2 / 3 + 3 / 4 + 1 / 2) / 4)
    assert metrics.roc_auc == pytest.approx(10 / 16)
    assert dict(zip(RECALL_LEVELS, metrics.precision_at_recall, strict=True)) == {
        0.5: 0.75, 0.8: 0.5, 0.9: 0.5, 0.95: 0.5, 0.99: 0.5
    }  # fmt: skip


@given(predictions())
def test_metrics_are_those_of_scikit_learn(sample: tuple[np.ndarray, np.ndarray]) -> None:
    labels, q = sample
    metrics, robust = binary_metrics(labels, q), q > 0.5
    assert metrics.accuracy == pytest.approx(accuracy_score(labels, robust))
    assert metrics.balanced_accuracy == pytest.approx(balanced_accuracy_score(labels, robust))
    assert metrics.recall == pytest.approx(recall_score(labels, robust))
    if robust.any():
        assert metrics.precision == pytest.approx(precision_score(labels, robust))
    assert sum(metrics.confusion) == len(labels)


@given(predictions())
def test_auc_counts_the_pairs_in_order(sample: tuple[np.ndarray, np.ndarray]) -> None:
    labels, q = sample
    differences = q[labels][:, None] - q[~labels]
    expected = np.mean((differences > 0) + 0.5 * (differences == 0))
    assert binary_metrics(labels, q).roc_auc == pytest.approx(expected)


@given(predictions())
def test_precision_at_recall_is_the_best_of_all_thresholds(sample: tuple[np.ndarray, np.ndarray]) -> None:
    labels, q = sample
    found = binary_metrics(labels, q).precision_at_recall
    for level, precision in zip(RECALL_LEVELS, found, strict=True):
        called = [q >= threshold for threshold in np.unique(q)]
        reach = [labels[c].mean() for c in called if labels[c].sum() >= level * labels.sum() - 1e-9]
        assert precision == pytest.approx(max(reach))


@given(predictions(), st.floats(0.2, 5.0))
def test_rank_metrics_do_not_change_under_monotone_maps(
    sample: tuple[np.ndarray, np.ndarray], power: float
) -> None:
    labels, q = sample
    before, after = binary_metrics(labels, q), binary_metrics(labels, q**power)
    for name in ("average_precision", "roc_auc", "precision_at_recall"):
        assert getattr(after, name) == pytest.approx(getattr(before, name))


@given(predictions(), st.randoms(use_true_random=False))
def test_order_of_examples_decides_nothing(sample: tuple[np.ndarray, np.ndarray], random: object) -> None:
    labels, q = sample
    order = np.arange(len(q))
    random.shuffle(order)  # type: ignore[attr-defined]
    first, shuffled = binary_metrics(labels, q), binary_metrics(labels[order], q[order])
    for field in dataclasses.fields(first):
        assert getattr(shuffled, field.name) == pytest.approx(getattr(first, field.name), nan_ok=True)


@given(predictions())
def test_swapping_the_classes_mirrors_the_auc(sample: tuple[np.ndarray, np.ndarray]) -> None:
    labels, q = sample
    there, back = binary_metrics(labels, q), binary_metrics(~labels, 1 - q)
    assert back.roc_auc == pytest.approx(there.roc_auc)
    assert binary_metrics(~labels, q).roc_auc == pytest.approx(1 - there.roc_auc)


@pytest.mark.parametrize("label", [False, True])
def test_one_class_has_no_ranking_but_an_accuracy(label: bool) -> None:
    metrics = binary_metrics(np.full(4, label), [0.1, 0.2, 0.3, 0.9])
    assert metrics.accuracy == (0.25 if label else 0.75)
    undefined = (metrics.balanced_accuracy, metrics.average_precision, metrics.roc_auc)
    assert all(math.isnan(value) for value in (*undefined, *metrics.precision_at_recall))
    assert metrics.precision == float(label)


def test_precision_is_undefined_where_nothing_is_robust() -> None:
    metrics = binary_metrics(LABELS, np.full(8, 0.5))
    assert math.isnan(metrics.precision)
    assert (metrics.coverage, metrics.recall, metrics.roc_auc) == (0.0, 0.0, 0.5)


@pytest.mark.parametrize(
    ("labels", "q", "message"),
    [
        ([], [], "0 examples"),
        ([True, False], [0.5], "labels \\[2\\] and predictions \\[1\\]"),
        ([True, False], [[0.5], [0.5]], "predictions \\[2, 1\\]"),
        ([True, False], [0.5, math.nan], "1 of 2 .* nan"),
        ([True, False], [0.5, 1.5], "1 of 2 .* 1.5"),
        ([True, False], [-math.inf, 0.5], "1 of 2 .* -inf"),
        ([1, 2], [0.5, 0.5], "more than 0 and 1"),
        ([1.0, math.nan], [0.5, 0.5], "more than 0 and 1"),
    ],
)
def test_what_is_no_prediction_is_refused_in_one_sentence(labels: list, q: list, message: str) -> None:
    with pytest.raises(EvaluationError, match=message) as caught:
        binary_metrics(np.array(labels), np.array(q))
    assert str(caught.value).endswith(".") and "\n" not in str(caught.value)
