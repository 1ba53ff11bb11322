# SPDX-License-Identifier: Apache-2.0
"""A mesh from three sides with its axes and extents, as one image."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from pinch_core.report.palette import BLUE, GREEN, INK, LINE, VERMILION
from pinch_core.report.plots import png
from pinch_datagen.inspect.shaded_view import ParallelView
from pinch_datagen.objects.object_model import RawMesh
from pinch_datagen.ray_mesh import RayMesh

_DPI = 110
_PIXELS = 340
_FILLED = 0.72
# Views are made for objects of this size [m]; meshes come in any unit.
_DRAWN_EXTENT_M = 0.1
_DIRECTIONS = {"from the front": (-60.0, 25.0), "from the side": (30.0, 25.0), "from above": (-90.0, 90.0)}
_AXES = (("x", VERMILION), ("y", GREEN), ("z", BLUE))


def draw_mesh(mesh: RawMesh, name: str) -> bytes:
    """A PNG of the shaded triangles, the edges of the bounding box along x, y and z labelled in the file's
    unit.
    """
    low, high = mesh.vertices.min(0), mesh.vertices.max(0)
    extents = high - low
    scale = _DRAWN_EXTENT_M / float(extents.max())
    # On a table at z = 0, in the middle of the view.
    origin = np.array([*(low + high)[:2] / 2, low[2]])
    placed = RayMesh((mesh.vertices - origin) * scale, mesh.faces)
    size = extents * scale
    center = np.array([0.0, 0.0, size[2] / 2])
    pixel_size = float(np.linalg.norm(size)) / (_FILLED * _PIXELS)
    figure = Figure(figsize=(3 * _PIXELS / _DPI, (_PIXELS + 50) / _DPI), layout="constrained", dpi=_DPI)
    figure.suptitle(f"{name}: {len(mesh.faces)} triangles", parse_math=False, color=INK)
    for panel, (title, direction) in zip(figure.subplots(1, 3), _DIRECTIONS.items(), strict=True):
        view = ParallelView.looking_down(center, *direction, pixel_size, _PIXELS, _PIXELS)
        panel.imshow(view.shade(placed))
        corner = np.array([-size[0] / 2, -size[1] / 2, 0.0])
        for axis, (letter, color) in enumerate(_AXES):
            edge = np.zeros(3)
            edge[axis] = size[axis]
            start, end = view.project(np.stack([corner, corner + edge]))
            if np.linalg.norm(end - start) < 2:  # along the line of sight
                continue
            panel.plot(*zip(start, end, strict=True), color=color, linewidth=2.0)
            panel.annotate(
                f"{letter} {extents[axis]:.4g}", (start + end) / 2, color=color, fontsize=9, ha="center",
                bbox={"boxstyle": "round,pad=0.1", "facecolor": "white", "edgecolor": "none", "alpha": 0.8},
            )  # fmt: skip
        panel.set_title(title, color=INK, fontsize=10)
        panel.set(xlim=(-0.5, _PIXELS - 0.5), ylim=(_PIXELS - 0.5, -0.5), xticks=[], yticks=[])
        panel.spines[:].set_color(LINE)
    return png(figure)
