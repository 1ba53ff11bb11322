# SPDX-License-Identifier: Apache-2.0
"""Two to five primitives, joined, cut from or with each other at random."""

from __future__ import annotations

import numpy as np
from manifold3d import Manifold

from pinch_datagen.objects.procedural.solids import ball, block, disc, torus


def primitive(rng: np.random.Generator) -> Manifold:
    """A box, cylinder, cone, ball or torus of some centimetres, turned anyhow, round the origin."""
    a, b, c = rng.uniform(0.012, 0.03, 3)
    choices = (
        lambda: block(2 * a, 2 * b, 2 * c),
        lambda: disc(a, 2 * c).translate([0, 0, -c]),
        lambda: disc(a, 2 * c, a * rng.uniform(0.1, 0.8)).translate([0, 0, -c]),
        lambda: ball(1.0).scale([a, b, c]),
        lambda: torus(a, a * rng.uniform(0.25, 0.5)),
    )
    solid = choices[rng.integers(len(choices))]()
    return solid.rotate(list(rng.uniform(0, 360, 3) if rng.random() < 0.5 else 90.0 * rng.integers(0, 4, 3)))


def union(rng: np.random.Generator) -> Manifold:
    """Primitives grown together."""
    body = primitive(rng)
    for _ in range(int(rng.integers(1, 5))):
        body += primitive(rng).translate(list(rng.uniform(-0.03, 0.03, 3)))
    return body


def carved(rng: np.random.Generator) -> Manifold:
    """A primitive or two with pieces cut out."""
    body = primitive(rng) + primitive(rng).translate(list(rng.uniform(-0.02, 0.02, 3)))
    for _ in range(int(rng.integers(1, 4))):
        body -= primitive(rng).scale([0.7] * 3).translate(list(rng.uniform(-0.03, 0.03, 3)))
    return body


def common(rng: np.random.Generator) -> Manifold:
    """What two or three large primitives have in common: facets meet curves."""
    body = primitive(rng).scale([1.5] * 3)
    for _ in range(int(rng.integers(1, 3))):
        body ^= primitive(rng).scale([1.6] * 3).translate(list(rng.uniform(-0.008, 0.008, 3)))
    return body


def pile(rng: np.random.Generator) -> Manifold:
    """Boxes and discs on top of each other, off centre: a toy tower."""
    body, z = Manifold(), 0.0
    for _ in range(int(rng.integers(2, 5))):
        height, radius = rng.uniform(0.008, 0.03), rng.uniform(0.012, 0.03)
        if rng.random() < 0.5:
            part = disc(radius, height)
        else:
            part = block(2 * radius, 1.6 * radius, height).translate([0, 0, height / 2])
        body += part.translate([*rng.uniform(-0.006, 0.006, 2), z - 1e-4])
        z += height - 1e-4
    return body
