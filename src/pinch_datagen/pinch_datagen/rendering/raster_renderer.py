# SPDX-License-Identifier: Apache-2.0
"""Depth images by rasterisation with pyrender (EGL or OSMesa), for machines with a GPU."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from pinch_core.geometry.camera import CameraIntrinsics
from pinch_core.geometry.transform import Transform
from pinch_datagen.errors import DatagenError
from pinch_datagen.ray_mesh import RayMesh
from pinch_datagen.rendering.depth_renderer import Float32

# OpenGL cameras look along -z with y up, optical frames along +z with y down.
T_CAM_GL = Transform(np.diag([1.0, -1.0, -1.0]), np.zeros(3))
TABLE_HALF_SIZE_M = 5.0
NEAR_M, FAR_M = 0.05, 20.0


class RasterRenderer:
    """A :class:`DepthRenderer` on pyrender; keeps one OpenGL context per image size.

    Raises:
        DatagenError: no OpenGL context can be made here.
    """

    def __init__(self, surface: RayMesh) -> None:
        os.environ.setdefault("PYOPENGL_PLATFORM", "egl")
        import pyrender
        import trimesh

        self._pyrender = pyrender
        mesh = trimesh.Trimesh(surface.vertices, surface.faces, process=False)
        self._mesh = pyrender.Mesh.from_trimesh(mesh, smooth=False)
        corners = TABLE_HALF_SIZE_M * np.array([[-1.0, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]])
        table = trimesh.Trimesh(corners, [[0, 1, 2], [0, 2, 3]], process=False)
        self._table = pyrender.Mesh.from_trimesh(table, smooth=False)
        self._context: Any = None

    def render(self, T_table_cam: Transform, intrinsics: CameraIntrinsics) -> Float32:
        """See :class:`DepthRenderer`."""
        scene = self._pyrender.Scene()
        nodes = [scene.add(self._mesh), scene.add(self._table)]
        # pyrender's pixel centres lie at half integers.
        camera = self._pyrender.IntrinsicsCamera(
            intrinsics.fx, intrinsics.fy, intrinsics.cx + 0.5, intrinsics.cy + 0.5, NEAR_M, FAR_M
        )
        scene.add(camera, pose=(T_table_cam @ T_CAM_GL).matrix)
        # Segmentation takes one sample a pixel, at its centre; of the usual four, the depth read is half a
        # pixel off.
        flags = self._pyrender.RenderFlags.SEG | self._pyrender.RenderFlags.SKIP_CULL_FACES
        _, depth = self._sized(*intrinsics.size).render(scene, flags, dict.fromkeys(nodes, (255, 255, 255)))
        return np.where(depth > 0, depth, np.inf).astype(np.float32)

    def _sized(self, width: int, height: int) -> Any:
        if self._context is None:
            try:
                self._context = self._pyrender.OffscreenRenderer(width, height)
            except Exception as error:
                platform = os.environ["PYOPENGL_PLATFORM"]
                raise DatagenError(
                    f"pyrender cannot make an OpenGL context with PYOPENGL_PLATFORM={platform} ({error}); "
                    "install a driver, set PYOPENGL_PLATFORM to egl or osmesa, or render by ray casting."
                ) from error
        self._context.viewport_width, self._context.viewport_height = width, height
        return self._context

    def close(self) -> None:
        """Give the OpenGL context back."""
        if self._context is not None:
            self._context.delete()
            self._context = None
