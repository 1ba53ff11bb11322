# SPDX-License-Identifier: Apache-2.0
"""An object in its stable poses with its grasps, as one image."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from pinch_core.geometry.transform import Transform
from pinch_core.report.palette import GREY, INK, LINE
from pinch_core.report.plots import epsilon_colors, png
from pinch_datagen.dataset.shard import Shard
from pinch_datagen.dataset.tables import Table
from pinch_datagen.inspect.grasp_drawing import SEGMENTS, grasp_colors, grasp_segments, opening_of
from pinch_datagen.inspect.measure import measure_of
from pinch_datagen.inspect.shaded_view import Float64, ParallelView
from pinch_datagen.inspect.statistics_table import printable
from pinch_datagen.ray_mesh import RayMesh

MAX_POSES = 4

# Of a degenerate object.
MIN_PIXEL_M = 1e-6

# Whence the camera looks: azimuth and elevation [deg].
STRAIGHT_DOWN = 90.0
DIRECTIONS = {
    "from the front": (-60.0, 25.0),
    "from the side": (30.0, 25.0),
    "from above": (-90.0, STRAIGHT_DOWN),
}

# A panel [px], the space above and below all panels, beside them and between them [px].
WIDTH, HEIGHT, HEADER, FOOTER, MARGIN, GAP = 440, 350, 96, 84, 16, 6
DPI = 110
TITLE_LENGTH = 90  # characters

# Of a panel: filled by the object and its grasps, and kept free for text at its top [px].
FILLED, CAPTION = 0.94, 38

# Lines are cut into pieces, to draw faintly what the object hides.
PIECES = 12
HIDDEN_OPACITY = 0.25


def draw_object(shard: Shard, threshold: float) -> bytes:
    """A PNG: a row for each of the most probable stable poses, a column for each direction."""
    model, poses, grasps = shard.model, shard.poses[:MAX_POSES], np.array(shard.grasps)
    mesh = model.rays
    opening = opening_of(shard)
    size = np.array(
        [
            2 * MARGIN + len(DIRECTIONS) * (WIDTH + GAP) - GAP,
            HEADER + len(poses) * (HEIGHT + GAP) - GAP + FOOTER,
        ]
    )
    measure = measure_of(shard)
    figure = Figure(figsize=(size[0] / DPI, size[1] / DPI), dpi=DPI)
    for number, pose in enumerate(poses):
        chosen = grasps["pose"] == number
        T_table_obj = Transform.from_matrix(pose["T_table_obj"])
        placed = RayMesh(T_table_obj @ mesh.vertices, mesh.faces)
        for column, (title, (azimuth, elevation)) in enumerate(DIRECTIONS.items()):
            left = MARGIN + column * (WIDTH + GAP)
            bottom = size[1] - HEADER - HEIGHT - number * (HEIGHT + GAP)
            axis = figure.add_axes((left / size[0], bottom / size[1], WIDTH / size[0], HEIGHT / size[1]))
            from_above = elevation == STRAIGHT_DOWN
            segments = grasp_segments(grasps[chosen], opening, across=from_above)
            lines = (T_table_obj @ segments.reshape(-1, 3)).reshape(-1, 2, 3)
            view = _fitting_view(placed.vertices, lines, azimuth, elevation)
            axis.imshow(view.shade(placed), aspect="auto")
            # From above, the object would hide all that it is grasped by.
            hiding = None if from_above else placed
            _draw_grasps(axis, view, lines, grasps[chosen], measure.column, threshold, hiding)
            axis.set(xlim=(-0.5, WIDTH - 0.5), ylim=(HEIGHT - 0.5, -0.5), xticks=[], yticks=[])
            axis.spines[:].set_color(LINE)
            if number == 0:
                axis.set_title(title, color=INK, fontsize=10, pad=5)
            if column == 0:
                axis.text(9, 8, _pose_text(number, pose, grasps[chosen]), va="top", fontsize=9, color=INK)
    _draw_title(figure, shard, size)
    _draw_legend(figure, measure.title, threshold, size)
    return png(figure)


def _fitting_view(vertices: Float64, lines: Float64, azimuth: float, elevation: float) -> ParallelView:
    """As near as the object and its grasps allow."""
    points = np.concatenate([vertices, lines.reshape(-1, 3)])
    center = (points.min(0) + points.max(0)) / 2
    view = ParallelView.looking_down(center, azimuth, elevation, 1.0, WIDTH, HEIGHT)
    across = (points - center) @ view.axes.T
    middle = (across.min(0) + across.max(0)) / 2
    pixel_size = float((np.ptp(across, axis=0) / (FILLED * np.array([WIDTH, HEIGHT - CAPTION]))).max())
    pixel_size = max(pixel_size, MIN_PIXEL_M)
    middle[1] -= CAPTION / 2 * pixel_size
    return replace(view, center=center + middle @ view.axes, pixel_size=pixel_size)


def _draw_grasps(
    axis: Any,
    view: ParallelView,
    lines: Float64,
    grasps: Table,
    column: str,
    threshold: float,
    hiding: RayMesh | None,
) -> None:
    """Those in collision first, then from the least to the most robust; faint where a mesh hides them."""
    colors = grasp_colors(grasps[column], grasps["collision_free"], threshold)
    order = np.lexsort((grasps[column], grasps["collision_free"]))
    per_grasp = lines.reshape(-1, SEGMENTS, 2, 3)[order]
    cuts = np.linspace(0.0, 1.0, PIECES + 1)[:, None]
    start, end = per_grasp[:, :, :1], per_grasp[:, :, 1:]
    knots = start + cuts * (end - start)  # [N, SEGMENTS, PIECES + 1, 3]
    pieces = np.stack([knots[:, :, :-1], knots[:, :, 1:]], axis=3).reshape(-1, 2, 3)
    hidden = np.zeros(len(pieces), np.bool_)
    if hiding is not None:
        hidden = view.is_hidden(hiding, pieces.mean(axis=1))
    rgba = np.repeat(colors[order], SEGMENTS * PIECES, axis=0)
    rgba[hidden, 3] = HIDDEN_OPACITY
    is_jaw = np.tile(np.repeat(np.arange(SEGMENTS) > 0, PIECES), len(grasps))
    is_free = np.repeat(grasps["collision_free"][order], SEGMENTS * PIECES)
    width = np.where(is_jaw, 2.6, 1.3) * np.where(is_free, 1.0, 0.6)
    pixels = list(view.project(pieces))
    outline = np.where(hidden | ~is_free, 0.0, width + 1.0)
    axis.add_collection(LineCollection(pixels, colors="white", linewidths=outline, capstyle="butt"))
    axis.add_collection(LineCollection(pixels, colors=rgba, linewidths=width, capstyle="butt"))


def _pose_text(number: int, pose: Any, grasps: Table) -> str:
    return (
        f"pose {number + 1}: probability {pose['probability']:.2f}\n"
        f"{len(grasps)} grasps, {np.count_nonzero(grasps['label'])} positive"
    )


def _draw_title(figure: Figure, shard: Shard, size: NDArray[np.int64]) -> None:
    model, counts = shard.model, shard.info.counts
    extent = " x ".join(f"{1000 * edge:.0f}" for edge in np.ptp(model.vertices, axis=0))
    left = MARGIN / size[0]
    title = f"{printable(model.name)}   ({printable(model.source)})"
    if len(title) > TITLE_LENGTH:  # of a long path, both ends say most
        title = f"{title[: TITLE_LENGTH // 2]} ... {title[-TITLE_LENGTH // 2 :]}"
    figure.text(
        left, 1 - 26 / size[1], title, fontsize=14, va="center", color=INK, parse_math=False,
    )  # fmt: skip
    share = counts.positives / max(counts.examples, 1)
    poses = f"{min(counts.poses, MAX_POSES)} of {counts.poses} stable poses shown"
    figure.text(
        left, 1 - 54 / size[1],
        f"{extent} mm, {counts.grasps} grasps, {counts.examples:,} examples, {share:.1%} positive; {poses}",
        fontsize=10, va="center", color=INK,
    )  # fmt: skip


def _draw_legend(figure: Figure, title: str, threshold: float, size: NDArray[np.int64]) -> None:
    width = 0.36
    axis = figure.add_axes((MARGIN / size[0], 46 / size[1], width, 14 / size[1]))
    bar = figure.colorbar(epsilon_colors(threshold), cax=axis, orientation="horizontal")
    ticks = np.array([0.0, 0.5, 1.0, 1.5, 2.0]) * threshold
    bar.set_ticks(list(ticks), labels=[*(f"{tick:g}" for tick in ticks[:-1]), f"{ticks[-1]:g} and more"])
    bar.ax.tick_params(labelsize=9, colors=INK)
    bar.ax.axvline(threshold, color="white", linewidth=2)
    figure.text(
        MARGIN / size[0] + width + 0.07, 53 / size[1],
        f"{title} of the grasp; white line: threshold", va="center", fontsize=10, color=INK,
    )  # fmt: skip
    figure.legend(
        [Line2D([], [], color=GREY, linewidth=1.6)], ["in collision"], frameon=False, fontsize=10,
        loc="center right", bbox_to_anchor=(1 - MARGIN / size[0] / 2, 53 / size[1]), labelcolor=INK,
    )  # fmt: skip
