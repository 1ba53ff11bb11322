# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import math

import numpy as np

from pinch_core.planning.suppression import SuppressionConfig, distinct

CONFIG = SuppressionConfig(distance=0.01, angle=0.35)


def axis(angle: float) -> list[float]:
    return [math.cos(angle), math.sin(angle), 0.0]


def test_only_grasps_that_are_near_in_place_and_angle_are_suppressed() -> None:
    positions = np.array([[0, 0, 0.7], [0.005, 0, 0.7], [0.005, 0, 0.7], [0.02, 0, 0.7]])
    closing = np.array([axis(0.0), axis(0.1), axis(0.8), axis(0.0)])
    assert list(distinct(positions, closing, np.arange(4), CONFIG)) == [0, 2, 3]


def test_a_jaw_turned_half_way_is_the_same_jaw() -> None:
    positions, closing = np.zeros((2, 3)), np.array([axis(0.1), axis(0.1 + math.pi)])
    assert list(distinct(positions, closing, np.arange(2), CONFIG)) == [0]


def test_the_best_of_each_group_survives_in_order(rng: np.random.Generator) -> None:
    positions, closing = rng.uniform(-0.03, 0.03, (200, 3)), np.tile(axis(0.0), (200, 1))
    order = rng.permutation(200)
    kept = list(distinct(positions, closing, order, CONFIG))
    assert kept[0] == order[0]
    rank = {int(row): place for place, row in enumerate(order)}
    assert [rank[row] for row in kept] == sorted(rank[row] for row in kept)
    apart = np.linalg.norm(positions[kept][:, None] - positions[kept][None], axis=-1)
    assert apart[~np.eye(len(kept), dtype=bool)].min() >= CONFIG.distance
    for row in set(range(200)) - set(kept):
        better = [other for other in kept if rank[other] < rank[row]]
        assert np.linalg.norm(positions[better] - positions[row], axis=1).min() < CONFIG.distance
