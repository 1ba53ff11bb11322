# SPDX-License-Identifier: Apache-2.0
"""Things of kitchen, desk and workshop, each with its own proportions."""

from __future__ import annotations

import numpy as np
from manifold3d import CrossSection, Manifold

from pinch_datagen.objects.procedural.solids import (
    ROUND,
    arc,
    at,
    ball,
    block,
    disc,
    lathe,
    outline,
    prism,
    rod,
    rounded_block,
    rounded_rectangle,
    torus,
    turned,
)


def lying(solid: Manifold) -> Manifold:
    """Its z axis along x."""
    return turned(solid, y=90)


def hammer(rng: np.random.Generator) -> Manifold:
    """A handle and a head with a face and a peen."""
    handle, grip = rng.uniform(0.09, 0.15), rng.uniform(0.006, 0.01)
    head, thick = rng.uniform(0.045, 0.07), rng.uniform(0.009, 0.014)
    body = disc(grip, handle, grip * rng.uniform(0.7, 1.0))
    body += at(lying(disc(thick, head * 0.6)), x=-0.1 * head, z=handle)
    return body + at(lying(disc(thick * 0.3, head * 0.5, thick)), x=-0.55 * head, z=handle)


def screwdriver(rng: np.random.Generator) -> Manifold:
    """A fluted handle with a waist, a thin shank, a flat tip."""
    grip, handle, flutes = rng.uniform(0.011, 0.017), rng.uniform(0.05, 0.08), int(rng.integers(5, 8))
    waist = [(grip * 0.9, 0.0), (grip, 0.004), (grip, handle * 0.7), (grip * 0.65, handle * 0.85)]
    body = lathe([*waist, (grip * 0.8, handle - 0.004), (grip * 0.6, handle)])
    for angle in np.arange(flutes) * 2 * np.pi / flutes:
        x, y = 1.15 * grip * np.cos(angle), 1.15 * grip * np.sin(angle)
        body -= at(disc(grip * 0.3, handle * 0.6), x, y, handle * 0.1)
    shank, long = rng.uniform(0.003, 0.005), rng.uniform(0.04, 0.09)
    flat = at(block(rng.uniform(2.0, 4.0) * shank, 0.5 * shank, 1e-3), z=handle + long + 0.012)
    tip = Manifold.batch_hull([at(disc(shank, 1e-3), z=handle + long - 2e-3), flat])
    return body + at(disc(shank, long), z=handle - 1e-3) + tip


def spray_bottle(rng: np.random.Generator) -> Manifold:
    """A bottle with a trigger head."""
    wide, deep, high = rng.uniform(0.04, 0.06), rng.uniform(0.025, 0.04), rng.uniform(0.08, 0.12)
    body = prism(rounded_rectangle(wide, deep, deep * 0.4), high, 0.0, rng.uniform(0.55, 0.9))
    body += at(disc(0.008, 0.02), z=high - 0.002)
    body += at(rounded_block(0.05, 0.014, 0.014, 0.004), x=0.012, z=high + 0.022)
    return body + rod(np.array([[0.02, 0, high + 0.018], [0.028, 0, high - 0.012]]), [0.003, 0.003])


def wrench(rng: np.random.Generator) -> Manifold:
    """A flat bar with an open jaw and a ring."""
    long, wide, thick = rng.uniform(0.08, 0.14), rng.uniform(0.009, 0.014), rng.uniform(0.006, 0.01)
    head = wide * rng.uniform(1.2, 1.6)
    section = CrossSection.square([long, wide], True) + CrossSection.circle(head, ROUND).translate(
        (long / 2, 0)
    )
    section += CrossSection.circle(head, ROUND).translate((-long / 2, 0))
    section -= CrossSection.circle(head * 0.55, 6).translate((-long / 2, 0))
    section -= CrossSection.square([head * 2, head * 0.9]).translate((long / 2 + head * 0.1, -head * 0.45))
    return prism(section, thick)


def dumbbell(rng: np.random.Generator) -> Manifold:
    """Two weights on a bar."""
    weight, bar, long = rng.uniform(0.018, 0.03), rng.uniform(0.006, 0.01), rng.uniform(0.03, 0.06)
    plate = rng.uniform(0.012, 0.03)
    end = ball(weight) if rng.random() < 0.4 else at(disc(weight, plate), z=-plate / 2)
    return disc(bar, long) + end + at(end, z=long)


def brush(rng: np.random.Generator) -> Manifold:
    """A handle with a block of bristles."""
    long, wide = rng.uniform(0.09, 0.14), rng.uniform(0.018, 0.03)
    handle = prism(rounded_rectangle(long, wide * 0.5, wide * 0.2), 0.01)
    head = prism(rounded_rectangle(long * 0.45, wide, wide * 0.3), 0.012)
    bristles = at(block(long * 0.4, wide * 0.8, rng.uniform(0.012, 0.025)), z=-0.008)
    return handle + at(head + bristles, x=long * 0.35)


