# SPDX-License-Identifier: Apache-2.0
"""Objects that are hard to hold: slanted sides, smooth curves, openings narrower than a finger."""

from __future__ import annotations

import numpy as np
from manifold3d import CrossSection, Manifold

from pinch_datagen.objects.procedural.solids import (
    FINE,
    ROUND,
    Float64,
    ball,
    block,
    cavity,
    disc,
    lathe,
    outline,
    prism,
)


def pyramid(rng: np.random.Generator) -> Manifold:
    """Three to seven sides that lean inwards."""
    section = CrossSection.circle(rng.uniform(0.02, 0.04), int(rng.integers(3, 8)))
    return prism(section, rng.uniform(0.02, 0.07), 0.0, rng.uniform(0.02, 0.5))


def cone(rng: np.random.Generator) -> Manifold:
    """A cone, perhaps cut off."""
    radius = rng.uniform(0.018, 0.04)
    return disc(radius, rng.uniform(0.02, 0.08), radius * rng.uniform(0.02, 0.5))


def wedge(rng: np.random.Generator) -> Manifold:
    """A ramp."""
    long, high, wide = rng.uniform(0.04, 0.09), rng.uniform(0.015, 0.05), rng.uniform(0.02, 0.05)
    return prism(outline([(0, 0), (long, 0), (long * rng.uniform(0.0, 0.3), high)]), wide)


def lens(rng: np.random.Generator) -> Manifold:
    """What two balls have in common: a sharp rim and no parallel sides."""
    radius = rng.uniform(0.035, 0.07)
    whole = ball(radius, 2 * FINE)
    return whole ^ whole.translate([0, 0, radius * rng.uniform(0.9, 1.5)])


def twisted_bar(rng: np.random.Generator) -> Manifold:
    """A polygon that turns as it rises: no two sides stay opposite."""
    section = CrossSection.circle(rng.uniform(0.015, 0.03), int(rng.integers(3, 6)))
    section = section.scale((1.0, rng.uniform(0.5, 1.0)))
    return prism(section, rng.uniform(0.04, 0.1), rng.uniform(60, 200), rng.uniform(0.5, 1.0))


def comb(rng: np.random.Generator) -> Manifold:
    """Fins a few millimetres apart on a base: a heat sink."""
    count = int(rng.integers(3, 8))
    fin, gap = rng.uniform(0.002, 0.006), rng.uniform(0.003, 0.009)
    deep, high = rng.uniform(0.02, 0.04), rng.uniform(0.012, 0.04)
    wide, base = count * fin + (count - 1) * gap, rng.uniform(0.004, 0.01)
    body = block(wide, deep, base)
    for number in range(count):
        x = -wide / 2 + fin / 2 + number * (fin + gap)
        body += block(fin, deep, high).translate([x, 0, high / 2])
    return body


def slotted_block(rng: np.random.Generator) -> Manifold:
    """A block with slots too narrow for fingers."""
    x, y, z = rng.uniform(0.03, 0.06), rng.uniform(0.02, 0.045), rng.uniform(0.02, 0.05)
    body = block(x, y, z)
    for _ in range(int(rng.integers(1, 4))):
        slot = block(rng.uniform(0.003, 0.009), y * 1.2, z * rng.uniform(0.8, 1.4))
        body -= slot.translate([rng.uniform(-0.4, 0.4) * x, 0, z / 2])
    return body


def well(rng: np.random.Generator) -> Manifold:
    """A deep narrow cup with a thick or a thin wall."""
    radius, height = rng.uniform(0.012, 0.024), rng.uniform(0.05, 0.12)
    profile = np.column_stack([np.full(6, radius), np.linspace(0.0, height, 6)])
    return lathe(profile) - cavity(profile, rng.uniform(0.002, 0.5 * radius), 0.006)


def prongs(rng: np.random.Generator) -> Manifold:
    """A disc with upright pegs: a plug, a stool upside down."""
    radius = rng.uniform(0.02, 0.032)
    body = disc(radius, rng.uniform(0.006, 0.015))
    count, peg = int(rng.integers(2, 6)), rng.uniform(0.0025, 0.005)
    for angle in np.arange(count) * 2 * np.pi / count:
        x, y = radius * 0.65 * np.cos(angle), radius * 0.65 * np.sin(angle)
        body += disc(peg, rng.uniform(0.03, 0.05)).translate([x, y, 0])
    return body


def facetted_ball(rng: np.random.Generator) -> Manifold:
    """The hull of some points on an ellipsoid: a rough stone."""
    points = rng.normal(size=(int(rng.integers(12, 40)), 3))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    return Manifold.hull_points(points * rng.uniform(0.018, 0.04, 3))


def dome(rng: np.random.Generator) -> Manifold:
    """Half an ellipsoid on its flat side."""
    body = ball(1.0, FINE).scale([*rng.uniform(0.02, 0.04, 2), rng.uniform(0.012, 0.04)])
    return body ^ block(1.0, 1.0, 1.0).translate([0, 0, 0.5])


def saddle(rng: np.random.Generator) -> Manifold:
    """A block between curved cuts: concave on both sides."""
    x, y, z = rng.uniform(0.03, 0.06), rng.uniform(0.03, 0.05), rng.uniform(0.02, 0.05)
    radius = rng.uniform(0.03, 0.06)
    bite = Manifold.cylinder(0.2, radius, radius, 2 * ROUND, True)
    depth = rng.uniform(0.15, 0.35) * y
    bites = [bite.translate([0, side * (y / 2 + radius - depth), 0]) for side in (-1, 1)]
    return block(x, y, z) - bites[0] - bites[1]


def blob(rng: np.random.Generator) -> Manifold:
    """Two to four round lobes that flow into each other, none opposite another."""
    lobes, size = rng.normal(size=(int(rng.integers(2, 5)), 3)), rng.uniform(0.02, 0.032, 3)
    lobes /= np.linalg.norm(lobes, axis=1, keepdims=True)
    reach, sharp = rng.uniform(0.4, 1.0, len(lobes)), rng.uniform(3.0, 7.0)

    def shaped(points: Float64) -> Float64:
        swell = 0.75 + np.exp(sharp * (points @ lobes.T - 1.0)) @ reach
        return np.asarray(points * swell[:, None] * size)

    return ball(1.0, FINE).warp_batch(shaped)


def frame(rng: np.random.Generator) -> Manifold:
    """The edges of a box: twelve bars round windows that a finger may or may not pass."""
    size = rng.uniform(0.025, 0.06, 3)
    bar = rng.uniform(0.1, 0.3) * size.min()
    body = block(*size)
    for axis in range(3):
        window = size - 2 * bar
        window[axis] = 0.1
        body -= block(*window)
    return body


def crown(rng: np.random.Generator) -> Manifold:
    """A cup whose wall is cut into tines."""
    radius, height, tines = rng.uniform(0.02, 0.034), rng.uniform(0.03, 0.06), int(rng.integers(3, 8))
    floor, wall = rng.uniform(0.004, 0.01), rng.uniform(0.003, 0.007)
    body = disc(radius, height, radius * rng.uniform(0.9, 1.15)) - disc(radius - wall, 1.0).translate(
        [0, 0, floor]
    )
    gap = rng.uniform(0.25, 0.6) * 2 * np.pi * radius / tines
    for angle in np.arange(tines) * 360.0 / tines:
        cut = block(2 * radius, gap, height).translate([1.2 * radius, 0, height / 2 + floor + 0.2 * height])
        body -= cut.rotate([0, 0, angle])
    return body
