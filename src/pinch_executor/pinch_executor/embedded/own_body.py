# SPDX-License-Identifier: Apache-2.0
"""The robot in its own image: where the camera saw the arm, nothing is known of the surroundings."""

from __future__ import annotations

import numpy as np
import pinocchio as pin

from pinch_executor.embedded.robot_model import RobotModel
from pinch_executor.height_field import Float64, HeightField, Mask

# What a depth camera smears off an edge, and how far calibration may be off.
MARGIN_M = 0.03


class OwnBody:
    """The links of one robot as boxes. Not for use by two threads at once."""

    def __init__(self, robot: RobotModel) -> None:
        self._robot = robot
        self._shapes: pin.GeometryModel = robot.collision_shapes()
        self._model_data = robot.model.createData()
        self._data = self._shapes.createData()
        for shape in self._shapes.geometryObjects:
            shape.geometry.computeLocalAABB()

    def left_out(self, seen: HeightField, positions: Float64, opening: float) -> HeightField:
        """The same field, nothing known where a link is at joint ``positions`` (J,) and pads ``opening`` [m]
        apart.
        """
        configuration = self._robot.configuration(positions, opening)
        pin.updateGeometryPlacements(
            self._robot.model, self._model_data, self._shapes, self._data, configuration
        )
        root_from_base = self._robot.root_from_base
        points = seen.points @ root_from_base.rotation.T + root_from_base.translation
        inside: Mask = np.zeros(seen.heights.shape, dtype=bool)
        with np.errstate(invalid="ignore"):
            for shape, root_from_link in zip(self._shapes.geometryObjects, self._data.oMg, strict=True):
                box = shape.geometry.aabb_local
                own = (points - root_from_link.translation) @ root_from_link.rotation
                above, below = own <= box.max_ + MARGIN_M, own >= box.min_ - MARGIN_M
                inside |= np.all(above & below, axis=-1)
        return seen.without(inside)