def tap(rng: np.random.Generator) -> Manifold:
    """A body with an outlet that bends down, and a cross of a handle."""
    pipe, high = rng.uniform(0.008, 0.012), rng.uniform(0.03, 0.05)
    spout = rod(arc(0.028, 180, 20, 9) + np.array([0.028, 0, high]), np.full(9, pipe * 0.85))
    body = disc(pipe * 1.4, 0.008) + disc(pipe, high + 0.004) + spout
    cross = block(0.04, 0.008, 0.007) + block(0.008, 0.04, 0.007)
    return body + at(disc(pipe * 0.5, 0.02 + pipe), z=high) + at(cross, z=high + 0.02 + pipe)


def light_bulb(rng: np.random.Generator) -> Manifold:
    """A glass, a neck, a threaded base."""
    glass, base, high = rng.uniform(0.022, 0.032), rng.uniform(0.009, 0.013), rng.uniform(0.02, 0.032)
    thread = [(base * (1.0 + 0.08 * (k % 2)), 0.003 * k) for k in range(9)]
    angle = np.linspace(-0.9, np.pi / 2 - 0.02, 14)
    bulb = [(glass * np.cos(a), 0.024 + high * 0.7 + glass * (np.sin(a) + 0.9)) for a in angle]
    return lathe([(base * 0.5, -0.003), *thread, (base * 1.1, 0.027), *bulb])


def toy_brick(rng: np.random.Generator) -> Manifold:
    """A brick with studs, hollow below."""
    columns, rows = int(rng.integers(2, 5)), int(rng.integers(1, 3))
    pitch, high = rng.uniform(0.012, 0.016), rng.uniform(0.012, 0.025)
    x, y = columns * pitch, rows * pitch
    body = at(block(x, y, high), z=high / 2) - at(block(x - 0.004, y - 0.004, high), z=high / 2 - 0.003)
    for i in range(columns):
        for j in range(rows):
            stud = disc(pitch * 0.3, 0.004)
            body += at(stud, (i + 0.5) * pitch - x / 2, (j + 0.5) * pitch - y / 2, high - 1e-4)
    return body


def plug(rng: np.random.Generator) -> Manifold:
    """A mains plug with two pins and the start of a cable."""
    body = lathe([(0.014, 0.0), (0.016, 0.01), (0.012, 0.03), (0.006, 0.04)])
    body = body.scale([1.0, rng.uniform(0.6, 1.0), 1.0])
    for side in (-1, 1):
        body += at(disc(0.0024, rng.uniform(0.016, 0.022)), x=side * 0.0085, z=-0.018)
    bend = rng.uniform(0.0, 0.02)
    return body + rod(np.array([[0, 0, 0.038], [bend, 0, 0.055], [2.5 * bend, 0, 0.07]]), [0.0035] * 3)


def remote_control(rng: np.random.Generator) -> Manifold:
    """A slim rounded box with buttons."""
    long, wide, high = rng.uniform(0.08, 0.14), rng.uniform(0.03, 0.045), rng.uniform(0.012, 0.022)
    body = rounded_block(long, wide, high, high * 0.35)
    for x in np.arange(-long * 0.38, long * 0.38, 0.014):
        for y in (-wide * 0.25, 0.0, wide * 0.25):
            body += at(block(0.007, 0.005, 0.003), x, y, high / 2)
    return body


def toy_animal(rng: np.random.Generator) -> Manifold:
    """Body, head, four legs, a tail."""
    long, high, thick = rng.uniform(0.04, 0.06), rng.uniform(0.02, 0.035), rng.uniform(0.011, 0.017)
    body = rod(np.array([[-long / 2, 0, high], [long / 2, 0, high]]), [thick, thick * rng.uniform(0.8, 1.1)])
    neck = np.array([long / 2 + 0.01, 0, high + rng.uniform(0.012, 0.028)])
    snout = neck + np.array([0.014, 0, -0.003])
    body += rod(np.array([[long / 2, 0, high], neck, snout]), thick * np.array([0.7, 0.75, 0.5]))
    for x in (-long / 2, long / 2):
        for y in (-0.6 * thick, 0.6 * thick):
            body += rod(np.array([[x, y, high], [x, y, 0.0]]), [thick * 0.45, thick * 0.4])
    tail = np.array([[-long / 2 - thick * 0.7, 0, high], [-long / 2 - thick - 0.012, 0, high + 0.012]])
    return body + rod(tail, [0.004, 0.0028])


