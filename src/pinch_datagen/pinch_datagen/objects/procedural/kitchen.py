# SPDX-License-Identifier: Apache-2.0
"""Kitchenware that is more than a body from the lathe."""

from __future__ import annotations

import numpy as np
from manifold3d import CrossSection, Manifold

from pinch_datagen.objects.procedural.solids import Float64, arc, at, ball, block, disc, lathe, rod


def teapot(rng: np.random.Generator) -> Manifold:
    """A round belly with a spout, a handle and a knobbed lid."""
    belly, flat, bar = rng.uniform(0.03, 0.042), rng.uniform(0.7, 1.0), rng.uniform(0.0035, 0.005)
    high = belly * flat
    body = ball(belly).scale([1, 1, flat]) ^ block(1, 1, 1.85 * high)
    body += at(disc(0.55 * belly, 0.004, 0.4 * belly), z=0.9 * high) + at(ball(0.006), z=0.95 * high + 0.008)
    spout = np.array([[0.6, 0, -0.2], [1.15, 0, 0.05], [1.4, 0, 0.55], [1.6, 0, 0.8 * flat]]) * belly
    handle = arc(rng.uniform(0.5, 0.65) * belly, 90, 270, 10) - np.array([0.85 * belly, 0, 0])
    return body + rod(spout, belly * np.array([0.3, 0.2, 0.13, 0.11])) + rod(handle, np.full(10, bar))


def fork(rng: np.random.Generator) -> Manifold:
    """A flat handle that widens into three or four tines, slightly bent."""
    long, tine, thick = rng.uniform(0.07, 0.11), rng.uniform(0.03, 0.04), rng.uniform(0.003, 0.005)
    count, bar, gap = int(rng.integers(3, 5)), rng.uniform(0.003, 0.0045), rng.uniform(0.0025, 0.004)
    wide = count * bar + (count - 1) * gap
    section = CrossSection.hull_points([(0, wide / 2), (0, -wide / 2), (-0.018, 0.003), (-0.018, -0.003)])
    section += CrossSection.hull_points([(-0.01, 0.003), (-0.01, -0.003), (-long, 0.007), (-long, -0.007)])
    for y in np.arange(count) * (bar + gap) - wide / 2:
        section += CrossSection.square([tine + 1e-3, bar]).translate((-1e-3, y))
    bend = rng.uniform(2.0, 6.0)

    def bent(points: Float64) -> Float64:
        return np.column_stack([points[:, 0], points[:, 1], points[:, 2] + bend * points[:, 0] ** 2])

    return section.extrude(thick).refine_to_length(0.009).warp_batch(bent)


def funnel(rng: np.random.Generator) -> Manifold:
    """A thin cone that ends in a tube, open from rim to spout."""
    rim, spout, wall = rng.uniform(0.03, 0.05), rng.uniform(0.006, 0.011), rng.uniform(0.002, 0.0035)
    cone, tube, edge = rng.uniform(0.03, 0.05), rng.uniform(0.02, 0.045), rng.uniform(0.0, 0.012)
    outer = [(spout * 0.8, 0.0), (spout, tube), (rim, tube + cone), (rim, tube + cone + 0.002 + edge)]
    inner = [(spout * 0.8 - wall, -1e-3), (spout - wall, tube), (rim - wall, tube + cone), (rim - wall, 0.2)]
    return lathe(outer) - lathe(inner)


def ladle(rng: np.random.Generator) -> Manifold:
    """A deep round scoop on an upright handle that ends in a crook."""
    scoop, wall, bar = rng.uniform(0.02, 0.032), rng.uniform(0.002, 0.0035), rng.uniform(0.003, 0.0045)
    bowl = (ball(scoop) - ball(scoop - wall)) ^ at(block(1, 1, 0.1), z=-0.05)
    high = rng.uniform(0.07, 0.12)
    lean = rng.uniform(0.0, 0.012)
    crook = arc(0.009, 0, 160, 6) + np.array([scoop - bar + lean - 0.009, 0, high])
    stem = np.vstack([[[scoop - wall, 0, -bar]], crook])
    return bowl + rod(stem, np.full(len(stem), bar))
