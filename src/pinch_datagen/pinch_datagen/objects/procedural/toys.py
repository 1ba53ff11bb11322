# SPDX-License-Identifier: Apache-2.0
"""Toys and other rounded things without a straight side."""

from __future__ import annotations

import numpy as np
from manifold3d import Manifold

from pinch_datagen.objects.procedural.solids import (
    COARSE,
    at,
    ball,
    disc,
    outline,
    prism,
    rod,
    rounded_block,
    turned,
)


def toy_car(rng: np.random.Generator) -> Manifold:
    """A body with bonnet and cabin on four wheels."""
    long, wide, high = rng.uniform(0.06, 0.09), rng.uniform(0.025, 0.04), rng.uniform(0.012, 0.018)
    wheel, roof = rng.uniform(0.007, 0.011), rng.uniform(0.01, 0.018)
    front, rear = rng.uniform(0.1, 0.3) * long, rng.uniform(-0.45, -0.25) * long
    cabin = outline([(front, 0), (front - 0.012, roof), (rear + 0.006, roof), (rear, 0)])
    body = rounded_block(long, wide, high, 0.3 * high)
    body += at(turned(prism(cabin, wide * 0.85), x=90), y=0.425 * wide, z=high / 2 - 1e-4)
    axle = turned(at(disc(wheel, wide * 1.15), z=-0.575 * wide), x=90)
    return body + at(axle, 0.3 * long, 0, -high / 2) + at(axle, -0.3 * long, 0, -high / 2)


def toy_duck(rng: np.random.Generator) -> Manifold:
    """A belly that is flat below, a head, a bill, a tail."""
    long, wide, high = rng.uniform(0.028, 0.04), rng.uniform(0.02, 0.027), rng.uniform(0.018, 0.025)
    head = rng.uniform(0.55, 0.8) * wide
    neck = np.array([rng.uniform(0.35, 0.6) * long, 0, high * 0.75 + head])
    body = ball(1.0).scale([long, wide, high]) - at(disc(1.0, 1.0), z=-1.0 - 0.75 * high)
    bill = at(ball(head).scale([0.5, 0.6, 0.2]), neck[0] + head, 0, neck[2] - 0.1 * head)
    body += at(ball(head), *neck) + bill
    tail = np.array([[-0.7 * long, 0, 0.2 * high], [-1.1 * long, 0, rng.uniform(0.7, 1.1) * high]])
    return body + rod(tail, wide * np.array([0.4, 0.12]))


def game_pad(rng: np.random.Generator) -> Manifold:
    """A flat body with two grips and two sticks."""
    half, thick, grip = rng.uniform(0.028, 0.042), rng.uniform(0.009, 0.013), rng.uniform(0.03, 0.045)
    body = rounded_block(2.2 * half, 1.1 * half, 2 * thick * 0.8, 0.7 * thick)
    for side in (-1, 1):
        bend = np.array([[side * half, 0, 0], [side * 1.25 * half, -grip, -0.3 * thick]])
        body += rod(bend, thick * np.array([1.1, 0.8]))
        stick = disc(0.3 * thick, 0.5 * thick) + at(disc(0.55 * thick, 0.25 * thick), z=0.4 * thick)
        body += at(stick, side * 0.55 * half, -0.1 * half, 0.75 * thick)
    return body


def bone(rng: np.random.Generator) -> Manifold:
    """A shaft between two pairs of knobs."""
    half, knob = rng.uniform(0.025, 0.045), rng.uniform(0.009, 0.014)
    shaft = knob * rng.uniform(0.5, 0.85)
    body = rod(np.array([[-half, 0, 0], [0, 0, 0], [half, 0, 0]]), [shaft * 1.2, shaft, shaft * 1.2])
    for x in (-half, half):
        for y in (-0.7 * knob, 0.7 * knob):
            body += at(ball(knob * rng.uniform(0.85, 1.1)), x, y)
    return body


def mushroom(rng: np.random.Generator) -> Manifold:
    """A hollowed cap on a stalk that leans."""
    cap, high, stalk = rng.uniform(0.02, 0.034), rng.uniform(0.02, 0.045), rng.uniform(0.007, 0.011)
    top = ball(1.0).scale([cap, cap, cap * rng.uniform(0.6, 0.95)]) - at(disc(1.0, 1.0), z=-1.0)
    lean = rng.uniform(0.0, 0.3) * high
    stem = rod(
        np.array([[0, 0, 0], [lean / 2, 0, high / 2], [lean, 0, high]]), stalk * np.array([1.2, 1.0, 0.9])
    )
    hollow = at(ball(1.0, COARSE).scale([0.8 * cap, 0.8 * cap, 0.25 * cap]), lean, z=high)
    return (at(top, lean, z=high) - hollow) + stem + at(disc(stalk * 0.9, 0.3 * cap), lean, z=high - 1e-3)
