# SPDX-License-Identifier: Apache-2.0
"""An arm at home as lines between the frames of its links, with base, TCP and joints."""

from __future__ import annotations

from typing import Any

import numpy as np
import pinocchio as pin
from matplotlib.figure import Figure

from pinch_core.report.palette import BLUE, GREEN, GREY, INK, ORANGE, VERMILION
from pinch_core.report.plots import png
from pinch_core.robot import Robot
from pinch_executor.embedded.robot_model import RobotModel
from pinch_executor.motion_planner import Float64

_DPI = 110
_AXIS_M = 0.12
# Elevation and azimuth [deg].
_DIRECTIONS = {"from the side": (12, -75), "from the front": (12, 15)}


def draw_robot(robot: Robot, model: RobotModel) -> bytes:
    """A PNG of two views: links, arm joints by number, axes of base and TCP (x red, y green, z blue)."""
    T_base_frame = _placements(robot, model)
    figure = Figure(figsize=(11.0, 6.0), dpi=_DPI)
    figure.subplots_adjust(left=0.01, right=0.95, bottom=0.06, top=0.9, wspace=0.05)
    figure.suptitle(f"{robot.name} at home [m]; x red, y green, z blue", parse_math=False, color=INK)
    for column, (title, (elevation, azimuth)) in enumerate(_DIRECTIONS.items(), 1):
        panel = figure.add_subplot(1, 2, column, projection="3d")
        panel.set_title(title, color=INK, fontsize=10)
        _draw_links(panel, model, T_base_frame)
        _draw_joints(panel, robot, T_base_frame)
        for name in (robot.base_frame, robot.tcp_frame):
            _draw_frame(panel, T_base_frame[name], name)
        _show_all(panel, T_base_frame)
        panel.view_init(elevation, azimuth)
    return png(figure)


def _placements(robot: Robot, model: RobotModel) -> dict[str, Float64]:
    """Pose (4, 4) of each frame in the base, with the arm at home and the fingers closed."""
    data = model.model.createData()
    pin.framesForwardKinematics(model.model, data, model.configuration(np.array(robot.home)))
    base = data.oMf[model.model.getFrameId(robot.base_frame)].inverse()
    return {
        frame.name: (base * data.oMf[number]).homogeneous for number, frame in enumerate(model.model.frames)
    }


def _draw_links(panel: Any, model: RobotModel, T_base_frame: dict[str, Float64]) -> None:
    for frame in model.model.frames:
        parent = model.model.frames[frame.parentFrame].name
        ends = np.stack([T_base_frame[parent][:3, 3], T_base_frame[frame.name][:3, 3]])
        if not np.allclose(ends[0], ends[1]):
            panel.plot(*ends.T, color=GREY, linewidth=3.0, solid_capstyle="round")


def _draw_joints(panel: Any, robot: Robot, T_base_frame: dict[str, Float64]) -> None:
    """A dot at each joint of the arm; joints whose origins coincide share one."""
    numbers: dict[tuple[float, ...], list[str]] = {}
    for number, name in enumerate(robot.arm_joints, 1):
        at = tuple(np.round(T_base_frame[name][:3, 3], 3).tolist())
        numbers.setdefault(at, []).append(str(number))
    for at, names in numbers.items():
        panel.scatter(*at, color=ORANGE, s=26, depthshade=False)
        panel.text(*at, f"  {', '.join(names)}", color=INK, fontsize=8)


def _draw_frame(panel: Any, T_base_frame: Float64, name: str) -> None:
    origin = T_base_frame[:3, 3]
    for axis, color in enumerate((VERMILION, GREEN, BLUE)):
        end = origin + _AXIS_M * T_base_frame[:3, axis]
        panel.plot(*np.stack([origin, end]).T, color=color, linewidth=2.0)
    panel.text(*(origin - [0, 0, 0.06]), name, color=INK, fontsize=8, ha="center")


def _show_all(panel: Any, T_base_frame: dict[str, Float64]) -> None:
    points = np.array([pose[:3, 3] for pose in T_base_frame.values()])
    low, high = points.min(0) - _AXIS_M / 2, points.max(0) + _AXIS_M / 2
    half = np.maximum(high - low, 0.4) / 2
    middle = (low + high) / 2
    for name, center, extent in zip("xyz", middle, half, strict=True):
        panel.set(**{f"{name}lim": (center - extent, center + extent), f"{name}label": name})
    panel.locator_params(nbins=5)
    panel.set_box_aspect(half)
    panel.tick_params(labelsize=7)
