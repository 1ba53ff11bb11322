# SPDX-License-Identifier: Apache-2.0
"""Bodies from the lathe: solid ones, and vessels with walls."""

from __future__ import annotations

import numpy as np
from manifold3d import Manifold

from pinch_datagen.objects.procedural.solids import cavity, disc, lathe, smooth_profile


def vase(rng: np.random.Generator) -> Manifold:
    """A free smooth profile, hollow."""
    height, wide = rng.uniform(0.06, 0.16), rng.uniform(0.018, 0.04)
    profile = smooth_profile(wide * rng.uniform(0.45, 1.0, 5), height)
    return lathe(profile) - cavity(profile, rng.uniform(0.0025, 0.005), 0.006)


def spindle(rng: np.random.Generator) -> Manifold:
    """A free profile with steps, solid: a chess piece, a table leg."""
    heights = np.cumsum(rng.uniform(0.006, 0.03, rng.integers(3, 7)))
    radii = rng.uniform(0.008, 0.03, len(heights))
    profile = [(radii[0], 0.0)]
    for radius, below, above in zip(radii, np.r_[0.0, heights[:-1]], heights, strict=True):
        profile += [(radius, below + 1e-4), (radius * rng.uniform(0.7, 1.0), above)]
    return lathe(profile)


def bottle(rng: np.random.Generator) -> Manifold:
    """Body, shoulder, neck and cap."""
    body, neck = rng.uniform(0.02, 0.038), rng.uniform(0.007, 0.014)
    height = rng.uniform(0.08, 0.18)
    shoulder, throat = height * rng.uniform(0.55, 0.75), height * rng.uniform(0.8, 0.88)
    cap = neck * rng.uniform(1.05, 1.35)
    return lathe(
        [
            (body * 0.92, 0.0),
            (body, 0.004),
            (body, shoulder),
            (neck, throat),
            (neck, height * 0.92),
            (cap, height * 0.92 + 1e-4),
            (cap, height),
        ]
    )


def cup(rng: np.random.Generator) -> Manifold:
    """An open vessel with straight flaring walls."""
    foot, height = rng.uniform(0.018, 0.035), rng.uniform(0.04, 0.11)
    rim = foot * rng.uniform(1.0, 1.5)
    profile = np.column_stack([np.linspace(foot, rim, 8), np.linspace(0.0, height, 8)])
    return lathe(profile) - cavity(profile, rng.uniform(0.002, 0.005), 0.005)


def bowl(rng: np.random.Generator) -> Manifold:
    """A shallow open vessel with a curved wall."""
    rim, height = rng.uniform(0.035, 0.07), rng.uniform(0.02, 0.045)
    angle = np.linspace(0.35, np.pi / 2, 10)
    profile = np.column_stack([rim * np.sin(angle), height * (1 - np.cos(angle)) / 1.0])
    profile[:, 1] -= profile[0, 1]
    return lathe(profile) - cavity(profile, rng.uniform(0.0025, 0.005), 0.004)


def goblet(rng: np.random.Generator) -> Manifold:
    """A bowl on a stem on a foot."""
    height, wide = rng.uniform(0.09, 0.15), rng.uniform(0.022, 0.035)
    stem, foot = rng.uniform(0.0035, 0.006), wide * rng.uniform(0.75, 1.0)
    waist, knee = height * 0.08, height * rng.uniform(0.4, 0.55)
    profile = [(foot, 0.0), (foot, 0.003), (stem, waist), (stem, knee), (wide, knee + height * 0.22)]
    profile += [(wide * rng.uniform(0.8, 1.0), height)]
    rim = profile[-1][0]
    hollow = [(stem, knee + 0.004), (wide - 0.003, knee + height * 0.22), (rim - 0.003, height + 0.01)]
    return lathe(profile) - lathe(hollow)


def can(rng: np.random.Generator) -> Manifold:
    """A tin with a rim at both ends."""
    radius, height = rng.uniform(0.018, 0.042), rng.uniform(0.03, 0.12)
    rim = rng.uniform(0.0008, 0.002)
    return (
        disc(radius, height)
        - disc(radius - rim, 0.002).translate([0, 0, -1e-4])
        - disc(radius - rim, 0.004).translate([0, 0, height - 0.002])
    )
