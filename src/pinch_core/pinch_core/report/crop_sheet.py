# SPDX-License-Identifier: Apache-2.0
"""Crops side by side with the opened jaws, as a person can judge them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from pinch_core.report.palette import INK, NO_RETURN, ORANGE
from pinch_core.report.plots import png

Float32 = NDArray[np.float32]

COLUMNS = 10

# Half of the depths that are told apart, the same in all tiles: mostly from the object's top to the table.
RANGE_M = 0.04

# Layout [px]: tiles are at least as large as this, in whole multiples of the crop.
TILE, GAP, CAPTION, HEADER, MARGIN = 160, 14, 26, 96, 24
DPI = 100

# Of the tile: length of a jaw.
JAW_LENGTH = 0.2


@dataclass(frozen=True, eq=False)
class CropSheet:
    """``crops`` Float32[N, S, S]: depth minus the grasp's [m], NaN = no return; ``captions``: below each.

    ``opening`` Float32[N]: of the jaws in pixels of the crop, None where it is not known. ``title`` and
    ``explanation``: above all.
    """

    crops: Float32
    captions: Sequence[str]
    opening: Float32 | None
    title: str
    explanation: str

    def png(self) -> bytes:
        """One tile an example; the closing axis is the middle row."""
        size = self.crops.shape[-1]
        scale = -(-TILE // size)
        tile = scale * size
        pitch = np.array([tile + GAP, tile + GAP + CAPTION])
        number = np.arange(len(self.crops))
        rows = max(-(-len(number) // COLUMNS), 1)
        width = int(2 * MARGIN + COLUMNS * pitch[0] - GAP)
        height = int(HEADER + rows * pitch[1] + MARGIN)
        canvas = np.ones((height, width, 3), np.float32)
        corners = np.stack(
            [MARGIN + number % COLUMNS * pitch[0], HEADER + number // COLUMNS * pitch[1]], axis=1
        )
        for (left, top), picture in zip(corners, grey_crops(self.crops), strict=True):
            enlarged = picture.repeat(scale, axis=0).repeat(scale, axis=1)
            canvas[top : top + tile, left : left + tile] = enlarged

        figure = Figure(figsize=(width / DPI, height / DPI), dpi=DPI)
        axis = figure.add_axes((0.0, 0.0, 1.0, 1.0), frameon=False)
        axis.imshow(canvas, extent=(0, width, height, 0), interpolation="nearest", aspect="auto")
        axis.set(xlim=(0, width), ylim=(height, 0), xticks=[], yticks=[])
        axis.text(MARGIN, 30, self.title, fontsize=17, va="center", color=INK, parse_math=False)
        axis.text(MARGIN, 66, self.explanation, fontsize=11, va="center", color=INK)
        _draw_ramp(axis, width - MARGIN)
        if self.opening is not None:
            _draw_jaws(axis, corners, scale * np.minimum(self.opening, size), scale, size)
        for (left, top), text in zip(corners, self.captions, strict=True):
            axis.text(
                left + tile / 2, top + tile + 5, text, ha="center", va="top", fontsize=tile / 16, color=INK
            )
        return png(figure)


def grey_crops(crops: Float32) -> Float32:
    """Float32[N, size, size, 3]: near is bright, the depth of the grasp is mid-grey, no return is violet."""
    grey = np.clip((RANGE_M - crops) / (2 * RANGE_M), 0.0, 1.0)
    colored = np.repeat(grey[..., None], 3, axis=-1)
    colored[np.isnan(crops)] = to_rgb(NO_RETURN)
    return np.asarray(colored)


def _draw_ramp(axis: Any, right: int) -> None:
    """What the greys mean."""
    length = 360
    ramp = np.linspace(1, 0, length)[None, :, None].repeat(3, axis=2)
    axis.imshow(ramp, extent=(right - length, right, 40, 20), aspect="auto")
    axis.add_patch(Rectangle((right - length, 20), length, 20, fill=False, edgecolor=INK, linewidth=0.6))
    millimetres = 1000 * RANGE_M
    for place, align, text in (
        (right - length, "left", f"{millimetres:g} mm nearer"),
        (right - length / 2, "center", "grasp"),
        (right, "right", f"{millimetres:g} mm farther"),
    ):
        axis.text(place, 46, text, ha=align, va="top", fontsize=11, color=INK)


def _draw_jaws(axis: Any, corners: NDArray[Any], opening: Float32, scale: int, size: int) -> None:
    """Short bars across the middle row, ``opening`` pixels of the sheet apart."""
    center = corners + (size // 2 + 0.5) * scale
    half_length = JAW_LENGTH * size * scale / 2
    bars = []
    for side in (-0.5, 0.5):
        column = center[:, 0] + side * opening
        ends = [np.stack([column, center[:, 1] + end], axis=1) for end in (-half_length, half_length)]
        bars.append(np.stack(ends, axis=1))
    axis.add_collection(
        LineCollection(list(np.concatenate(bars)), colors=ORANGE, linewidths=2.5, capstyle="butt")
    )
