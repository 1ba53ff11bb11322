# SPDX-License-Identifier: Apache-2.0
"""Draws the cell as it was at a moment, afterwards and in its own time: sharp, and no load while it ran."""

from __future__ import annotations

import cv2
import mujoco
import numpy as np
from numpy.typing import NDArray
from typing_extensions import Self

from pinch_core.resources import load_robot
from pinch_sim.cell_config import CellConfig
from pinch_sim.heap import library_name
from pinch_sim.objects import library_object
from pinch_sim.renderer import Renderer
from pinch_sim.scene import OVERVIEW_CAMERA, PlacedObject, build_scene
from pinch_system.bins.bin_watch import Moment

UInt8 = NDArray[np.uint8]
Float64 = NDArray[np.float64]

ENLARGED = 1.5
# What moves less since the last picture is not seen [rad, m].
UNSEEN = 2e-4


class CellPainter:
    """The cell's overview; use it in a ``with`` block, in one thread."""

    def __init__(self, config: CellConfig, names: list[str], width: int, height: int) -> None:
        """``names``: of the objects in the cell."""
        placed = tuple(PlacedObject(name, library_object(library_name(name)), 0.5) for name in names)
        self._scene = build_scene(
            placed,
            config.world,
            robot=load_robot(config.robot),
            physics=config.physics,
            camera=config.camera,
            bin=config.bin.stand(),
            marks=config.place_areas,
        )
        self._data = mujoco.MjData(self._scene.model)
        self._size = (width, height)
        # Larger and shrunk: edges become smooth in half the time of drawing several samples a pixel.
        larger = (round(ENLARGED * width), round(ENLARGED * height))
        self._renderer = Renderer(*larger, fine_shadows=True)
        self._drawn: tuple[UInt8, Float64] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._renderer.close()

    def draw(self, moment: Moment) -> UInt8:
        """UInt8[H, W, 3] BGR."""
        model, data = self._scene.model, self._data
        for name, position in moment.joints.items():
            data.qpos[model.joint(name).qposadr[0]] = position
        for name, T_world_object in moment.objects.items():
            x, y, z, w = T_world_object.quaternion
            data.qpos[self._scene.object_qpos(name)] = (*T_world_object.translation, w, x, y, z)
        if self._drawn is not None and np.abs(data.qpos - self._drawn[1]).max() < UNSEEN:
            return np.array(self._drawn[0])
        mujoco.mj_kinematics(model, data)
        mujoco.mj_comPos(model, data)
        mujoco.mj_camlight(model, data)
        rgb = self._renderer.colour(self._scene, data, OVERVIEW_CAMERA)
        bgr = np.ascontiguousarray(rgb[..., ::-1])
        picture = np.asarray(cv2.resize(bgr, self._size, interpolation=cv2.INTER_AREA), np.uint8)
        self._drawn = (picture, np.array(data.qpos))
        return np.array(picture)
