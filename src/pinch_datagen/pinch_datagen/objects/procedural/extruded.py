# SPDX-License-Identifier: Apache-2.0
"""Prisms over all kinds of outlines: straight, twisted, tapered, hollow."""

from __future__ import annotations

import numpy as np
from manifold3d import CrossSection, JoinType, Manifold

from pinch_datagen.objects.procedural.solids import ROUND, outline, prism, rounded_rectangle


def polygon_prism(rng: np.random.Generator) -> Manifold:
    """An irregular polygon, perhaps twisted or tapered."""
    count = int(rng.integers(3, 9))
    angle = np.sort((np.arange(count) + rng.uniform(-0.3, 0.3, count)) * 2 * np.pi / count)
    radius = rng.uniform(0.015, 0.035) * rng.uniform(0.7, 1.0, count)
    section = outline(np.column_stack([radius * np.cos(angle), radius * np.sin(angle)]))
    twist = float(rng.choice([0.0, rng.uniform(-60, 60)]))
    return prism(section, rng.uniform(0.02, 0.12), twist, rng.uniform(0.6, 1.0))


def star_prism(rng: np.random.Generator) -> Manifold:
    """A star, a gear, a biscuit cutter."""
    points = int(rng.integers(4, 13))
    outer, inner = rng.uniform(0.02, 0.04), rng.uniform(0.5, 0.85)
    angle = np.arange(4 * points) * np.pi / (2 * points)
    flat = rng.random() < 0.5
    tooth = [1.0, 1.0, inner, inner] if flat else [1.0, (1 + inner) / 2, inner, (1 + inner) / 2]
    teeth = np.tile(tooth, points)
    section = outline(np.column_stack([outer * teeth * np.cos(angle), outer * teeth * np.sin(angle)]))
    if rng.random() < 0.5:
        section -= CrossSection.circle(outer * inner * rng.uniform(0.2, 0.6), ROUND)
    return prism(section, rng.uniform(0.008, 0.05), float(rng.choice([0.0, rng.uniform(-40, 40)])))


def profile_bar(rng: np.random.Generator) -> Manifold:
    """An L, T, U, H, Z, X or lipped C bar, of thin sheet or of thick stock."""
    a, b = rng.uniform(0.025, 0.05), rng.uniform(0.02, 0.05)
    wall = rng.uniform(0.0015, 0.004) if rng.random() < 0.5 else rng.uniform(0.004, 0.009)

    def bar(x: float, y: float, width: float, height: float) -> CrossSection:
        return CrossSection.square([width, height]).translate((x, y))

    sections = (
        bar(0, 0, a, wall) + bar(0, 0, wall, b),
        bar(0, 0, a, wall) + bar((a - wall) / 2, 0, wall, b),
        bar(0, 0, a, wall) + bar(0, 0, wall, b) + bar(a - wall, 0, wall, b),
        bar(0, 0, wall, b) + bar(a - wall, 0, wall, b) + bar(0, (b - wall) / 2, a, wall),
        bar(0, 0, a / 2, wall) + bar((a - wall) / 2, 0, wall, b) + bar((a - wall) / 2, b - wall, a / 2, wall),
        bar(0, (b - wall) / 2, a, wall) + bar((a - wall) / 2, 0, wall, b),
        bar(0, 0, a, b) - bar(wall, wall, a - 2 * wall, b - 2 * wall) - bar(0.3 * a, b / 2, 0.4 * a, b),
    )
    return prism(sections[rng.integers(len(sections))], rng.uniform(0.03, 0.14))


def tube(rng: np.random.Generator) -> Manifold:
    """A pipe, round or square, with walls of some millimetres."""
    wide, wall = rng.uniform(0.02, 0.05), rng.uniform(0.002, 0.006)
    if rng.random() < 0.5:
        outer = CrossSection.circle(wide / 2, ROUND)
    else:
        outer = rounded_rectangle(wide, wide * rng.uniform(0.6, 1.0), 0.003)
    return prism(outer - outer.offset(-wall, JoinType.Miter), rng.uniform(0.02, 0.14))


def slab(rng: np.random.Generator) -> Manifold:
    """A packet, a soap bar, a phone: a rounded rectangle."""
    x, y = rng.uniform(0.03, 0.1), rng.uniform(0.02, 0.06)
    section = rounded_rectangle(x, y, min(x, y) * rng.uniform(0.02, 0.45))
    return prism(section, rng.uniform(0.006, 0.05), 0.0, rng.uniform(0.85, 1.0))


def arrow_plate(rng: np.random.Generator) -> Manifold:
    """A flat plate with a notch: an arrow, a puzzle piece, a fish tail."""
    length, wide, neck = rng.uniform(0.05, 0.1), rng.uniform(0.03, 0.05), rng.uniform(0.008, 0.018)
    head = rng.uniform(0.3, 0.6) * length
    points = [(0, neck / 2), (length - head, neck / 2), (length - head, wide / 2), (length, 0)]
    points += [(length - head, -wide / 2), (length - head, -neck / 2), (0, -neck / 2)]
    return prism(outline(points), rng.uniform(0.008, 0.03))
