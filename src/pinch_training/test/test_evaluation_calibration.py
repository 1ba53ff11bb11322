# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy.special import expit
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss

from pinch_training.evaluation.calibration import (
    brier_score,
    equal_count_curve,
    equal_width_curve,
)

CURVES = (equal_width_curve, equal_count_curve)


def drawn(seed: int, count: int, distortion: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Labels that come true with the probability of their logits, and the logits times a factor."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(-0.5, 2.0, count)
    return rng.random(count) < expit(logits), distortion * logits


def test_small_sample_has_the_error_worked_out_by_hand() -> None:
    labels = np.array([0, 1, 1, 1], bool)
    q = np.array([0.1, 0.3, 0.6, 1.0])
    curve = equal_width_curve(labels, q, bins=2)
    np.testing.assert_allclose(curve.q, [0.2, 0.8])
    np.testing.assert_allclose(curve.positive_share, [0.5, 1.0])
    assert curve.count.tolist() == [2, 2]
    assert curve.expected_error == pytest.approx((0.3 + 0.2) / 2)
    assert brier_score(labels, q) == pytest.approx((0.01 + 0.49 + 0.16 + 0.0) / 4)


@given(st.integers(0, 2**32), st.integers(1, 20))
def test_curve_of_equal_width_is_that_of_scikit_learn(seed: int, bins: int) -> None:
    labels, logits = drawn(seed, 200)
    curve = equal_width_curve(labels, expit(logits), bins)
    shares, means = calibration_curve(labels, expit(logits), n_bins=bins)
    np.testing.assert_allclose(curve.positive_share, shares)
    np.testing.assert_allclose(curve.q, means)
    assert brier_score(labels, expit(logits)) == pytest.approx(brier_score_loss(labels, expit(logits)))


@given(st.integers(0, 2**32), st.integers(1, 20), st.integers(20, 300))
@example(seed=0, bins=20, count=101)
def test_bins_of_equal_count_differ_by_one_at_most(seed: int, bins: int, count: int) -> None:
    labels, logits = drawn(seed, count)
    curve = equal_count_curve(labels, expit(logits), bins)
    assert len(curve.count) == bins
    assert curve.count.sum() == count
    assert np.ptp(curve.count) <= 1
    assert (np.diff(curve.q) > 0).all()


@pytest.mark.parametrize("curve", CURVES)
def test_equal_predictions_share_a_bin_whatever_their_number(curve: object) -> None:
    labels = np.arange(100) < 70
    found = curve(labels, np.full(100, 0.7))  # type: ignore[operator]
    assert found.count.tolist() == [100]
    assert found.expected_error == pytest.approx(0.0)


@pytest.mark.parametrize("curve", CURVES)
def test_error_of_perfect_calibration_vanishes_with_more_examples(curve: object) -> None:
    errors = []
    for count in (200, 5_000, 200_000):
        labels, logits = drawn(7, count)
        errors.append(curve(labels, expit(logits)).expected_error)  # type: ignore[operator]
    assert errors[0] > errors[1] > errors[2]
    assert errors[2] < 0.004


@pytest.mark.parametrize("curve", CURVES)
def test_error_is_what_was_added_to_every_prediction(curve: object) -> None:
    rng = np.random.default_rng(0)
    truth = rng.uniform(0.1, 0.7, 200_000)
    labels = rng.random(len(truth)) < truth
    assert curve(labels, truth + 0.2).expected_error == pytest.approx(0.2, abs=0.005)  # type: ignore[operator]


@given(st.integers(0, 2**32))
def test_order_of_examples_decides_nothing(seed: int) -> None:
    labels, logits = drawn(seed, 100)
    order = np.random.default_rng(seed).permutation(100)
    q = expit(logits)
    for curve in CURVES:
        first, shuffled = curve(labels, q), curve(labels[order], q[order])
        assert shuffled.expected_error == pytest.approx(first.expected_error)
        np.testing.assert_array_equal(shuffled.count, first.count)
