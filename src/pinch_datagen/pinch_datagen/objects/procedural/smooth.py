# SPDX-License-Identifier: Apache-2.0
"""Closed smooth bodies: superquadrics, supertoroids, lumps."""

from __future__ import annotations

import numpy as np
from manifold3d import CrossSection, Manifold

from pinch_datagen.objects.procedural.solids import FINE, ROUND, Float64, ball


def _power(base: Float64, exponent: float) -> Float64:
    """With the sign of its base."""
    return np.asarray(np.sign(base) * np.abs(base) ** exponent)


def _globe(segments: int) -> Manifold:
    """A unit ball of meridians and parallels."""
    up = np.linspace(-np.pi / 2, np.pi / 2, segments // 2 + 1)
    return CrossSection([np.column_stack([np.cos(up), np.sin(up)])]).revolve(segments)


def superquadric(rng: np.random.Generator) -> Manifold:
    """Between box, ball, cylinder and octahedron (Barr, 1981)."""
    size, (e_1, e_2) = rng.uniform(0.012, 0.05, 3), rng.uniform(0.25, 1.9, 2)

    def shaped(points: Float64) -> Float64:
        unit = points / np.linalg.norm(points, axis=1, keepdims=True)
        around, up = np.arctan2(unit[:, 1], unit[:, 0]), np.arcsin(np.clip(unit[:, 2], -1, 1))
        x = _power(np.cos(up), e_1) * _power(np.cos(around), e_2)
        y = _power(np.cos(up), e_1) * _power(np.sin(around), e_2)
        return np.column_stack([x, y, _power(np.sin(up), e_1)]) * size

    # A multiple of eight: box-like ones have their edges at 45 degrees.
    return _globe(40).warp_batch(shaped)


def lump(rng: np.random.Generator) -> Manifold:
    """A ball with gentle hills and hollows: a potato, a pebble."""
    size = rng.uniform(0.015, 0.04, 3)
    directions = rng.normal(size=(7, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    heights = rng.uniform(-0.3, 0.45, 7)

    def shaped(points: Float64) -> Float64:
        unit = points / np.linalg.norm(points, axis=1, keepdims=True)
        swell = 1.0 + np.exp(5.0 * (unit @ directions.T - 1.0)) @ heights
        return np.asarray(unit * swell[:, None] * size)

    return ball(1.0, FINE).warp_batch(shaped)


def egg(rng: np.random.Generator) -> Manifold:
    """An ellipsoid, thinner towards one end."""
    size, taper = rng.uniform(0.015, 0.045, 3), rng.uniform(0.0, 0.45)

    def shaped(points: Float64) -> Float64:
        thin = 1.0 - taper * points[:, 2:3]
        return np.asarray(np.hstack([points[:, :2] * thin, points[:, 2:3]]) * size)

    return ball(1.0, FINE).warp_batch(shaped)


def supertoroid(rng: np.random.Generator) -> Manifold:
    """A ring between round and square, in plan and in section (Barr, 1981)."""
    size, (e_1, e_2) = rng.uniform([0.02, 0.02, 0.008], [0.035, 0.035, 0.025]), rng.uniform(0.25, 1.3, 2)
    hole = rng.uniform(1.6, 3.0)

    def shaped(points: Float64) -> Float64:
        across = np.linalg.norm(points[:, :2], axis=1) - hole
        around, up = np.arctan2(points[:, 1], points[:, 0]), np.arctan2(points[:, 2], across)
        reach = (hole + _power(np.cos(up), e_1)) / (hole + 1.0)
        x, y = reach * _power(np.cos(around), e_2), reach * _power(np.sin(around), e_2)
        return np.column_stack([x, y, _power(np.sin(up), e_1)]) * size

    return CrossSection.circle(1.0, ROUND - 8).translate((hole, 0.0)).revolve(FINE).warp_batch(shaped)


def sculpture(rng: np.random.Generator) -> Manifold:
    """A smooth body with ribs that wind round it."""
    size, ribs = rng.uniform([0.016, 0.016, 0.025], [0.032, 0.032, 0.055]), int(rng.integers(2, 6))
    depth, twist = rng.uniform(0.08, 0.25), rng.uniform(-4.0, 4.0)

    def shaped(points: Float64) -> Float64:
        angle = np.arctan2(points[:, 1], points[:, 0])
        # No ribs at the poles, where all angles meet.
        level = 1.0 - points[:, 2:3] ** 2
        wave = depth * level * np.cos(ribs * angle + twist * points[:, 2])[:, None]
        return np.asarray(np.hstack([points[:, :2] * (1.0 + wave), points[:, 2:3]]) * size)

    return ball(1.0, FINE).warp_batch(shaped)
