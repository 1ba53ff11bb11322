# SPDX-License-Identifier: Apache-2.0
"""Building blocks of procedural objects, in metres: what manifold3d offers, with roundness in one place."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
from manifold3d import CrossSection, Manifold
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator

Float64 = NDArray[np.float64]
Family = Callable[[np.random.Generator], Manifold]

# Segments of a full circle: round to the eye, few to the ray.
ROUND = 28
COARSE = 14
FINE = 44
TWIST_STEP_DEG = 7.0


def ball(radius: float, segments: int = ROUND) -> Manifold:
    """A ball round the origin."""
    return Manifold.sphere(radius, segments)


def block(x: float, y: float, z: float) -> Manifold:
    """A box round the origin."""
    return Manifold.cube([x, y, z], True)


def disc(radius: float, height: float, top: float | None = None) -> Manifold:
    """A cylinder or cone along z, its foot at z = 0; ``top``: radius at the other end."""
    return Manifold.cylinder(height, radius, radius if top is None else top, ROUND)


def at(solid: Manifold, x: float = 0.0, y: float = 0.0, z: float = 0.0) -> Manifold:
    """Moved."""
    return solid.translate([x, y, z])


def turned(solid: Manifold, x: float = 0.0, y: float = 0.0, z: float = 0.0) -> Manifold:
    """Turned about x, then y, then z [degrees]."""
    return solid.rotate([x, y, z])


def outline(points: Sequence[tuple[float, float]] | Float64) -> CrossSection:
    """A polygon, whichever way round its points go."""
    corners = np.asarray(points, dtype=np.float64)
    area = np.sum(corners[:, 0] * np.roll(corners[:, 1], -1) - corners[:, 1] * np.roll(corners[:, 0], -1))
    return CrossSection([corners if area > 0 else corners[::-1]])


def prism(section: CrossSection, height: float, twist: float = 0.0, top: float = 1.0) -> Manifold:
    """The section, extruded along z; ``twist`` [degrees] and scale ``top`` at the upper end."""
    if twist == 0.0:
        return section.extrude(height, 0, 0.0, (top, top))
    # A side in one piece would twist into stairs: it is cut into squares, each of which hardly bends.
    x_0, y_0, x_1, y_1 = section.bounds()
    step = min(height, x_1 - x_0, y_1 - y_0) / 8
    levels = max(height / step, abs(twist) / TWIST_STEP_DEG)
    fine = CrossSection([_with_points_every(step, polygon) for polygon in section.to_polygons()])
    return fine.extrude(height, int(levels), twist, (top, top))


def _with_points_every(step: float, polygon: Float64) -> Float64:
    """The same outline with further points on its edges."""
    edges = []
    for start, end in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
        count = math.ceil(float(np.linalg.norm(end - start)) / step)
        edges.append(np.linspace(start, end, count, endpoint=False))
    return np.vstack(edges)


def lathe(profile: Sequence[tuple[float, float]] | Float64) -> Manifold:
    """The body that a profile of (radius, z), closed along the axis, describes about z."""
    points = [(0.0, profile[0][1]), *((float(r), float(z)) for r, z in profile), (0.0, profile[-1][1])]
    return outline(points).revolve(ROUND)


def cavity(profile: Sequence[tuple[float, float]] | Float64, wall: float, floor: float) -> Manifold:
    """What to take out of :func:`lathe` of the same profile to leave a wall, a floor and an open top."""
    inner = [(max(float(r) - wall, 1e-4), float(z)) for r, z in profile if z >= profile[0][1] + floor]
    lower = np.interp(profile[0][1] + floor, [z for _, z in profile], [r for r, _ in profile])
    inner = [(max(float(lower) - wall, 1e-4), profile[0][1] + floor), *inner]
    inner.append((inner[-1][0], profile[-1][1] + 0.01))
    return lathe(inner)


def smooth_profile(radii: Sequence[float] | Float64, height: float, points: int = 16) -> Float64:
    """Float64[points, 2]: (radius, z) on a smooth curve through the radii at even heights."""
    z = np.linspace(0.0, height, points)
    curve = PchipInterpolator(np.linspace(0.0, height, len(radii)), radii)
    return np.column_stack([curve(z), z])


def rod(points: Float64, radii: Sequence[float] | Float64) -> Manifold:
    """A bent round bar through the points Float64[N, 3], of the given radius at each."""
    beads = [
        Manifold.sphere(float(radius), COARSE).translate(list(point))
        for point, radius in zip(points, radii, strict=True)
    ]
    links = [Manifold.batch_hull([one, two]) for one, two in pairwise(beads)]
    body = links[0]
    for link in links[1:]:
        body = body + link
    return body


def arc(radius: float, start: float, end: float, count: int) -> Float64:
    """Float64[count, 3]: points on a circle in the x-z plane, angles from x towards z [degrees]."""
    angle = np.radians(np.linspace(start, end, count))
    return np.column_stack([radius * np.cos(angle), np.zeros(count), radius * np.sin(angle)])


def torus(radius: float, thickness: float) -> Manifold:
    """A ring round z; ``thickness``: radius of its bar."""
    return CrossSection.circle(thickness, COARSE).translate((radius, 0.0)).revolve(ROUND)


def rounded_rectangle(x: float, y: float, corner: float) -> CrossSection:
    """A rectangle round the origin with round corners."""
    inner = CrossSection.square([x - 2 * corner, y - 2 * corner], True)
    return CrossSection.batch_hull(
        [
            CrossSection.circle(corner, COARSE).translate((sx * (x / 2 - corner), sy * (y / 2 - corner)))
            for sx in (-1, 1)
            for sy in (-1, 1)
        ]
        + [inner]
    )


def rounded_block(x: float, y: float, z: float, edge: float) -> Manifold:
    """A box round the origin with round edges."""
    corners = [
        Manifold.sphere(edge, 8).translate([sx * (x / 2 - edge), sy * (y / 2 - edge), sz * (z / 2 - edge)])
        for sx in (-1, 1)
        for sy in (-1, 1)
        for sz in (-1, 1)
    ]
    return Manifold.batch_hull(corners)
