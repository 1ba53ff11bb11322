# SPDX-License-Identifier: Apache-2.0
"""Pictures of depth images: depth as read, and heights above the fitted table with objects and a scale."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from numpy.typing import NDArray

from pinch_core.checks.seen_scene import SeenScene
from pinch_core.report.palette import INK, NO_RETURN, SHADE, VERMILION
from pinch_core.report.plots import png

_DPI = 110
_PANEL_INCHES = 5.4
# Lengths of a scale bar [m]; about a quarter of the image is the longest that is drawn.
_SCALES_M = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0)
_LONGEST_BAR = 0.28
# Of the depth: a smaller range would show nothing but noise.
_LEAST_RANGE = 0.05
_MOST_OBJECTS = 8


def draw_scene(scene: SeenScene, name: str) -> bytes:
    """A PNG: depth on the left, heights over the table with outlined objects on the right."""
    depth = scene.frame.depth
    figure, panels = _panels(1 if scene.heights is None else 2, depth.shape, name)
    _show(figure, panels[0], depth, "depth [m]", _depth_limits(depth))
    if scene.heights is not None:
        show_scene(figure, panels[1], scene)
    return png(figure)


def show_scene(figure: Figure, panel: Any, scene: SeenScene) -> None:
    """Heights over the table with outlined objects and a scale; depth where no table was found."""
    heights = scene.heights
    if heights is None:
        _show(figure, panel, scene.frame.depth, "depth [m], no table", _depth_limits(scene.frame.depth))
        return
    top = max(0.02, *(one.size[2] for one in scene.objects)) if scene.objects else 0.1
    _show(figure, panel, heights * 1e3, "height above the table [mm]", (-top * 250.0, top * 1e3))
    if scene.labels is not None:
        panel.contour(scene.labels > 0, levels=[0.5], colors=VERMILION, linewidths=1.4)
    _label_objects(panel, scene)
    _scale_bar(panel, scene)


def draw_depth(depth: NDArray[np.float32], name: str) -> bytes:
    """A PNG of depth alone, NaN in the colour of no return."""
    figure, (panel,) = _panels(1, depth.shape, name)
    _show(figure, panel, depth, "depth [m]", _depth_limits(depth))
    return png(figure)


def _panels(count: int, shape: tuple[int, ...], name: str) -> tuple[Figure, list[Any]]:
    height = _PANEL_INCHES * shape[0] / shape[1]
    figure = Figure(
        figsize=(_PANEL_INCHES * count, min(height, 2 * _PANEL_INCHES) + 1.0), layout="constrained", dpi=_DPI
    )
    figure.suptitle(name, parse_math=False, color=INK)
    return figure, list(figure.subplots(1, count, squeeze=False)[0])


def _depth_limits(depth: NDArray[np.float32]) -> tuple[float, float]:
    """Between which depth is drawn [m]: what is there, and no less than makes noise invisible."""
    if not np.isfinite(depth).any():
        return 0.0, 1.0
    low, high = (float(limit) for limit in np.nanpercentile(depth, (0.2, 99.8)))
    missing = max(0.0, _LEAST_RANGE * high - (high - low))
    return low - missing / 2, high + missing / 2


def _show(figure: Figure, panel: Any, values: NDArray[Any], title: str, limits: Any) -> None:
    # In greys, as plans are drawn, so that every colour is an annotation.
    greys = LinearSegmentedColormap.from_list("greys", ["#1e1e1e", "#f0f0f0"])
    colors = greys.with_extremes(bad=NO_RETURN)
    low, high = (float(limit) for limit in limits)
    shown = panel.imshow(values, cmap=colors, vmin=low, vmax=max(high, low + 1e-6), interpolation="nearest")
    panel.set(xlabel="column [px]", ylabel="row [px]")
    label = title if np.isfinite(values).all() else f"{title}; violet: no return"
    figure.colorbar(shown, ax=panel, orientation="horizontal", label=label)


def _label_objects(panel: Any, scene: SeenScene) -> None:
    """A number at each object, and their sizes in the upper left corner."""
    box = {"boxstyle": "round,pad=0.15", "facecolor": SHADE, "edgecolor": "none", "alpha": 0.75}
    style = {"color": "white", "fontsize": 8, "bbox": box}
    sizes = []
    for number, one in enumerate(scene.objects[:_MOST_OBJECTS], 1):
        length, breadth, height = (1e3 * side for side in one.size)
        sizes.append(f"{number}: {length:.0f} x {breadth:.0f} mm, {height:.0f} mm high")
        panel.text(*one.pixel, str(number), ha="center", va="center", clip_on=True, **style)
    if sizes:
        text = "\n".join(sizes)
        panel.text(0.015, 0.98, text, ha="left", va="top", transform=panel.transAxes, **style)


def _scale_bar(panel: Any, scene: SeenScene) -> None:
    """A length on the table, below the middle of the image."""
    k = scene.frame.intrinsics
    pixels_per_metre = k.fx / float(np.nanmedian(scene.frame.depth))
    fitting = [length for length in _SCALES_M if length * pixels_per_metre <= _LONGEST_BAR * k.width]
    length = fitting[-1] if fitting else _SCALES_M[0]
    start, row = 0.04 * k.width, 0.95 * k.height
    end = start + length * pixels_per_metre
    for color, width in ((SHADE, 5.0), ("white", 2.5)):
        panel.plot([start, end], [row, row], color=color, linewidth=width, solid_capstyle="butt")
    text = f"{length * 1e3:.0f} mm" if length < 1 else f"{length:g} m"
    panel.text(
        (start + end) / 2, row - 0.02 * k.height, text, color="white", ha="center", va="bottom", fontsize=9,
        bbox={"boxstyle": "round,pad=0.1", "facecolor": SHADE, "edgecolor": "none", "alpha": 0.6},
    )  # fmt: skip