def banana(rng: np.random.Generator) -> Manifold:
    """A bent rod, thick in the middle."""
    count, span = 11, rng.uniform(60, 130)
    points = arc(rng.uniform(0.06, 0.1), 90 - span / 2, 90 + span / 2, count)
    thick = rng.uniform(0.012, 0.02) * (1 - 0.75 * np.abs(np.linspace(-1, 1, count)) ** 2.2)
    return rod(points, thick)


def pliers(rng: np.random.Generator) -> Manifold:
    """Two crossed levers."""
    thick, reach = rng.uniform(0.008, 0.012), rng.uniform(0.06, 0.09)
    opening = rng.uniform(0.15, 0.4)
    body = at(disc(thick, thick), z=-thick / 2)
    for side in (-1, 1):
        end, tip = side * (0.016 + 0.02 * opening), -side * (0.002 + 0.008 * opening)
        grip = np.array([[0, 0, 0], [-0.25 * reach, side * 0.018, 0], [-reach, end, 0]])
        jaw = np.array([[0, 0, 0], [0.018, -side * 0.007, 0], [0.042, tip, 0]])
        body += rod(grip, thick * np.array([0.55, 0.5, 0.45])) + rod(jaw, thick * np.array([0.6, 0.55, 0.25]))
    return body


def spoon(rng: np.random.Generator) -> Manifold:
    """A shallow bowl on a flat handle."""
    long, wide, bar = rng.uniform(0.08, 0.13), rng.uniform(0.015, 0.022), rng.uniform(0.003, 0.005)
    bowl = ball(1.0).scale([wide * 1.4, wide, 0.011])
    bowl -= at(ball(1.0).scale([wide * 1.3, wide * 0.9, 0.0105]), z=0.004)
    bowl ^= at(block(1, 1, 0.022), z=-0.011)
    stem = np.array([[wide * 1.3, 0, -bar], [wide * 1.3 + 0.02, 0, 0.006], [long, 0, 0.004]])
    return bowl + rod(stem, [bar, bar, bar * 1.5])


def pot(rng: np.random.Generator) -> Manifold:
    """A pot with two ears and a lid with a knob."""
    radius, high, ear = rng.uniform(0.026, 0.038), rng.uniform(0.03, 0.05), rng.uniform(0.003, 0.005)
    body = disc(radius * 0.95, high, radius) + at(disc(radius * 1.04, 0.005, radius * 0.8), z=high - 1e-4)
    body += at(disc(0.004, 0.008) + at(ball(0.008), z=0.012), z=high + 0.003)
    for side in (-1, 1):
        body += at(turned(torus(0.009, ear), x=0), side * (radius + 0.003), 0, high * 0.75)
    return body


def tape_roll(rng: np.random.Generator) -> Manifold:
    """A thick ring with a narrower core."""
    outer, high = rng.uniform(0.024, 0.036), rng.uniform(0.012, 0.03)
    hole = outer * rng.uniform(0.5, 0.75)
    body = disc(outer, high) + at(disc(hole + 0.003, high + 0.003), z=-0.0015)
    return body - at(disc(hole, high + 0.02), z=-0.01)


def clothes_peg(rng: np.random.Generator) -> Manifold:
    """Two tapered halves and a spring."""
    long, wide = rng.uniform(0.055, 0.08), rng.uniform(0.009, 0.014)
    half = outline([(0, 0.0004), (long, 0.0055), (long, 0.008), (long * 0.45, 0.0095), (0, 0.004)])
    body = prism(half, wide) + prism(half.mirror((0, 1)), wide)
    return body + at(disc(0.005, wide + 0.006), x=long * 0.4, z=-0.003)


def candle_stick(rng: np.random.Generator) -> Manifold:
    """A foot, knots, a cup for the candle."""
    foot, high = rng.uniform(0.024, 0.034), rng.uniform(0.07, 0.12)
    knots = [(0.006 + 0.006 * rng.random() * (k % 2), 0.012 + k * (high - 0.03) / 6) for k in range(7)]
    solid = lathe([(foot, 0.0), (foot, 0.005), (0.008, 0.011), *knots, (0.014, high - 0.012), (0.014, high)])
    return solid - at(disc(0.0095, 0.03), z=high - 0.014)


def glasses_case(rng: np.random.Generator) -> Manifold:
    """A long rounded shell with a seam."""
    body = rounded_block(rng.uniform(0.09, 0.14), rng.uniform(0.035, 0.05), rng.uniform(0.025, 0.04), 0.011)
    return body - (body.scale([1.2, 1.2, 0.03]) - body.scale([0.97, 0.95, 1.0]))
