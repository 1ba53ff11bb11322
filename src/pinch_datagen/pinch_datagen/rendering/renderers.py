# SPDX-License-Identifier: Apache-2.0
"""The renderer of a scene."""

from __future__ import annotations

import numpy as np

from pinch_datagen.ray_mesh import RayMesh
from pinch_datagen.rendering.depth_renderer import DepthRenderer
from pinch_datagen.rendering.raster_renderer import RasterRenderer
from pinch_datagen.rendering.ray_renderer import RayRenderer
from pinch_datagen.scene.placed_object import PlacedObject


def scene_surface(scene: list[PlacedObject]) -> RayMesh:
    """The triangles of all objects in the table's frame."""
    first = np.cumsum([0] + [len(item.model.vertices) for item in scene[:-1]])
    return RayMesh(
        np.concatenate([item.T_table_obj @ item.model.vertices for item in scene]),
        np.concatenate([item.model.faces + start for item, start in zip(scene, first, strict=True)]),
    )


def make_renderer(scene: list[PlacedObject], rasterize: bool) -> DepthRenderer:
    """By rasterisation, or by ray casting."""
    surface = scene_surface(scene)
    return RasterRenderer(surface) if rasterize else RayRenderer(surface)
