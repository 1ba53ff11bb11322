# SPDX-License-Identifier: Apache-2.0
"""Tools and fittings: long thin ones, and ones with jaws, holes and shackles."""

from __future__ import annotations

import numpy as np
from manifold3d import CrossSection, Manifold

from pinch_datagen.objects.procedural.solids import (
    ROUND,
    arc,
    at,
    block,
    disc,
    outline,
    prism,
    rod,
    rounded_rectangle,
    torus,
    turned,
)


def scissors(rng: np.random.Generator) -> Manifold:
    """Two crossed blades with an eye each, more or less open."""
    blade, shank, thick = rng.uniform(0.05, 0.08), rng.uniform(0.035, 0.05), rng.uniform(0.003, 0.005)
    wide, eye, opening = rng.uniform(0.006, 0.009), rng.uniform(0.011, 0.015), rng.uniform(12.0, 25.0)
    section = outline(
        [(-shank, -wide / 2), (0, -wide), (blade, -0.001), (blade, 0.001), (0, wide), (-shank, wide / 2)]
    )
    half = prism(section, thick) + at(
        torus(eye, thick).scale([1.3, 1.0, 1.0]), -shank - eye, -0.8 * eye, thick / 2
    )
    lower, upper = turned(half, z=opening), turned(half.mirror([0, 1, 0]), z=-opening)
    return lower + at(upper, z=thick * 0.9) + disc(wide * 0.5, thick * 2.2)


def bolt(rng: np.random.Generator) -> Manifold:
    """A six-sided or round head, a shank, ridges for a thread, perhaps a nut."""
    shank, long = rng.uniform(0.005, 0.011), rng.uniform(0.035, 0.09)
    head = shank * rng.uniform(1.6, 2.1)
    body = prism(CrossSection.circle(head, int(rng.choice([6, ROUND]))), shank * rng.uniform(0.9, 1.5))
    body += disc(shank, long)
    for z in np.arange(0.5 * long, long - 0.003, 0.003):
        body += at(disc(shank, 0.0012, shank * 1.12) + at(disc(shank * 1.12, 0.0012, shank), z=0.0012), z=z)
    if rng.random() < 0.4:
        body += at(prism(CrossSection.circle(head, 6), shank * 1.4), z=long * rng.uniform(0.5, 0.8))
    return body


def pipe_tee(rng: np.random.Generator) -> Manifold:
    """A bored pipe with a bored branch, and collars at the three ends."""
    pipe, arm, branch = rng.uniform(0.009, 0.016), rng.uniform(0.025, 0.045), rng.uniform(0.025, 0.045)
    collar, bore = pipe * rng.uniform(1.1, 1.35), pipe * rng.uniform(0.6, 0.8)

    def run(radius: float, long: float) -> Manifold:
        return at(disc(radius, 2 * long), z=-long)

    side = disc(pipe, branch) + at(disc(collar, 0.3 * branch), z=0.7 * branch)
    body = run(pipe, arm) + run(collar, arm) - run(collar * 1.2, 0.7 * arm) + run(pipe, arm)
    lean = rng.choice([90.0, rng.uniform(45.0, 90.0)])
    return body + turned(side, y=lean) - run(bore, arm * 1.2) - turned(disc(bore, branch * 1.2), y=lean)


def padlock(rng: np.random.Generator) -> Manifold:
    """A body with a shackle and a keyhole."""
    wide, deep, high = rng.uniform(0.03, 0.05), rng.uniform(0.012, 0.02), rng.uniform(0.025, 0.045)
    bar = deep * rng.uniform(0.2, 0.32)
    reach, straight = wide / 2 - 1.4 * bar, rng.uniform(0.004, 0.025)
    bow = arc(reach, 0, 180, 11) + np.array([0, 0, high + straight])
    feet = np.array([[reach, 0, high - bar], [-reach, 0, high - bar]])
    shackle = rod(np.vstack([feet[:1], bow, feet[1:]]), np.full(len(bow) + 2, bar))
    body = prism(rounded_rectangle(wide, deep, deep * 0.3), high)
    return body + shackle - at(disc(bar * 0.7, 0.01), z=-0.002)


def clamp(rng: np.random.Generator) -> Manifold:
    """A C-shaped frame with a screw through its lower arm."""
    throat, depth = rng.uniform(0.035, 0.06), rng.uniform(0.025, 0.04)
    bar, thick = rng.uniform(0.007, 0.011), rng.uniform(0.009, 0.014)
    section = CrossSection.square([depth + bar, throat + 2 * bar])
    section -= CrossSection.square([depth + bar, throat]).translate((bar, bar))
    body = at(turned(prism(section, thick), x=90), -depth, thick / 2, -bar)
    screw, travel = rng.uniform(0.0035, 0.005), rng.uniform(0.2, 0.7) * throat
    spindle = at(disc(screw, 0.025 + bar + travel), z=-0.025 - bar)
    pad, handle = at(disc(screw * 1.8, 0.005), z=travel), turned(disc(screw * 0.6, 0.03), x=90)
    return body + at(spindle + pad + at(handle, y=0.015, z=-0.02 - bar), x=-bar / 2)


def bracket(rng: np.random.Generator) -> Manifold:
    """A bent sheet with a hole in each leaf, perhaps with a rib."""
    a, b, wide = rng.uniform(0.025, 0.055), rng.uniform(0.025, 0.055), rng.uniform(0.018, 0.035)
    sheet, hole = rng.uniform(0.002, 0.005), rng.uniform(0.003, 0.006)
    body = at(block(a, wide, sheet), x=a / 2, z=sheet / 2) + at(block(sheet, wide, b), x=sheet / 2, z=b / 2)
    body -= at(disc(hole, 0.02), 0.65 * a, z=-0.01) + at(turned(disc(hole, 0.02), y=90), -0.01, z=0.65 * b)
    if rng.random() < 0.5:
        rib = prism(outline([(0, 0), (0.4 * a, 0), (0, 0.4 * b)]), sheet)
        body += at(turned(rib, x=90), sheet / 2, sheet / 2, sheet / 2)
    return body


def door_handle(rng: np.random.Generator) -> Manifold:
    """A rose, a neck, and a lever that bends aside."""
    rose, neck, bar = rng.uniform(0.018, 0.026), rng.uniform(0.025, 0.04), rng.uniform(0.006, 0.009)
    lever = rng.uniform(0.06, 0.1)
    path = [
        [0, 0, 0],
        [0, 0, neck - bar],
        [bar, 0, neck],
        [0.7 * lever, 0, neck],
        [lever, 0, neck - rng.uniform(0, 0.012)],
    ]
    return disc(rose, 0.006, rose * 0.9) + rod(np.array(path), bar * np.array([1.2, 1.1, 1.0, 0.85, 0.7]))
