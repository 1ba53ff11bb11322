# SPDX-License-Identifier: Apache-2.0
"""A gripper's collision boxes from the front and from the side, with TCP axes and opening."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from pinch_core.gripper import Gripper
from pinch_core.report.palette import BLUE, GREEN, GREY, INK, SKY, VERMILION
from pinch_core.report.plots import png, tidy

_DPI = 110
_MM = 1e3
_X, _Y, _Z = 0, 1, 2
_AXIS_COLORS = (VERMILION, GREEN, BLUE)
_AXIS_NAMES = ("x", "y closing", "z approach")
_AXIS_MM = 25.0


def draw_gripper(gripper: Gripper, closed: float) -> bytes:
    """A PNG, approach downward: from the front and from the side; dashed: the fingers at ``closed`` [m]."""
    figure = Figure(figsize=(9.4, 5.4), layout="constrained", dpi=_DPI)
    figure.suptitle(f"{gripper.name}: collision boxes, TCP and opening [mm]", parse_math=False, color=INK)
    front, side = figure.subplots(1, 2)
    _view(front, gripper, closed, _Y, "from the front")
    _view(side, gripper, closed, _X, "from the side")
    _opening(front, gripper)
    return png(figure)


def _view(panel: Any, gripper: Gripper, closed: float, across: int, title: str) -> None:
    for box in gripper.bodies(gripper.span):
        _box(panel, box.center, box.half_size, across, facecolor=SKY if box.touches_object else "#c9d1d8")
    for box in gripper.bodies(closed):
        if box.touches_object and closed < gripper.span:
            _box(panel, box.center, box.half_size, across, fill=False, linestyle="--")
    for axis in (across, _Z):
        end = (_AXIS_MM, 0.0) if axis == across else (0.0, _AXIS_MM)
        arrow = {
            "arrowstyle": "-|>",
            "color": _AXIS_COLORS[axis],
            "linewidth": 2.0,
            "shrinkA": 0,
            "shrinkB": 0,
        }
        panel.annotate("", end, (0.0, 0.0), arrowprops=arrow, zorder=5)
        panel.annotate(
            _AXIS_NAMES[axis], end, color=_AXIS_COLORS[axis], fontsize=9, textcoords="offset points",
            xytext=(3, 3) if axis == across else (4, -11), zorder=6,
        )  # fmt: skip
    panel.plot(0, 0, marker="o", color=INK, markersize=5, zorder=6)
    panel.annotate(
        "TCP", (0, 0), textcoords="offset points", xytext=(-6, 4), ha="right", color=INK, fontsize=9
    )
    panel.set_title(title, color=INK, fontsize=10)
    panel.set(xlabel=f"{'xyz'[across]} [mm]", ylabel="z [mm], approach downward", aspect="equal")
    boxes = gripper.bodies(gripper.span)
    reach = max(abs(box.center[across]) + box.half_size[across] for box in boxes) * _MM
    top = min(box.center[_Z] - box.half_size[_Z] for box in boxes) * _MM
    panel.set(
        xlim=(-1.2 * max(reach, 45.0), 1.2 * max(reach, 45.0)),
        ylim=(_opening_row(gripper) + 22.0, top - 10.0),
    )
    tidy(panel)


def _box(panel: Any, center: Any, half_size: Any, across: int, **style: Any) -> None:
    corner = (np.asarray(center) - half_size)[[across, _Z]] * _MM
    width, height = 2 * np.asarray(half_size)[[across, _Z]] * _MM
    panel.add_patch(Rectangle(tuple(corner), width, height, edgecolor=GREY, linewidth=1.0, **style))


def _opening(panel: Any, gripper: Gripper) -> None:
    half = gripper.span / 2 * _MM
    below = _opening_row(gripper)
    panel.annotate(
        "",
        (half, below),
        (-half, below),
        arrowprops={"arrowstyle": "<->", "color": INK, "shrinkA": 0, "shrinkB": 0},
    )
    for end in (-half, half):
        panel.plot([end, end], [0.0, below + 2.0], color=GREY, linewidth=0.6, linestyle=":")
    panel.text(0, below + 3.0, f"opening {2 * half:g} mm", ha="center", va="top", color=INK, fontsize=9)


def _opening_row(gripper: Gripper) -> float:
    """Where the opening is drawn: below fingertips and axes [mm]."""
    tips = max(box.center[_Z] + box.half_size[_Z] for box in gripper.bodies(gripper.span)) * _MM
    return float(max(tips, _AXIS_MM) + 14.0)
