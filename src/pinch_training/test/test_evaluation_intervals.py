# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score

from pinch_training.evaluation.intervals import _Ranking, ranking_intervals


def sample(seed: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    labels = rng.random(count) < 0.4
    labels[:2] = [True, False]
    return labels, np.clip(np.round(0.3 * labels + 0.7 * rng.random(count), 1), 0, 1)


@given(st.integers(0, 2**32), st.integers(2, 60))
def test_weighted_scores_are_those_of_scikit_learn_and_of_repeated_examples(seed: int, count: int) -> None:
    labels, q = sample(seed, count)
    weights = np.random.default_rng(seed).poisson(1.0, count)
    weights[:2] += 1
    average_precision, roc_auc = _Ranking.of(labels, q).scores(weights)
    assert average_precision == pytest.approx(average_precision_score(labels, q, sample_weight=weights))
    assert roc_auc == pytest.approx(roc_auc_score(labels, q, sample_weight=weights))
    repeated = np.repeat(np.arange(count), weights)
    assert roc_auc == pytest.approx(roc_auc_score(labels[repeated], q[repeated]))


@pytest.mark.parametrize("groups", [10, 4000])
def test_interval_holds_the_score(groups: int) -> None:
    labels, q = sample(0, 4000)
    found = ranking_intervals(labels, q, np.arange(4000) % groups, np.random.default_rng(0))
    assert found.roc_auc.lower < roc_auc_score(labels, q) < found.roc_auc.upper
    score = average_precision_score(labels, q)
    assert found.average_precision.lower < score < found.average_precision.upper


def test_repeated_examples_are_no_independent_facts() -> None:
    labels, q = (np.repeat(column, 100) for column in sample(1, 40))
    single, grouped = (
        ranking_intervals(labels, q, groups, np.random.default_rng(0)).roc_auc
        for groups in (np.arange(4000), np.repeat(np.arange(40), 100))
    )
    # A hundred times the examples would make it ten times as sure.
    assert grouped.upper - grouped.lower > 5 * (single.upper - single.lower)


def test_bootstrap_of_single_examples_has_the_width_theory_predicts() -> None:
    rng = np.random.default_rng(0)
    labels = np.arange(4000) < 2000
    q = 1 / (1 + np.exp(-rng.normal(labels.astype(float), 1.0)))
    interval = ranking_intervals(labels, q, np.arange(4000), rng).roc_auc
    # Hanley and McNeil 1982: the variance of the area from the shares of pairs that share a member.
    order = (q[labels][:, None] > q[~labels]).astype(float)
    variance = (np.var(order.mean(axis=1)) + np.var(order.mean(axis=0))) / 2000
    assert interval.upper - interval.lower == pytest.approx(2 * 1.96 * np.sqrt(variance), rel=0.15)


def test_the_same_generator_gives_the_same_interval() -> None:
    labels, q = sample(3, 200)
    first, again = (
        ranking_intervals(labels, q, np.arange(200) % 20, np.random.default_rng(5)) for _ in range(2)
    )
    assert first == again


def test_one_group_or_class_says_nothing() -> None:
    labels, q = sample(4, 50)
    one_group = ranking_intervals(labels, q, np.zeros(50, np.int64), np.random.default_rng(0))
    one_class = ranking_intervals(np.ones(50, bool), q, np.arange(50), np.random.default_rng(0))
    for found in (one_group, one_class):
        assert np.isnan([*found.average_precision, *found.roc_auc]).all()
