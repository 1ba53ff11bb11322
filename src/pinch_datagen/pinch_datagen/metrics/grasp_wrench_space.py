# SPDX-License-Identifier: Apache-2.0
"""Exact quality of many two-finger grasps at once: force closure, Ferrari-Canny epsilon, wrench resistance.

The grasp wrench space W is the convex hull of the contact wrenches w_i (Ferrari and Canny, 1992). Its polar
P = {y : w_i . y <= 1} answers all questions: W surrounds the origin iff P is bounded (force closure), it
contains the ball of radius epsilon = 1 / max |y| over P, and it contains lambda w up to lambda = 1 / max (w .
y). Both maxima lie at vertices of P, and for two contacts the vertices can be written down, so no hull is
built.

With y = (a, b), a contact k at r_k sees y through g_k = a + s b x r_k (s: torque scale). Its friction pyramid
asks f . g_k <= 1 for every edge f: a cone with apex n_k and one ray per facet of the pyramid. Its torsion
asks |n_k . b| <= 1 / (s gamma_k). Since g_1 - g_2 = s d x b, with d from contact 1 to contact 2, the two
cones share the coordinate d . g, and what is left of y is beta = b . d / |d|. So P is a polyhedron Q of pairs
(g_1, g_2), times an interval of beta on which the two torsion limits act. Q has 2 E corners (apex of one
cone, ray of the other, at the apex's d . g) and E^2 + 2 E edges on lines through two corners; vertices of P
are corners of Q at the interval's ends, and points on edges of Q where both torsion limits meet.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from pinch_datagen.metrics.soft_finger import ContactPairs, Float64, SoftFingerConfig

Bool = NDArray[np.bool_]
Int64 = NDArray[np.int64]

# Keeps the intermediate arrays of a batch in the processor's cache.
BATCH = 256
# Of a torsion limit: a corner that misses it by rounding only is a vertex.
ROUNDING = 1e-9


@dataclass(frozen=True, eq=False)
class GraspQuality:
    """Float64[N] each; 0 without force closure.

    ``force_closure``: 1 or 0. ``epsilon``: radius of the largest wrench ball resisted, per newton of contact
    force and in the scaled unit of torques. ``wrench_resistance``: force along the given direction through
    the centre of mass that is resisted, per newton of contact force.
    """

    force_closure: Float64
    epsilon: Float64
    wrench_resistance: Float64


def grasp_quality(contacts: ContactPairs, resisted: Float64, config: SoftFingerConfig) -> GraspQuality:
    """Quality of every contact pair; a pair with a contact that is not finite has none.

    Args:
        resisted: Float64[N, 3], unit direction of the force that the grasp has to give (against gravity: up);
            or Float64[N, 6], any wrench about the centre of mass, its torques scaled: the wrench resistance
            then counts in such wrenches.
    """
    if resisted.shape[1] == 3:
        resisted = np.concatenate([resisted, np.zeros_like(resisted)], axis=-1)
    count = len(contacts)
    quality = GraspQuality(np.zeros(count), np.zeros(count), np.zeros(count))
    rows = np.nonzero(_may_close(contacts))[0]
    for start in range(0, len(rows), BATCH):
        batch = rows[start : start + BATCH]
        polar = _Polar.of(contacts[batch], config)
        closed = polar.is_bounded()
        polar, batch = polar[closed], batch[closed]
        if len(batch) > 0:
            corners = polar.vertices()
            quality.force_closure[batch] = 1.0
            quality.epsilon[batch] = 1.0 / np.sqrt(corners.largest_square())
            quality.wrench_resistance[batch] = 1.0 / corners.largest_product(resisted[batch])
    return quality


def _may_close(contacts: ContactPairs) -> Bool:
    """Bool[N]: two contacts that exist and can push against each other."""
    exists = np.isfinite(contacts.points).all((1, 2)) & (contacts.friction > 0)
    opposed = (contacts.normals[:, 0] * contacts.normals[:, 1]).sum(-1)
    # Forces f_1 = -f_2 exist only where one friction cone meets the other's mirror image.
    half_angle = np.arctan(np.maximum(contacts.friction, 0.0))
    meets = np.arccos(np.clip(-opposed, -1.0, 1.0)) < 2 * half_angle
    return np.asarray(exists & meets & (np.linalg.norm(contacts.line, axis=1) > 0))


def _polar_rays(contacts: ContactPairs, config: SoftFingerConfig) -> Float64:
    """Float64[N, 2, E, 3]: rays of the cones {g : f . g <= 0}, one per facet of the friction pyramids."""
    reach = contacts.friction * np.cos(np.pi / config.cone_edges)
    between = contacts.tangents(config.cone_edges, phase=0.5)
    return np.asarray(between / reach[:, None, None, None] - contacts.normals[:, :, None])


@cache
def _edges_of_q(edges: int) -> tuple[Int64, Int64]:
    """Corner numbers at both ends of the edges of Q; corners 0 .. E - 1 are at the apex of cone 1."""
    ray = np.arange(edges)
    following = (ray + 1) % edges
    first, second = np.meshgrid(ray, ray, indexing="ij")
    start = np.concatenate([first.ravel(), ray, edges + ray])
    end = np.concatenate([edges + second.ravel(), following, edges + following])
    return start, end


@dataclass(frozen=True, eq=False)
class _Polar:
    """P of N grasps.

    ``y`` Float64[N, 2 E, 6]: corners of Q with beta = 0; ``reach`` Float64[N, 2 E]: how far along its ray a
    corner lies, negative for one that is not in Q; ``turn`` Float64[N, 6]: change of y with beta. Torsion:
    |along_k beta + across_k| <= limit, with ``along`` Float64[N, 2], ``across`` Float64[N, 2, 2 E], ``limit``
    Float64[N].
    """

    y: Float64
    reach: Float64
    turn: Float64
    along: Float64
    across: Float64
    limit: Float64
    start: Int64
    end: Int64

    @classmethod
    def of(cls, contacts: ContactPairs, config: SoftFingerConfig) -> _Polar:
        scale, line = config.torque_scale, contacts.line
        direction = line / np.linalg.norm(line, axis=1, keepdims=True)
        apex, rays = contacts.normals, _polar_rays(contacts, config)
        x_apex = (apex @ direction[..., None])[..., 0]
        slope = (rays @ direction[:, None, :, None])[..., 0]
        gap = x_apex[:, :1] - x_apex[:, 1:]
        with np.errstate(divide="ignore", invalid="ignore"):
            reach_2, reach_1 = gap / slope[:, 1], -gap / slope[:, 0]
        at_1 = np.broadcast_to(apex[:, 0, None], rays[:, 0].shape)
        at_2 = np.broadcast_to(apex[:, 1, None], rays[:, 1].shape)
        g_1 = np.concatenate([at_1, at_1 + reach_1[..., None] * rays[:, 0]], axis=1)
        g_2 = np.concatenate([at_2 + reach_2[..., None] * rays[:, 1], at_2], axis=1)
        b = np.cross(g_1 - g_2, line[:, None]) / (scale * (line * line).sum(-1)[:, None, None])
        a = g_1 - scale * np.cross(b, contacts.points[:, :1])
        return cls(
            y=np.concatenate([a, b], axis=-1),
            reach=np.concatenate([reach_2, reach_1], axis=1),
            turn=np.concatenate([-scale * np.cross(direction, contacts.points[:, 0]), direction], axis=-1),
            along=(contacts.normals @ direction[..., None])[..., 0],
            across=contacts.normals @ b.swapaxes(1, 2),
            limit=1.0 / (scale * contacts.torsion_limit(config)),
            start=_edges_of_q(config.cone_edges)[0],
            end=_edges_of_q(config.cone_edges)[1],
        )

    def __getitem__(self, rows: Bool) -> _Polar:
        return _Polar(
            self.y[rows],
            self.reach[rows],
            self.turn[rows],
            self.along[rows],
            self.across[rows],
            self.limit[rows],
            self.start,
            self.end,
        )

    @property
    def level(self) -> Float64:
        """Float64[N, 2 E]: both torsion limits can hold iff |level| <= limit (|along_1| + |along_2|)."""
        return np.asarray(self.along[:, 1:] * self.across[:, 0] - self.along[:, :1] * self.across[:, 1])

    def is_bounded(self) -> Bool:
        """Bool[N]: the level changes along all unbounded edges of Q, and everywhere in the same sense."""
        at_start, at_end = self.reach[:, self.start] > 0, self.reach[:, self.end] > 0
        rise = self.level[:, self.end] - self.level[:, self.start]
        outward = np.where(at_end & ~at_start, rise, -rise)
        unbounded = at_start != at_end
        rising = (~unbounded | (outward > 0)).all(1)
        falling = (~unbounded | (outward < 0)).all(1)
        finite = np.isfinite(self.y).all((1, 2)) & (self.along != 0).all(1)
        return np.asarray((rising | falling) & finite)

    def vertices(self) -> _Vertices:
        """The vertices of a bounded P."""
        along, across, limit = self.along[..., None], self.across, self.limit[:, None, None]
        one, two = (-limit - across) / along, (limit - across) / along
        lower, upper = np.minimum(one, two).max(1), np.maximum(one, two).min(1)
        is_vertex = (self.reach > 0) & (lower <= upper + ROUNDING * np.abs(upper))
        return _Vertices(self, np.stack([lower, upper], axis=1), is_vertex, *self._meetings())

    def _meetings(self) -> tuple[Float64, Float64, Bool]:
        """Where both torsion limits are reached: position on the edge's line, beta, whether it is on the
        edge.
        """
        sign_1, sign_2 = np.array([[1.0, 1.0, -1.0, -1.0], [1.0, -1.0, 1.0, -1.0]])
        level = self.level
        level_start, level_end = level[:, self.start], level[:, self.end]
        target = self.limit[:, None] * (self.along[:, 1:] * sign_1 - self.along[:, :1] * sign_2)
        with np.errstate(divide="ignore", invalid="ignore"):
            position = (target[:, :, None] - level_start[:, None]) / (level_end - level_start)[:, None]
        on_start_ray = (1.0 - position) * self.reach[:, None, self.start] >= 0
        on_end_ray = position * self.reach[:, None, self.end] >= 0
        on_edge = on_start_ray & on_end_ray & np.isfinite(position)
        position = np.where(on_edge, position, 0.0)
        start, end = self.across[:, 0, self.start], self.across[:, 0, self.end]
        across = start[:, None] + position * (end - start)[:, None]
        beta = (sign_1[:, None] * self.limit[:, None, None] - across) / self.along[:, :1, None]
        return position, beta, on_edge


@dataclass(frozen=True, eq=False)
class _Vertices:
    """Vertices of P by beta at corners of Q, and by position and beta on edges of Q.

    ``corner_beta`` Float64[N, 2, 2 E], ``is_vertex`` Bool[N, 2 E]; ``position``, ``edge_beta`` Float64[N, 4,
    edges], ``on_edge`` Bool likewise.
    """

    polar: _Polar
    corner_beta: Float64
    is_vertex: Bool
    position: Float64
    edge_beta: Float64
    on_edge: Bool

    def largest_square(self) -> Float64:
        """Float64[N]: max |y|^2."""
        y, turn, start, end = self.polar.y, self.polar.turn, self.polar.start, self.polar.end
        square = (y * y).sum(-1)
        product = (y[:, start] * y[:, end]).sum(-1)
        y_turn = (y @ turn[..., None])[..., 0]
        turn_turn = (turn * turn).sum(-1)[:, None, None]
        at_corners = square[:, None] + self.corner_beta * (2 * y_turn[:, None] + self.corner_beta * turn_turn)
        # With t along the edge from u to v and e the change with beta, |u + t (v - u) + beta e|^2 is
        # u.u + t (2 u.(v - u) + t |v - u|^2) + beta (2 (u.e + t (v - u).e) + beta e.e).
        u_u = square[:, start]
        u_edge, edge_edge = 2 * (product - u_u), u_u - 2 * product + square[:, end]
        u_turn, edge_turn = y_turn[:, start], y_turn[:, end] - y_turn[:, start]
        t, beta = self.position, self.edge_beta
        on_edges = u_u[:, None] + t * (u_edge[:, None] + t * edge_edge[:, None])
        on_edges += beta * (2 * (u_turn[:, None] + t * edge_turn[:, None]) + beta * turn_turn)
        return self._largest(at_corners, on_edges)

    def largest_product(self, wrench: Float64) -> Float64:
        """Float64[N]: max of y . wrench, wrench Float64[N, 6]."""
        polar = self.polar
        value = (polar.y @ wrench[..., None])[..., 0]
        turn = (polar.turn * wrench).sum(-1)[:, None, None]
        at_corners = value[:, None] + self.corner_beta * turn
        u, v = value[:, polar.start], value[:, polar.end]
        on_edges = u[:, None] + self.position * (v - u)[:, None] + self.edge_beta * turn
        return self._largest(at_corners, on_edges)

    def _largest(self, at_corners: Float64, on_edges: Float64) -> Float64:
        corners = np.where(self.is_vertex, at_corners.max(1), -np.inf).max(1)
        edges = np.where(self.on_edge, on_edges, -np.inf).max((1, 2))
        return np.asarray(np.maximum(corners, edges))
