# SPDX-License-Identifier: Apache-2.0
"""Random grasps by two contacts, from head-on to sliding ones."""

from __future__ import annotations

import numpy as np

from pinch_datagen.metrics.soft_finger import ContactPairs


def unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


def random_pairs(rng: np.random.Generator, count: int, slant: float) -> ContactPairs:
    """``slant``: how far the normals turn from the line between the contacts, 0 = not at all."""
    points = rng.normal(0.0, 0.02, (count, 2, 3))
    line = unit(points[:, 1] - points[:, 0])
    normals = unit(np.stack([line, -line], axis=1) + rng.normal(0.0, slant, (count, 2, 3)))
    reference = unit(np.cross(line, rng.normal(size=(count, 3))))
    return ContactPairs(points, normals, rng.uniform(0.1, 1.0, count), reference)
