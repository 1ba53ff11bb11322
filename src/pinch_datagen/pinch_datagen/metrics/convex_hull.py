# SPDX-License-Identifier: Apache-2.0
"""The same qualities by the definition, one grasp at a time: the reference for tests and benchmarks."""

from __future__ import annotations

import numpy as np
from scipy.spatial import ConvexHull, QhullError

from pinch_datagen.metrics.soft_finger import Float64

# A hull whose boundary comes this near to the origin does not surround it.
ROUNDING = 1e-12


def hull_epsilon(wrenches: Float64) -> float:
    """Distance from the origin to the boundary of the hull of Float64[K, 6] wrenches; 0 if outside it."""
    distances = _facet_distances(wrenches)
    if distances is None or distances[:, -1].min() <= ROUNDING:
        return 0.0
    return float(distances[:, -1].min())


def hull_wrench_resistance(wrenches: Float64, wrench: Float64) -> float:
    """Largest lambda with lambda ``wrench`` in the hull; 0 if the origin is outside."""
    facets = _facet_distances(wrenches)
    if facets is None or facets[:, -1].min() <= ROUNDING:
        return 0.0
    normals, distances = facets[:, :-1], facets[:, -1]
    towards = normals @ wrench
    return float((distances[towards > 0] / towards[towards > 0]).min())


def _facet_distances(wrenches: Float64) -> Float64 | None:
    """Float64[F, 7]: unit outward normals and distances of the facets from the origin, None if the hull is
    flat.
    """
    try:
        equations = ConvexHull(wrenches).equations
    except QhullError:
        return None
    return np.asarray(np.concatenate([equations[:, :-1], -equations[:, -1:]], axis=1))
