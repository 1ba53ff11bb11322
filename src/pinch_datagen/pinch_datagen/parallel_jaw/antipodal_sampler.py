# SPDX-License-Identifier: Apache-2.0
"""Antipodal grasps that cover an object's surface, with the closing axis parallel to the table (P IV)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pinch_core.config import configclass, setting
from pinch_datagen.parallel_jaw.jaw_contacts import JawContacts, close_jaws
from pinch_datagen.parallel_jaw.parallel_jaw_grasps import ParallelJawGrasps
from pinch_datagen.ray_mesh import RayMesh

Float64 = NDArray[np.float64]
Bool = NDArray[np.bool_]
Int64 = NDArray[np.int64]

# Rays restart this far behind a surface that they have left or entered.
BEHIND_SURFACE_M = 1e-6


@configclass
class AntipodalConfig:
    """How antipodal pairs are searched."""

    friction: float = setting(
        default=0.6, help="friction coefficient under which pairs are antipodal", lower=0.01, upper=2.0
    )
    draws: int = setting(
        default=12, help="surface points drawn per grasp wanted and round", lower=1, upper=10_000
    )
    rounds: int = setting(
        default=6, help="rounds of sampling before fewer grasps are accepted", lower=1, upper=1000
    )
    walls: int = setting(
        default=6, help="surfaces behind a contact that are looked at for its partner", lower=1, upper=100
    )
    min_width: float = setting(
        default=0.001, unit="m", help="contacts nearer to each other are no grasp", lower=0.0, upper=0.1
    )


@dataclass(frozen=True, eq=False)
class AntipodalGrasps:
    """Grasps centred between the contacts that their jaws meet when they close from the full opening."""

    grasps: ParallelJawGrasps
    contacts: JawContacts

    def __len__(self) -> int:
        return len(self.grasps)

    def __getitem__(self, index: NDArray[np.generic] | slice) -> AntipodalGrasps:
        contacts = JawContacts(self.contacts.points[index], self.contacts.normals[index])
        return AntipodalGrasps(self.grasps[index], contacts)


def sample_antipodal(
    mesh: RayMesh,
    up: Float64,
    count: int,
    opening: float,
    config: AntipodalConfig,
    rng: np.random.Generator,
) -> AntipodalGrasps:
    """Up to ``count`` antipodal grasps whose axes are orthogonal to ``up``, approaching along ``-up``.

    Surface points are spread evenly by area; each looks for a partner along a horizontal direction in its
    friction cone. The grasps come in the order of their first contacts' faces.

    Args:
        up: Float64[3], normal of the table in the mesh's frame.
        opening: of the jaws before they close [m].
    """
    found = [AntipodalGrasps(ParallelJawGrasps.none(), JawContacts(*np.zeros((2, 0, 2, 3))))]
    for _ in range(config.rounds):
        if sum(map(len, found)) >= count:
            break
        points, normals = _surface_points(mesh, count * config.draws, rng)
        points, axis = _horizontal_axes(points, normals, up, config.friction, rng)
        centers, axis = _partners(mesh, points, axis, opening, config, rng)
        approach = np.broadcast_to(-up, axis.shape)
        found.append(_settled(ParallelJawGrasps(centers, axis, approach), opening, mesh, config))
    grasps = ParallelJawGrasps.concatenated([part.grasps for part in found])
    points = np.concatenate([part.contacts.points for part in found])
    normals = np.concatenate([part.contacts.normals for part in found])
    return AntipodalGrasps(grasps, JawContacts(points, normals))[spread_evenly(len(grasps), count, rng)]


def spread_evenly(total: int, count: int, rng: np.random.Generator) -> Int64:
    """Up to ``count`` of the numbers 0 .. ``total`` - 1 at even distances, each as likely as any other."""
    if count == 0 or count >= total:
        return np.arange(min(count, total))
    return np.asarray((np.arange(count) + rng.random()) * (total / count), dtype=np.int64)


def _surface_points(mesh: RayMesh, count: int, rng: np.random.Generator) -> tuple[Float64, Float64]:
    """Points even over the surface, in the order of the faces, and inward normals, Float64[count, 3] each."""
    a, b, c = mesh.vertices[mesh.faces].swapaxes(0, 1)
    areas = np.cumsum(np.linalg.norm(np.cross(b - a, c - a), axis=1))
    face = np.searchsorted(areas, (np.arange(count) + rng.random()) / count * areas[-1], side="right")
    u, v = rng.random((2, count, 1))
    u, v = np.where(u + v > 1, 1 - u, u), np.where(u + v > 1, 1 - v, v)
    points = a[face] + u * (b - a)[face] + v * (c - a)[face]
    return points, -mesh.face_normals[face]


def _horizontal_axes(
    points: Float64, normals: Float64, up: Float64, friction: float, rng: np.random.Generator
) -> tuple[Float64, Float64]:
    """Points with a horizontal direction in their friction cone, and one of these, uniform in azimuth."""
    slope = normals @ up
    level = np.sqrt(np.maximum(1.0 - slope**2, 0.0))
    cosine = 1.0 / np.hypot(1.0, friction)
    reachable = level > cosine
    points, normals, slope, level = points[reachable], normals[reachable], slope[reachable], level[reachable]
    ahead = (normals - slope[:, None] * up) / level[:, None]
    azimuth = np.arccos(cosine / level) * rng.uniform(-1.0, 1.0, len(points))
    axis = np.cos(azimuth)[:, None] * ahead + np.sin(azimuth)[:, None] * np.cross(up, ahead)
    return points, axis


def _partners(
    mesh: RayMesh,
    points: Float64,
    axis: Float64,
    opening: float,
    config: AntipodalConfig,
    rng: np.random.Generator,
) -> tuple[Float64, Float64]:
    """Middles between each point and one of the antipodal surfaces behind it, and the axes of those that have
    any.
    """
    cosine = 1.0 / np.hypot(1.0, config.friction)
    partner_distance = np.full(len(points), np.nan)
    candidates_seen = np.zeros(len(points))
    travelled = np.full(len(points), BEHIND_SURFACE_M)
    alive = np.arange(len(points))
    for _ in range(config.walls):
        hits = mesh.first_hits(points[alive] + travelled[alive, None] * axis[alive], axis[alive])
        travelled[alive] += hits.distance
        on = (hits.face >= 0) & (travelled[alive] <= opening)
        alive, face = alive[on], hits.face[on]
        leaves = (mesh.face_normals[face] * axis[alive]).sum(-1) >= cosine
        exits = alive[leaves]
        # Reservoir sampling: each exit met so far is the partner with equal probability.
        candidates_seen[exits] += 1
        taken = exits[rng.random(len(exits)) * candidates_seen[exits] < 1.0]
        partner_distance[taken] = travelled[taken]
        travelled[alive] += BEHIND_SURFACE_M
    has_partner = partner_distance >= config.min_width
    half = partner_distance[has_partner, None] / 2
    return points[has_partner] + half * axis[has_partner], axis[has_partner]


def _settled(
    grasps: ParallelJawGrasps, opening: float, mesh: RayMesh, config: AntipodalConfig
) -> AntipodalGrasps:
    """The grasps centred between what their jaws really meet, those only that are antipodal there."""
    met = close_jaws(grasps, opening, mesh)
    grasps, met = grasps[met.exist], JawContacts(met.points[met.exist], met.normals[met.exist])
    centered = ParallelJawGrasps(met.points.mean(1), grasps.axis, grasps.approach)
    contacts = close_jaws(centered, opening, mesh)
    inward = np.stack([centered.axis, -centered.axis], axis=1)
    cosine = (contacts.normals * inward).sum(-1)
    with np.errstate(invalid="ignore"):
        same = np.abs(contacts.points - met.points).max((1, 2)) < BEHIND_SURFACE_M
        antipodal = (cosine >= 1.0 / np.hypot(1.0, config.friction)).all(1)
        wide = (contacts.widths >= config.min_width) & (contacts.widths <= opening)
    return AntipodalGrasps(centered, contacts)[same & antipodal & wide]
