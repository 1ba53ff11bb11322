# SPDX-License-Identifier: Apache-2.0
"""Places for the boxes of an import graph: each above what it imports, with arrows short and beside boxes."""

from __future__ import annotations

from dataclasses import dataclass

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from source_imports import floors

Float64 = NDArray[np.float64]
# Width of a box, where two neighbours are 1 apart.
BOX = 0.86
# What a box that an arrow passes under costs, in lengths of an arrow; and what a faint arrow counts.
_HIT, _FAINT = 6.0, 0.15
_PASSES = 12


@dataclass(frozen=True)
class FloorPlan:
    """``places``: centres of the boxes (x, y), rows 1 apart from 0. ``direct``: arrows that no longer way
    implies. ``size``: columns and rows.
    """

    places: dict[str, tuple[float, float]]
    direct: set[tuple[str, str]]
    size: tuple[float, int]


def arrange(graph: nx.DiGraph[str], row: int = 9) -> FloorPlan:
    """Boxes on their floors; a floor of more than ``row`` goes on in further rows."""
    rows = _rows(graph, row)
    names = [name for names in rows for name in names]
    columns = max(map(len, rows), default=1)
    heights = np.array([height for height, names in enumerate(rows) for _ in names], dtype=np.float64)
    # Slots that a row leaves empty let arrows pass; every other row is half a slot to the right.
    slots = np.concatenate([_spread(len(names), columns) for names in rows] or [np.empty(0)])
    direct = _direct(graph)
    tangle = _Tangle(names, heights, list(graph.edges), direct)
    for _ in range(_PASSES):
        if not _improve(slots, heights, columns, tangle):
            break
    across = slots + 0.5 * (heights % 2)
    places = {name: (float(x), float(y)) for name, x, y in zip(names, across, heights, strict=True)}
    return FloorPlan(places, direct, (columns + (0.5 if len(rows) > 1 else 0.0), max(len(rows), 1)))


class _Tangle:
    """Tells how hard a placement is to read: length of the arrows, and boxes in their way."""

    def __init__(
        self, names: list[str], heights: Float64, edges: list[tuple[str, str]], direct: set[tuple[str, str]]
    ) -> None:
        index = {name: number for number, name in enumerate(names)}
        self._from = np.array([index[a] for a, _ in edges], dtype=np.intp)
        self._to = np.array([index[b] for _, b in edges], dtype=np.intp)
        self._weight = np.array([1.0 if edge in direct else _FAINT for edge in edges])
        high, low = heights[self._from], heights[self._to]
        rise = np.where(high == low, 1.0, high - low)
        # Where along the arrow [0, 1] it is as high as each box; boxes beside its two ends do not count.
        self._share = (high[:, None] - heights[None, :]) / rise[:, None]
        self._passes = (self._share > 1e-9) & (self._share < 1.0 - 1e-9) & (high != low)[:, None]
        self._offset = 0.5 * (heights % 2)

    def cost(self, slots: Float64) -> float:
        x = slots + self._offset
        start, end = x[self._from], x[self._to]
        across = start[:, None] + self._share * (end - start)[:, None]
        hits = (self._passes & (np.abs(across - x[None, :]) < BOX / 2)).sum(1)
        return float((self._weight * (np.abs(end - start) + _HIT * hits)).sum())


def _improve(slots: Float64, heights: Float64, columns: int, tangle: _Tangle) -> bool:
    """Move each box to the slot of its row that helps most, in exchange with what stands there."""
    improved, best = False, tangle.cost(slots)
    for box in range(len(slots)):
        beside = np.flatnonzero(heights == heights[box])
        for slot in range(columns):
            tried = slots.copy()
            tried[beside[slots[beside] == slot]] = slots[box]
            tried[box] = slot
            cost = tangle.cost(tried)
            if cost < best - 1e-9:
                slots[:], best, improved = tried, cost, True
    return improved


def _rows(graph: nx.DiGraph[str], row: int) -> list[list[str]]:
    level = floors(graph)
    rows: list[list[str]] = []
    for floor in range(1, max(level.values(), default=0) + 1):
        names = sorted(name for name in graph if level[name] == floor)
        count = -(-len(names) // row)
        rows += [names[index::count] for index in range(count)]
    return rows


def _spread(count: int, columns: int) -> Float64:
    """So many different slots over the width."""
    return np.floor((np.arange(count) + 0.5) * columns / count)


def _direct(graph: nx.DiGraph[str]) -> set[tuple[str, str]]:
    """The arrows that no longer way implies; within circles all."""
    condensed = nx.condensation(graph)
    group_of = condensed.graph["mapping"]
    kept = set(nx.transitive_reduction(condensed).edges)
    return {
        (a, b) for a, b in graph.edges if group_of[a] == group_of[b] or (group_of[a], group_of[b]) in kept
    }
