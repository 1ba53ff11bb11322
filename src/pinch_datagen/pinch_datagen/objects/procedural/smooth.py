# SPDX-License-Identifier: Apache-2.0
"""Closed smooth bodies: superquadrics and lumps."""

from __future__ import annotations

import numpy as np
from manifold3d import Manifold

from pinch_datagen.objects.procedural.solids import Float64, ball


def superquadric(rng: np.random.Generator) -> Manifold:
    """Between box, ball, cylinder and octahedron (Barr, 1981)."""
    size, (e_1, e_2) = rng.uniform(0.012, 0.05, 3), rng.uniform(0.25, 1.9, 2)

    def power(base: Float64, exponent: float) -> Float64:
        return np.asarray(np.sign(base) * np.abs(base) ** exponent)

    def shaped(points: Float64) -> Float64:
        unit = points / np.linalg.norm(points, axis=1, keepdims=True)
        around, up = np.arctan2(unit[:, 1], unit[:, 0]), np.arcsin(np.clip(unit[:, 2], -1, 1))
        x = power(np.cos(up), e_1) * power(np.cos(around), e_2)
        y = power(np.cos(up), e_1) * power(np.sin(around), e_2)
        return np.column_stack([x, y, power(np.sin(up), e_1)]) * size

    return ball(1.0).warp_batch(shaped)


def lump(rng: np.random.Generator) -> Manifold:
    """A ball with gentle hills and hollows: a potato, a pebble."""
    size = rng.uniform(0.015, 0.04, 3)
    directions = rng.normal(size=(6, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    heights = rng.uniform(-0.22, 0.3, 6)

    def shaped(points: Float64) -> Float64:
        unit = points / np.linalg.norm(points, axis=1, keepdims=True)
        swell = 1.0 + np.exp(4.0 * (unit @ directions.T - 1.0)) @ heights
        return np.asarray(unit * swell[:, None] * size)

    return ball(1.0).warp_batch(shaped)


def egg(rng: np.random.Generator) -> Manifold:
    """An ellipsoid, thinner towards one end."""
    size, taper = rng.uniform(0.015, 0.045, 3), rng.uniform(0.0, 0.45)

    def shaped(points: Float64) -> Float64:
        thin = 1.0 - taper * points[:, 2:3]
        return np.asarray(np.hstack([points[:, :2] * thin, points[:, 2:3]]) * size)

    return ball(1.0).warp_batch(shaped)
