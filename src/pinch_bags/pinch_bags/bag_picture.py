# SPDX-License-Identifier: Apache-2.0
"""Some depth images of a bag side by side: heights over the fitted table, with the objects found."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.figure import Figure

from pinch_core.checks.depth_picture import show_scene
from pinch_core.checks.seen_scene import look
from pinch_core.depth_format import DepthFormat
from pinch_core.errors import PinchError
from pinch_core.report.palette import INK
from pinch_core.report.plots import png
from pinch_ros.bags import RawFrame

_SHOWN = 3
_DPI = 110
_PANEL_INCHES = 4.4


def draw_frames(frames: Sequence[RawFrame], depth_format: DepthFormat, title: str) -> bytes:
    """A PNG of the first, the middle and the last frame; what cannot be read is said in its place."""
    chosen = sorted({0, len(frames) // 2, len(frames) - 1})[:_SHOWN]
    figure = Figure(
        figsize=(_PANEL_INCHES * len(chosen), _PANEL_INCHES + 0.3), layout="constrained", dpi=_DPI
    )
    figure.suptitle(title, parse_math=False, color=INK)
    for panel, number in zip(figure.subplots(1, len(chosen), squeeze=False)[0], chosen, strict=True):
        frame = frames[number]
        panel.set_title(
            f"image {frame.number}, {(frame.time_ns - frames[0].time_ns) / 1e9:.1f} s", fontsize=10
        )
        try:
            show_scene(figure, panel, look(frame.decode(depth_format)))
        except PinchError as error:
            panel.set_axis_off()
            panel.text(0.5, 0.5, str(error), ha="center", va="center", wrap=True, transform=panel.transAxes)
    return png(figure)
