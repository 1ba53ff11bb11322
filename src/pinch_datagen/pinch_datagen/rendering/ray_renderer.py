# SPDX-License-Identifier: Apache-2.0
"""Depth images by ray casting on the CPU: rays only where the surface is, the table by its equation."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pinch_core.geometry.camera import CameraIntrinsics
from pinch_core.geometry.transform import Transform
from pinch_datagen.ray_mesh import RayMesh
from pinch_datagen.rendering.depth_renderer import Float32


class RayRenderer:
    """A :class:`DepthRenderer` on Embree."""

    def __init__(self, surface: RayMesh) -> None:
        self._mesh = surface

    def render(self, T_table_cam: Transform, intrinsics: CameraIntrinsics) -> Float32:
        """See :class:`DepthRenderer`."""
        x = ((np.arange(intrinsics.width) - intrinsics.cx) / intrinsics.fx).astype(np.float32)
        y = ((np.arange(intrinsics.height) - intrinsics.cy) / intrinsics.fy).astype(np.float32)
        depth = _table_depth(x, y, T_table_cam)
        rows, columns = self._seen_part(T_table_cam.inverse(), intrinsics)
        x, y = x[columns], y[rows]
        if len(x) == 0 or len(y) == 0:
            return depth
        # With z = 1 in the optical frame, a ray's length is its depth.
        towards = T_table_cam.rotation.astype(np.float32)
        rays = x[None, :, None] * towards[:, 0] + y[:, None, None] * towards[:, 1] + towards[:, 2]
        origins = np.broadcast_to(T_table_cam.translation.astype(np.float32), (rays.size // 3, 3))
        distance = self._mesh.distances(np.ascontiguousarray(origins), rays.reshape(-1, 3))
        part = depth[rows, columns]
        np.minimum(part, distance.reshape(part.shape), out=part)
        return depth

    def close(self) -> None:
        """See :class:`DepthRenderer`."""

    def _seen_part(self, T_cam_table: Transform, intrinsics: CameraIntrinsics) -> tuple[slice, slice]:
        """Rows and columns that hold the surface; all if part of it is not in front of the camera."""
        points = T_cam_table @ self._mesh.vertices
        if points[:, 2].min() <= 0:
            return slice(0, intrinsics.height), slice(0, intrinsics.width)
        pixels = intrinsics.project(points)
        low = np.clip(np.floor(pixels.min(0)), 0, intrinsics.size).astype(int)
        high = np.clip(np.ceil(pixels.max(0)) + 1, 0, intrinsics.size).astype(int)
        return slice(low[1], high[1]), slice(low[0], high[0])


def _table_depth(x: NDArray[np.float32], y: NDArray[np.float32], T_table_cam: Transform) -> Float32:
    """Float32[H, W]: depth of the table's plane z = 0; infinite where the ray does not meet it."""
    down = T_table_cam.rotation[2].astype(np.float32)
    falling = -(x[None, :] * down[0] + y[:, None] * down[1] + down[2])
    with np.errstate(divide="ignore"):
        depth = np.float32(T_table_cam.translation[2]) / falling
    return np.asarray(np.where(falling > 0, depth, np.float32(np.inf)), dtype=np.float32)
