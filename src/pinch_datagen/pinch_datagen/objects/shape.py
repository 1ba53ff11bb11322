# SPDX-License-Identifier: Apache-2.0
"""What a surface looks like, whatever its file, pose, size, order of vertices or division into triangles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.spatial import cKDTree

from pinch_datagen.objects.object_model import Float64, Int64

# Of the root mean square distance of the surface from its middle. Rounding to four digits stays below.
SAME = 2e-4
# Of the same: scans and resolutions of one thing differ by less, two things mostly by more.
ALIKE = 0.01
# Principal moments that differ less leave axes open.
OWN_AXES = 0.02
# Beyond, not all vertices are compared.
MAX_COMPARED = 20_000
# Half turns about the principal axes: proper rotations that the moments do not tell apart.
HALF_TURNS = np.array([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]], dtype=np.float64)


@dataclass(frozen=True, eq=False)
class Shape:
    """A surface about its middle, at the size of 1.

    ``size``: root mean square distance of the surface from its middle, in the mesh's unit. ``features``
    Float64[7]: lengths and ratios that turning, moving and scaling leave alone. ``vertices`` Float64[V, 3]:
    those of triangles, each once. ``axes`` Float64[3, 3]: rows are the principal axes, right-handed.
    """

    size: float
    features: Float64
    vertices: Float64
    axes: Float64

    @staticmethod
    def of(vertices: Float64, faces: Int64) -> Shape | None:
        """The shape of triangles (V, 3), (F, 3); None where they have no area."""
        corners = vertices[faces]
        middle = corners.mean(axis=(0, 1))
        corners = corners - middle
        areas = (
            np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1) / 2
        )
        area = float(areas.sum())
        if not 0.0 < area < np.inf:
            return None
        weights = areas / area
        centroid = weights @ corners.mean(axis=1)
        corners -= centroid
        second = _second_moment(corners, weights)
        size = float(np.sqrt(np.trace(second)))
        corners, area = corners / size, area / size**2
        moments, vectors = np.linalg.eigh(second / size**2)
        axes = vectors.T * (1 if np.linalg.det(vectors) > 0 else -1)
        radial, skewed = _higher_moments(corners, weights)
        volume = abs(float(np.einsum("fi,fi->", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])))) / 6
        features = np.array(
            [*np.sqrt(np.maximum(moments, 0.0)), np.sqrt(area), np.cbrt(volume), radial, skewed]
        )
        used = (vertices[np.unique(faces)] - middle - centroid) / size
        return Shape(size, features, used, axes)

    @cached_property
    def _tree(self) -> cKDTree:
        return cKDTree(self.vertices)

    def is_copy(self, other: Shape, any_size: bool) -> bool:
        """Whether the surfaces lie on each other, moved, turned, and with ``any_size`` scaled.

        Copies of bodies of revolution and cubes count only where they are not turned.
        """
        same_size = abs(self.size - other.size) < SAME * max(self.size, other.size)
        if not (any_size or same_size) or np.abs(self.features - other.features).max() > SAME:
            return False
        return any(self._covers(other, turn) for turn in self._turns(other))

    def _turns(self, other: Shape) -> list[Float64]:
        turns = [np.eye(3)]
        if np.diff(self.features[:3]).min() > OWN_AXES:
            turns += [self.axes.T @ (signs[:, None] * other.axes) for signs in HALF_TURNS]
        return turns

    def _covers(self, other: Shape, turn: Float64) -> bool:
        """Whether every vertex of one, turned, is one of the other's, and the other way round."""
        turned, back = _some(other.vertices) @ turn.T, _some(self.vertices) @ turn
        near = 5 * SAME
        return bool(
            np.isfinite(self._tree.query(turned, distance_upper_bound=near)[0]).all()
            and np.isfinite(other._tree.query(back, distance_upper_bound=near)[0]).all()
        )


def alike_pairs(features: Sequence[Float64]) -> list[tuple[int, int]]:
    """Which features (7,) are of one thing but for scanning, resolution or size: pairs i < j, sorted."""
    if len(features) < 2:
        return []
    return sorted(cKDTree(np.stack(features)).query_pairs(ALIKE, p=np.inf))


def alike_groups(features: Mapping[str, Float64]) -> list[tuple[str, ...]]:
    """Names of things of nearly one shape, sorted, in sorted groups of at least two."""
    names = list(features)
    return groups_of(
        (names[first], names[second]) for first, second in alike_pairs([features[name] for name in names])
    )


def groups_of(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, ...]]:
    """What pairs join, directly or through others: sorted groups of at least two."""
    group_of: dict[str, set[str]] = {}
    for first, second in pairs:
        joined = group_of.get(first, {first}) | group_of.get(second, {second})
        group_of.update(dict.fromkeys(joined, joined))
    return sorted({tuple(sorted(group)) for group in group_of.values()})


def _some(vertices: Float64) -> Float64:
    return vertices[:: -(-len(vertices) // MAX_COMPARED)]


def _second_moment(corners: Float64, weights: Float64) -> Float64:
    """Float64[3, 3]: mean of x xT over the triangles, exact."""
    total = corners.sum(axis=1)
    outer = np.einsum("f,fci,fcj->ij", weights, corners, corners) + np.einsum(
        "f,fi,fj->ij", weights, total, total
    )
    return np.asarray(outer / 12)


def _higher_moments(corners: Float64, weights: Float64) -> tuple[float, float]:
    """Fourth root of the mean of |x|^4, and length of the mean of x |x|^2, over the triangles, exact."""
    products = np.einsum("fci,fdi->fcd", corners, corners)
    # The mean of a product of four barycentric coordinates is 2 a! b! c! / 6!, of three 2 a! b! c! / 5!.
    fourth = np.zeros(len(corners))
    third = np.zeros((len(corners), 3))
    for i in range(3):
        for j in range(3):
            for k in range(3):
                third += 2 / 120 * _factorials(i, j, k) * products[:, i, j, None] * corners[:, k]
                for m in range(3):
                    fourth += 2 / 720 * _factorials(i, j, k, m) * products[:, i, j] * products[:, k, m]
    return float((weights @ fourth) ** 0.25), float(np.linalg.norm(weights @ third))


def _factorials(*corners: int) -> int:
    counts = [corners.count(corner) for corner in range(3)]
    return int(np.prod([(1, 1, 2, 6, 24)[count] for count in counts]))
