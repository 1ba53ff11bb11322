# SPDX-License-Identifier: Apache-2.0
"""Images of snapshots of the cell: noisy depth, colour and overview. Create and use it in one thread."""

from __future__ import annotations

import mujoco
import numpy as np
from numpy.typing import NDArray

from pinch_core.depth_frame import Float32
from pinch_sim.cell_config import CellConfig
from pinch_sim.cell_state import Snapshot
from pinch_sim.renderer import Renderer
from pinch_sim.scene import DEPTH_CAMERA, OVERVIEW_CAMERA, OVERVIEW_SIZE

UInt8 = NDArray[np.uint8]


class CellCamera:
    """Renders snapshots. Contexts are opened when first needed: software OpenGL takes time to start."""

    def __init__(self, config: CellConfig) -> None:
        self._config = config
        self._renderers: dict[str, Renderer] = {}
        self._snapshot: Snapshot | None = None
        self._data: mujoco.MjData | None = None

    def ideal_depth(self, snapshot: Snapshot) -> Float32:
        """Float32[H, W]: z [m] of each pixel, NaN out of range."""
        camera = self._config.camera
        data = self._posed(snapshot)
        depth = self._renderer("depth", camera.width, camera.height).depth(snapshot.scene, data, DEPTH_CAMERA)
        depth[(depth < camera.near) | (depth > camera.far)] = np.nan
        return depth

    def depth(self, snapshot: Snapshot) -> Float32:
        """Float32[H, W]: what the sensor measures [m], NaN = no return. The same snapshot gives the same
        bits."""
        rng = np.random.default_rng(snapshot.noise_key)
        return self._config.noise.apply(self.ideal_depth(snapshot), self._config.camera.intrinsics, rng)

    def colour(self, snapshot: Snapshot) -> UInt8:
        """UInt8[H, W, 3] RGB from the depth camera's pose."""
        camera = self._config.camera
        renderer = self._renderer("colour", camera.width, camera.height)
        return renderer.colour(snapshot.scene, self._posed(snapshot), DEPTH_CAMERA)

    def overview(self, snapshot: Snapshot) -> UInt8:
        """UInt8[480, 640, 3] RGB of the whole cell."""
        renderer = self._renderer("overview", *OVERVIEW_SIZE)
        return renderer.colour(snapshot.scene, self._posed(snapshot), OVERVIEW_CAMERA)

    def close(self) -> None:
        for renderer in self._renderers.values():
            renderer.close()
        self._renderers.clear()

    def _renderer(self, name: str, width: int, height: int) -> Renderer:
        if name not in self._renderers:
            self._renderers[name] = Renderer(width, height)
        return self._renderers[name]

    def _posed(self, snapshot: Snapshot) -> mujoco.MjData:
        """Link, object and camera poses of the snapshot, in data that only this thread uses."""
        model = snapshot.scene.model
        if self._data is None or self._snapshot is None or snapshot.scene is not self._snapshot.scene:
            self._data = mujoco.MjData(model)
        if snapshot is not self._snapshot:
            self._data.qpos[:] = snapshot.qpos
            mujoco.mj_kinematics(model, self._data)
            mujoco.mj_comPos(model, self._data)
            mujoco.mj_camlight(model, self._data)
        self._snapshot = snapshot
        return self._data
