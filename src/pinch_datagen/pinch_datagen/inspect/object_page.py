# SPDX-License-Identifier: Apache-2.0
"""An object with its grasps as a page to turn by mouse: one file that needs neither network nor server."""

from __future__ import annotations

from typing import cast

import matplotlib as mpl
import numpy as np
import trimesh
from numpy.typing import NDArray
from trimesh.viewer.notebook import scene_to_html

from pinch_core.report.page import render_page
from pinch_core.report.plots import epsilon_colors
from pinch_datagen.dataset.shard import Shard
from pinch_datagen.dataset.tables import Table
from pinch_datagen.inspect.grasp_drawing import grasp_colors, grasp_segments, opening_of
from pinch_datagen.inspect.measure import Measure, measure_of
from pinch_datagen.inspect.shaded_view import ParallelView
from pinch_datagen.inspect.statistics_table import printable

# Names of the parts of a pose's scene, after its number.
OBJECT, TABLE, FREE, COLLIDING = "object", "table", "free", "colliding"

# Radii of the closing axis and of the jaws [m], and of a rod's cross-section edges.
AXIS_RADIUS_M, JAW_RADIUS_M, ROD_SIDES = 0.00035, 0.0008, 6

SURFACE_COLOR = np.array([200, 204, 210, 255], np.uint8)
TABLE_COLOR = np.array([252, 252, 252, 255], np.uint8)
TABLE_THICKNESS_M = 0.001

AZIMUTH, ELEVATION = -60.0, 30.0  # of the first look [deg]


def object_page(shard: Shard, threshold: float) -> str:
    """HTML with all stable poses, one of them shown at a time."""
    page = str(scene_to_html(object_scene(shard, threshold)))
    head, _, tail = page.rpartition("</body>")
    return f"{head}{_overlay(shard, threshold)}</body>{tail}"


def object_scene(shard: Shard, threshold: float) -> trimesh.Scene:
    """Nodes ``pose<number>_<part>`` in the table's frame [m]."""
    model, grasps, opening = shard.model, np.array(shard.grasps), opening_of(shard)
    corners = model.vertices[model.faces].reshape(-1, 3)  # of their own for each face, which looks flat then
    body = trimesh.Trimesh(
        corners,
        np.arange(len(corners)).reshape(-1, 3),
        vertex_colors=np.tile(SURFACE_COLOR, (len(corners), 1)),
        process=False,
    )
    scene = trimesh.Scene()
    radius = float(np.linalg.norm(model.vertices, axis=1).max())
    for number, pose in enumerate(shard.poses):
        T_table_obj = pose["T_table_obj"]
        scene.add_geometry(body, f"pose{number}_{OBJECT}", OBJECT, transform=T_table_obj)
        scene.add_geometry(_table(2 * radius), f"pose{number}_{TABLE}", TABLE)
        of_pose = grasps["pose"] == number
        for part, chosen in (
            (FREE, of_pose & grasps["collision_free"]),
            (COLLIDING, of_pose & ~grasps["collision_free"]),
        ):
            if chosen.any():
                name = f"pose{number}_{part}"
                rods = grasp_rods(grasps[chosen], opening, threshold, measure_of(shard).column)
                scene.add_geometry(rods, name, name, transform=T_table_obj)
    view = ParallelView.looking_down(np.zeros(3), AZIMUTH, ELEVATION, 1.0, 1, 1)
    scene.camera.fov = (45.0, 45.0)
    scene.camera_transform = _camera(view, 5 * radius)
    return scene


def grasp_rods(
    grasps: Table, opening: float, threshold: float, column: str = Measure.EPSILON.column
) -> trimesh.Trimesh:
    """Closing axes and jaws as prisms in the object's frame, all of one grasp in its colour."""
    segments = grasp_segments(grasps, opening)
    colors = np.round(255 * grasp_colors(grasps[column], grasps["collision_free"], threshold))
    rods = []
    for parts, color in zip(segments, colors.astype(np.uint8), strict=True):
        for ends, radius in zip(parts, (AXIS_RADIUS_M, JAW_RADIUS_M, JAW_RADIUS_M), strict=True):
            rod = trimesh.creation.cylinder(radius, segment=ends, sections=ROD_SIDES)
            rod.visual.vertex_colors = color
            rods.append(rod)
    return cast(trimesh.Trimesh, trimesh.util.concatenate(rods))


def _table(radius: float) -> trimesh.Trimesh:
    disc: trimesh.Trimesh = trimesh.creation.cylinder(radius, TABLE_THICKNESS_M, sections=96)
    disc.apply_translation((0.0, 0.0, -TABLE_THICKNESS_M / 2))
    disc.visual = trimesh.visual.ColorVisuals(
        disc, vertex_colors=np.tile(TABLE_COLOR, (len(disc.vertices), 1))
    )
    return disc


def _camera(view: ParallelView, distance: float) -> NDArray[np.float64]:
    """Float64[4, 4]: pose of a camera as OpenGL has it, x right, y up, looking along -z."""
    right, down = view.axes
    pose = np.eye(4)
    pose[:3] = np.stack([right, -down, -view.forward, -distance * view.forward], axis=1)
    return pose


def _overlay(shard: Shard, threshold: float) -> str:
    """Name, legend and switches over the scene."""
    colors = epsilon_colors(threshold).to_rgba(np.linspace(0, 2 * threshold, 12))
    poses = [
        f"pose {number + 1} of {len(shard.poses)}, probability {pose['probability']:.2f}"
        for number, pose in enumerate(shard.poses)
    ]
    return render_page(
        "pinch_datagen.inspect",
        "object_overlay.html.jinja",
        name=printable(shard.info.name),
        source=printable(shard.info.source),
        colors=[mpl.colors.to_hex(color) for color in colors],
        threshold=f"{threshold:g}",
        top=f"{2 * threshold:g}",
        poses=poses,
    )
