# SPDX-License-Identifier: Apache-2.0
"""Rings, hooks and handles: objects that a finger can pass through."""

from __future__ import annotations

import numpy as np
from manifold3d import CrossSection, Manifold

from pinch_datagen.objects.procedural.solids import (
    ROUND,
    arc,
    at,
    cavity,
    disc,
    lathe,
    prism,
    rod,
    torus,
    turned,
)


def ring(rng: np.random.Generator) -> Manifold:
    """A torus, perhaps oval."""
    thickness = rng.uniform(0.004, 0.011)
    return torus(rng.uniform(0.018, 0.035) + thickness / 2, thickness).scale(
        [1.0, rng.uniform(0.7, 1.2), 1.0]
    )


def washer(rng: np.random.Generator) -> Manifold:
    """A flat ring, a nut."""
    outer = rng.uniform(0.015, 0.035)
    sides = int(rng.choice([6, 8, ROUND]))
    hole = CrossSection.circle(outer * rng.uniform(0.35, 0.75), ROUND)
    return prism(CrossSection.circle(outer, sides) - hole, rng.uniform(0.006, 0.03))


def mug(rng: np.random.Generator) -> Manifold:
    """A cup with a handle."""
    foot, height = rng.uniform(0.024, 0.036), rng.uniform(0.06, 0.1)
    rim = foot * rng.uniform(1.0, 1.15)
    profile = np.column_stack([np.linspace(foot, rim, 8), np.linspace(0.0, height, 8)])
    reach, bar = height * rng.uniform(0.28, 0.36), rng.uniform(0.003, 0.0055)
    handle = rod(arc(reach, -88, 88, 10) * [rng.uniform(0.7, 1.0), 1, 1], np.full(10, bar))
    body = lathe(profile) + at(handle, (foot + rim) / 2 - bar, 0.0, height / 2)
    return body - cavity(profile, rng.uniform(0.0025, 0.004), 0.005)


def pan(rng: np.random.Generator) -> Manifold:
    """A shallow pan with a straight handle."""
    radius, height = rng.uniform(0.03, 0.05), rng.uniform(0.012, 0.025)
    profile = np.column_stack([np.linspace(radius * 0.85, radius, 6), np.linspace(0.0, height, 6)])
    length, bar = rng.uniform(0.05, 0.09), rng.uniform(0.004, 0.007)
    handle = rod(np.array([[radius - bar, 0, height - bar], [radius + length, 0, height]]), [bar, bar * 1.2])
    return lathe(profile) + handle - cavity(profile, 0.003, 0.003)


def chain_link(rng: np.random.Generator) -> Manifold:
    """A long oval of round bar."""
    bar, wide = rng.uniform(0.004, 0.008), rng.uniform(0.012, 0.02)
    straight = rng.uniform(0.01, 0.035)
    shift = np.array([0, 0, straight])
    points = np.vstack([arc(wide, 0, 180, 9) + shift, arc(wide, 180, 360, 9) - shift])
    closed = np.vstack([points, points[:1]])
    return rod(closed, np.full(len(closed), bar))


def hook(rng: np.random.Generator) -> Manifold:
    """A shank that bends back, perhaps with an eye."""
    bar, wide, shank = rng.uniform(0.004, 0.007), rng.uniform(0.014, 0.024), rng.uniform(0.03, 0.07)
    bend = arc(wide, 180, rng.uniform(320, 390), 10)
    points = np.vstack([[[-wide, 0, shank]], bend])
    body = rod(points, np.linspace(bar, bar * 0.8, len(points)))
    if rng.random() < 0.5:
        eye = turned(torus(bar * 1.8, bar * 0.9), x=90)
        body += at(eye, -wide, 0, shank + bar * 2)
    return body


def key(rng: np.random.Generator) -> Manifold:
    """Bow with a hole, blade, teeth; thick enough to hold."""
    bow, length, thick = rng.uniform(0.012, 0.02), rng.uniform(0.035, 0.06), rng.uniform(0.005, 0.01)
    section = CrossSection.circle(bow, ROUND) - CrossSection.circle(bow * 0.45, ROUND)
    section += CrossSection.square([length, bow * 0.55]).translate((bow * 0.8, -bow * 0.275))
    for _ in range(int(rng.integers(2, 5))):
        tooth = CrossSection.square([0.005, rng.uniform(0.3, 0.8) * bow])
        section += tooth.translate((bow + rng.uniform(0.45, 0.88) * length, 0.0))
    return prism(section, thick)


def basket(rng: np.random.Generator) -> Manifold:
    """A vessel with a bow over its opening."""
    radius, height = rng.uniform(0.025, 0.036), rng.uniform(0.03, 0.05)
    profile = np.column_stack([np.linspace(radius * 0.8, radius, 6), np.linspace(0.0, height, 6)])
    bar = rng.uniform(0.003, 0.005)
    bow = rod(arc(radius - bar / 2, 0, 180, 13) * [1, 1, rng.uniform(0.9, 1.3)], np.full(13, bar))
    return (lathe(profile) - cavity(profile, 0.0035, 0.004)) + at(bow, z=height - bar / 2)


def spool(rng: np.random.Generator) -> Manifold:
    """Two flanges on a bored core."""
    flange, core, height = rng.uniform(0.02, 0.034), rng.uniform(0.008, 0.016), rng.uniform(0.03, 0.06)
    thick = rng.uniform(0.003, 0.007)
    body = disc(core, height) + disc(flange, thick) + at(disc(flange, thick), z=height - thick)
    return body - at(disc(core * 0.5, height + 0.02), z=-0.01)
