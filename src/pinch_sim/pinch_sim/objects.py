# SPDX-License-Identifier: Apache-2.0
"""The object library: household things made of convex primitives, each graspable by an 80 mm gripper.

Sizes are in metres, angles in radians, masses in kilograms. The object's frame lies in its middle.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import mujoco
import numpy as np
from scipy.spatial.transform import Rotation

from pinch_sim.errors import UnknownObjectError

Vector = tuple[float, float, float]
Colour = tuple[float, float, float]

RED: Colour = (0.80, 0.18, 0.16)
BLUE: Colour = (0.16, 0.36, 0.72)
GREEN: Colour = (0.18, 0.55, 0.30)
YELLOW: Colour = (0.93, 0.76, 0.18)
ORANGE: Colour = (0.91, 0.46, 0.13)
WHITE: Colour = (0.93, 0.93, 0.90)
GREY: Colour = (0.45, 0.47, 0.50)
STEEL: Colour = (0.66, 0.69, 0.73)
WOOD: Colour = (0.71, 0.52, 0.32)
TEAL: Colour = (0.12, 0.56, 0.58)
PURPLE: Colour = (0.48, 0.27, 0.60)
COPPER: Colour = (0.72, 0.45, 0.28)
BLACK: Colour = (0.13, 0.13, 0.14)


@dataclass(frozen=True)
class Primitive:
    """A convex solid: ``kind`` and ``size`` as MuJoCo defines them (half sizes), pose in the object's
    frame."""

    kind: mujoco.mjtGeom
    size: Vector
    position: Vector = (0.0, 0.0, 0.0)
    rpy: Vector = (0.0, 0.0, 0.0)
    colour: Colour = GREY


@dataclass(frozen=True)
class LibraryObject:
    """A rigid thing: solids of one density. ``rolls``: has a round side it could roll on for ever."""

    name: str
    mass: float
    primitives: tuple[Primitive, ...]
    rolls: bool = False

    def add_to(self, spec: mujoco.MjSpec, body_name: str, friction: float) -> None:
        """Add it as a free body. ``friction``: Coulomb coefficient of its surface against anything."""
        body = spec.worldbody.add_body(name=body_name)
        body.add_freejoint(name=body_name)
        density = self.mass / sum(volume(part) for part in self.primitives)
        for part in self.primitives:
            x, y, z, w = Rotation.from_euler("xyz", part.rpy).as_quat()
            geom = body.add_geom(type=part.kind, size=part.size, pos=part.position, quat=(w, x, y, z))
            geom.rgba = (*part.colour, 1.0)
            geom.density = density
            # A rubber pad holds a spin by a contact patch of some millimetres: 2/3 of friction times patch
            # radius. Rolling resistance lets round things come to rest as they do on a table.
            geom.friction = (friction, 0.005 * friction, 0.0006)
            geom.condim = 6 if self.rolls else 4


def box(
    size: Vector, position: Vector = (0, 0, 0), rpy: Vector = (0, 0, 0), colour: Colour = GREY
) -> Primitive:
    """A box of full edge lengths ``size``."""
    return Primitive(
        mujoco.mjtGeom.mjGEOM_BOX, (size[0] / 2, size[1] / 2, size[2] / 2), position, rpy, colour
    )


def cylinder(
    radius: float, length: float, position: Vector = (0, 0, 0), rpy: Vector = (0, 0, 0), colour: Colour = GREY
) -> Primitive:
    """A cylinder of full ``length`` along z."""
    return Primitive(mujoco.mjtGeom.mjGEOM_CYLINDER, (radius, length / 2, 0.0), position, rpy, colour)


def capsule(
    radius: float, length: float, position: Vector = (0, 0, 0), rpy: Vector = (0, 0, 0), colour: Colour = GREY
) -> Primitive:
    """A capsule along z; ``length`` without its round ends."""
    return Primitive(mujoco.mjtGeom.mjGEOM_CAPSULE, (radius, length / 2, 0.0), position, rpy, colour)


def ellipsoid(size: Vector, position: Vector = (0, 0, 0), colour: Colour = GREY) -> Primitive:
    """An ellipsoid of full diameters ``size``."""
    half = (size[0] / 2, size[1] / 2, size[2] / 2)
    return Primitive(mujoco.mjtGeom.mjGEOM_ELLIPSOID, half, position, (0.0, 0.0, 0.0), colour)


def _ring(
    radius: float, height: float, wall: float, count: int, z: float, flare: float, colour: Colour
) -> tuple[Primitive, ...]:
    """A thin round wall of ``count`` staves; ``flare`` tilts them outward."""
    stave = 2 * (radius + wall / 2 + math.sin(abs(flare)) * height / 2) * math.tan(math.pi / count)
    staves = []
    for k in range(count):
        angle = 2 * math.pi * k / count
        position = (radius * math.cos(angle), radius * math.sin(angle), z)
        staves.append(box((wall, stave, height), position, (0.0, flare, angle), colour))
    return tuple(staves)


def _arc(
    radius: float, thickness: float, span: float, count: int, taper: float, colour: Colour
) -> tuple[Primitive, ...]:
    """A bent rod in the x-y plane around its own middle: capsules that thin out towards the ends."""
    edges = np.linspace(-span / 2, span / 2, count + 1)
    parts = []
    for start, end in pairwise(edges):
        middle = (start + end) / 2
        position = (radius * (math.cos(middle) - 1.0), radius * math.sin(middle), 0.0)
        length = 2 * radius * math.sin((end - start) / 2)
        slim = thickness * (1.0 - taper * (2 * middle / span) ** 2)
        parts.append(capsule(slim, length, position, (-math.pi / 2, 0.0, float(middle)), colour))
    return tuple(parts)


def _make_library() -> dict[str, LibraryObject]:
    quarter = math.pi / 2
    things = (
        LibraryObject("box", 0.20, (box((0.12, 0.06, 0.04), colour=TEAL),)),
        LibraryObject("cube", 0.10, (box((0.05, 0.05, 0.05), colour=RED),)),
        LibraryObject("can", 0.30, (cylinder(0.030, 0.10, colour=GREEN),), rolls=True),
        LibraryObject(
            "bottle",
            0.25,
            (
                cylinder(0.030, 0.12, (0, 0, -0.03), colour=BLUE),
                cylinder(0.022, 0.02, (0, 0, 0.04), colour=BLUE),
                cylinder(0.013, 0.04, (0, 0, 0.07), colour=WHITE),
            ),
            rolls=True,
        ),
        LibraryObject(
            "mug",
            0.28,
            (
                cylinder(0.036, 0.006, (0, 0, -0.0395), colour=ORANGE),
                *_ring(0.034, 0.079, 0.004, 16, 0.003, 0.0, ORANGE),
                box((0.022, 0.010, 0.010), (0.046, 0, 0.025), colour=ORANGE),
                box((0.022, 0.010, 0.010), (0.046, 0, -0.025), colour=ORANGE),
                capsule(0.006, 0.050, (0.057, 0, 0), colour=ORANGE),
            ),
            rolls=True,
        ),
        LibraryObject(
            "hammer",
            0.40,
            (
                capsule(0.012, 0.17, (-0.02, 0, 0), (0, quarter, 0), WOOD),
                box((0.026, 0.090, 0.026), (0.08, 0, 0), colour=GREY),
            ),
        ),
        LibraryObject(
            "screwdriver",
            0.12,
            (
                cylinder(0.014, 0.095, (-0.05, 0, 0), (0, quarter, 0), YELLOW),
                cylinder(0.004, 0.100, (0.045, 0, 0), (0, quarter, 0), STEEL),
            ),
            rolls=True,
        ),
        LibraryObject(
            "t_block",
            0.22,
            (
                box((0.12, 0.030, 0.035), (0, 0.035, 0), colour=BLUE),
                box((0.030, 0.080, 0.035), (0, -0.020, 0), colour=BLUE),
            ),
        ),
        LibraryObject(
            "l_bracket",
            0.25,
            (
                box((0.10, 0.040, 0.008), (0.02, 0, -0.036), colour=STEEL),
                box((0.008, 0.040, 0.072), (-0.026, 0, 0.004), colour=STEEL),
            ),
        ),
        LibraryObject("banana", 0.14, _arc(0.085, 0.018, 1.9, 9, 0.45, YELLOW), rolls=True),
        LibraryObject(
            "spray_bottle",
            0.30,
            (
                box((0.050, 0.066, 0.110), (0, 0, -0.035), colour=WHITE),
                cylinder(0.014, 0.040, (0, 0, 0.040), colour=RED),
                box((0.022, 0.070, 0.022), (0, 0.018, 0.071), colour=RED),
                box((0.010, 0.008, 0.035), (0, 0.045, 0.045), (0.35, 0, 0), colour=RED),
            ),
        ),
        LibraryObject(
            "marker",
            0.03,
            (
                cylinder(0.010, 0.090, (-0.02, 0, 0), (0, quarter, 0), GREY),
                cylinder(0.011, 0.045, (0.0475, 0, 0), (0, quarter, 0), RED),
            ),
            rolls=True,
        ),
        LibraryObject(
            "bowl",
            0.16,
            (
                cylinder(0.034, 0.006, (0, 0, -0.0235), colour=TEAL),
                *_ring(0.046, 0.054, 0.005, 20, 0.002, 0.49, TEAL),
            ),
            rolls=True,
        ),
        LibraryObject("ball", 0.06, (ellipsoid((0.058, 0.058, 0.058), colour=ORANGE),), rolls=True),
    )
    return {thing.name: thing for thing in (*things, *_make_small_things())}


def _make_small_things() -> tuple[LibraryObject, ...]:
    """Things for bins: each has a side of at most 60 mm across, whichever way it lies."""
    quarter = math.pi / 2
    along_x = (0.0, quarter, 0.0)
    wheels = tuple(
        cylinder(0.009, 0.008, (x, y, -0.012), (quarter, 0.0, 0.0), BLACK)
        for x in (-0.020, 0.020)
        for y in (-0.019, 0.019)
    )
    studs = tuple(
        cylinder(0.005, 0.004, (x, y, 0.0115), colour=RED)
        for x in (-0.024, -0.008, 0.008, 0.024)
        for y in (-0.008, 0.008)
    )
    return (
        LibraryObject("block", 0.05, (box((0.070, 0.035, 0.025), colour=WOOD),)),
        LibraryObject("small_cube", 0.04, (box((0.032, 0.032, 0.032), colour=BLUE),)),
        LibraryObject("brick", 0.05, (box((0.064, 0.032, 0.020), colour=RED), *studs)),
        LibraryObject("cross", 0.07, (
            box((0.066, 0.020, 0.020), colour=TEAL),
            box((0.020, 0.066, 0.020), colour=TEAL),
        )),
        LibraryObject("puck", 0.06, (cylinder(0.028, 0.024, colour=PURPLE),), rolls=True),
        LibraryObject("battery", 0.14, (
            cylinder(0.0165, 0.040, (-0.009, 0, 0), along_x, BLACK),
            cylinder(0.0165, 0.018, (0.020, 0, 0), along_x, COPPER),
            cylinder(0.0055, 0.003, (0.0305, 0, 0), along_x, STEEL),
        ), rolls=True),
        LibraryObject("bolt", 0.09, (
            cylinder(0.017, 0.012, (-0.029, 0, 0), along_x, STEEL),
            cylinder(0.010, 0.058, (0.006, 0, 0), along_x, STEEL),
        ), rolls=True),
        LibraryObject("spool", 0.06, (
            cylinder(0.018, 0.040, colour=ORANGE),
            cylinder(0.026, 0.005, (0, 0, 0.0225), colour=WOOD),
            cylinder(0.026, 0.005, (0, 0, -0.0225), colour=WOOD),
        ), rolls=True),
        LibraryObject("pipe_tee", 0.11, (
            cylinder(0.014, 0.080, rpy=along_x, colour=COPPER),
            cylinder(0.014, 0.045, (0, 0.0225, 0), (quarter, 0, 0), COPPER),
        ), rolls=True),
        LibraryObject("toy_car", 0.07, (
            box((0.066, 0.032, 0.018), (0, 0, -0.003), colour=RED),
            box((0.032, 0.028, 0.014), (-0.004, 0, 0.013), colour=WHITE),
            *wheels,
        ), rolls=True),
        LibraryObject("duck", 0.05, (
            ellipsoid((0.066, 0.044, 0.040), colour=YELLOW),
            ellipsoid((0.034, 0.032, 0.032), (0.018, 0, 0.028), YELLOW),
            ellipsoid((0.018, 0.016, 0.008), (0.038, 0, 0.026), ORANGE),
        ), rolls=True),
        LibraryObject("egg", 0.06, (ellipsoid((0.058, 0.042, 0.042), colour=WHITE),), rolls=True),
        LibraryObject("pill_bottle", 0.06, (
            cylinder(0.021, 0.048, (0, 0, -0.008), colour=ORANGE),
            cylinder(0.023, 0.016, (0, 0, 0.024), colour=WHITE),
        ), rolls=True),
        LibraryObject("soap", 0.09, (
            box((0.070, 0.044, 0.026), colour=GREEN),
        )),
    )  # fmt: skip


LIBRARY = _make_library()


def library_object(name: str) -> LibraryObject:
    """The object of that name.

    Raises:
        UnknownObjectError: there is none.
    """
    if name not in LIBRARY:
        raise UnknownObjectError(f"'{name}' is not in the object library; known: {', '.join(LIBRARY)}.")
    return LIBRARY[name]


def volume(part: Primitive) -> float:
    """Of a solid [m^3]."""
    a, b, c = part.size
    if part.kind == mujoco.mjtGeom.mjGEOM_BOX:
        return 8 * a * b * c
    if part.kind == mujoco.mjtGeom.mjGEOM_CYLINDER:
        return 2 * math.pi * a * a * b
    if part.kind == mujoco.mjtGeom.mjGEOM_CAPSULE:
        return 2 * math.pi * a * a * b + 4 / 3 * math.pi * a**3
    return 4 / 3 * math.pi * a * b * c
