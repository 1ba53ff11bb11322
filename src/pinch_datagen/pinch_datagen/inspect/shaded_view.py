# SPDX-License-Identifier: Apache-2.0
"""A mesh on a table in parallel projection, lit by the sky, by ray casting."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from pinch_datagen.ray_mesh import RayMesh

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]
Int64 = NDArray[np.int64]
Bool = NDArray[np.bool_]

SUPERSAMPLING = 2  # rays per pixel along each edge
SAMPLES = SUPERSAMPLING**2

# Off the surface, so that a ray does not meet the face that it starts on [m].
SKIN_M = 2e-5

MISS = 1e30  # a ray that meets nothing has a larger distance

SKY_DIRECTIONS = 24  # of a pixel; each of its rays asks for its part of them
SHADOW_REACH_M = 0.02  # what is farther away takes less light: no shadows with hard edges
SHADOW_END_M = 4 * SHADOW_REACH_M
SUN = np.array([-0.3, -0.55, 0.78])  # in the view's right and away, and up; here the sky is brightest
TABLE_REFLECTION = 0.25  # brightness of the table seen from below, where the sky is 1

SURFACE_COLOR = np.array([0.78, 0.80, 0.83], np.float32)
TABLE_COLOR = np.ones(3, np.float32)


@dataclass(frozen=True, eq=False)
class ParallelView:
    """``center`` Float64[3] lands in the middle of ``width`` x ``height`` pixels of ``pixel_size`` [m]; the
    camera looks along ``forward`` Float64[3], ``right`` Float64[3] is horizontal.
    """

    center: Float64
    forward: Float64
    right: Float64
    pixel_size: float
    width: int
    height: int

    @staticmethod
    def looking_down(
        center: Float64, azimuth: float, elevation: float, pixel_size: float, width: int, height: int
    ) -> ParallelView:
        """From an azimuth and an elevation over the horizon [deg]."""
        around, up = np.radians([azimuth, elevation])
        forward = -np.array([np.cos(around) * np.cos(up), np.sin(around) * np.cos(up), np.sin(up)])
        right = np.array([-np.sin(around), np.cos(around), 0.0])
        return ParallelView(center, forward, right, pixel_size, width, height)

    @cached_property
    def axes(self) -> Float64:
        """Float64[2, 3]: right and down."""
        return np.stack([self.right, np.cross(self.forward, self.right)])

    def project(self, points: Float64) -> Float64:
        """Float64[..., 2]: column and row of points Float64[..., 3]; pixel centres are at integers."""
        offset = (points - self.center) @ self.axes.T / self.pixel_size
        return np.asarray(offset + (np.array([self.width, self.height]) - 1) / 2)

    def is_hidden(self, mesh: RayMesh, points: Float64) -> Bool:
        """Bool[N]: the mesh lies before the points Float64[N, 3]."""
        start = (points - SKIN_M * self.forward).astype(np.float32)
        towards_camera = np.broadcast_to(-self.forward, start.shape).astype(np.float32)
        return np.asarray(mesh.distances(start, towards_camera) < MISS)

    def shade(self, mesh: RayMesh) -> Float32:
        """Float32[height, width, 3] in [0, 1]: the mesh on a white table at z = 0 that catches its shadow."""
        width, height = self.width * SUPERSAMPLING, self.height * SUPERSAMPLING
        column, row = np.meshgrid(np.arange(width) - (width - 1) / 2, np.arange(height) - (height - 1) / 2)
        offset = np.stack([column.ravel(), row.ravel()], axis=1) * (self.pixel_size / SUPERSAMPLING)
        start = self.center + offset @ self.axes - self.forward  # a metre before the centre
        hits = mesh.first_hits(start, np.broadcast_to(self.forward, start.shape))
        met = hits.face >= 0
        distance = np.where(met, hits.distance, -start[:, 2] / self.forward[2])
        points = start + distance[:, None] * self.forward
        lower, upper = mesh.vertices.min(0)[:2] - SHADOW_END_M, mesh.vertices.max(0)[:2] + SHADOW_END_M
        near = met | ((points[:, :2] > lower) & (points[:, :2] < upper)).all(axis=1)

        image = np.broadcast_to(TABLE_COLOR, (height * width, 3)).copy()
        image[met] = SURFACE_COLOR
        image[near] *= self._light(mesh, points[near], hits.face[near], _sample(width, height)[near])[:, None]
        image = np.minimum(image, 1.0).reshape(height, width, 3)
        return np.asarray(cv2.resize(image, (self.width, self.height), interpolation=cv2.INTER_AREA))

    def _light(self, mesh: RayMesh, points: Float64, faces: Int64, sample: Int64) -> Float32:
        """Float32[N]: what arrives from the sky and from the table; 1 on the open table.

        Args:
            faces: -1 on the table.
            sample: which of its pixel's rays a point belongs to; each sees its own part of the sky.
        """
        normals = np.where(faces[:, None] >= 0, mesh.face_normals[faces], [0.0, 0.0, 1.0])
        origins = (points + SKIN_M * normals).astype(np.float32)
        normals = normals.astype(np.float32)
        away = np.cross([0.0, 0.0, 1.0], self.right)
        sun = SUN[0] * self.right + SUN[1] * away + SUN[2] * np.array([0.0, 0.0, 1.0])
        directions = _sky()
        brightness = 0.3 + 2.0 * np.clip(directions @ sun, 0.0, None) ** 3
        light = TABLE_REFLECTION * (1 - normals[:, 2]) / 2
        for part in range(SAMPLES):
            mine = np.flatnonzero(sample == part)
            towards, arriving = directions[part::SAMPLES], brightness[part::SAMPLES]
            arriving /= (arriving * towards[:, 2]).sum()
            cosines = arriving * np.maximum(normals[mine] @ towards.T, 0.0)
            for direction, cosine in zip(towards, cosines.T, strict=True):
                facing = np.flatnonzero(cosine)
                distance = mesh.distances(origins[mine[facing]], np.broadcast_to(direction, (len(facing), 3)))
                blocked = distance < SHADOW_END_M
                cosine[facing[blocked]] *= -np.expm1(-distance[blocked] / SHADOW_REACH_M)
            light[mine] += cosines.sum(axis=1)
        return np.asarray(light, np.float32)


def _sample(width: int, height: int) -> Int64:
    """Int64[height * width]: the number of each ray within its pixel."""
    square = np.arange(SAMPLES).reshape(SUPERSAMPLING, SUPERSAMPLING)
    return np.tile(square, (height // SUPERSAMPLING, width // SUPERSAMPLING)).ravel()


def _sky() -> Float32:
    """Float32[SKY_DIRECTIONS, 3]: even over the upper hemisphere, along a golden spiral."""
    number = np.arange(SKY_DIRECTIONS) + 0.5
    height = 1 - number / SKY_DIRECTIONS
    turn = np.pi * (1 + np.sqrt(5)) * number
    radius = np.sqrt(1 - height**2)
    return np.stack([radius * np.cos(turn), radius * np.sin(turn), height], axis=1).astype(np.float32)
