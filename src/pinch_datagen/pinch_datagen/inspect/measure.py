# SPDX-License-Identifier: Apache-2.0
"""What labels are made from: robust epsilon for objects that lie alone, resisted wrenches in heaps."""

from __future__ import annotations

from enum import Enum

from pinch_datagen.dataset.shard import Shard
from pinch_datagen.heaps.heap_files import is_heap


class Measure(Enum):
    """The column of GRASPS, and what it is called."""

    EPSILON = ("robust_epsilon", "robust epsilon", "robust epsilon > {0:g}{1} and nothing is hit")
    RESISTANCE = (
        "robust_wrench_resistance",
        "share of samples resisted",
        "gravity with a disturbance is resisted in more than {0:.0%} of the samples, exactly one object is "
        "touched and nothing hit",
    )

    def __init__(self, column: str, title: str, rule: str) -> None:
        self.column, self.title, self._rule = column, title, rule

    def rule(self, threshold: float, scale: str) -> str:
        """When a grasp is positive. ``scale``: of torques, in words, or empty."""
        return self._rule.format(threshold, scale)


def measure_of(shard: Shard) -> Measure:
    """That of a shard's labels."""
    return Measure.RESISTANCE if is_heap(shard.folder) else Measure.EPSILON
