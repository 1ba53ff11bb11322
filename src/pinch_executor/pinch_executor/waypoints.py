# SPDX-License-Identifier: Apache-2.0
"""Where the TCP goes for a grasp or a release, and what is in the way meanwhile."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pinch_core.geometry.transform import Transform
from pinch_executor.candidate import Candidate
from pinch_executor.end_effector import GripperModel, HeldObject
from pinch_executor.errors import InvalidGoal
from pinch_executor.executor_config import ExecutorConfig
from pinch_executor.motion_planner import Box, HeldBox, Reach, Scene, Speed
from pinch_executor.planned_push import PlannedPush
from pinch_executor.surroundings import Surroundings

# A held object that stood on the table is modelled this much shorter, so that it is not found inside the
# table.
OBJECT_SLACK_M = 2e-3
SHORTEST_OBJECT_M = 4e-3
SHORTEST_MOTION_M = 1e-3


class Waypoints:
    """Poses and scenes of one robot and one gripper in its surroundings."""

    def __init__(
        self, config: ExecutorConfig, gripper: GripperModel, surroundings: Surroundings | None = None
    ) -> None:
        self._config, self._gripper = config, gripper
        self.surroundings = surroundings or Surroundings({})
        corners = np.array(config.surroundings.keep_out, dtype=np.float64).reshape(-1, 2, 3)
        self._keep_out = tuple(
            Box(f"keep-out box {i}", Transform(np.eye(3), corner.mean(axis=0)), np.abs(corner[1] - corner[0]))
            for i, corner in enumerate(corners)
        )

    @property
    def travel(self) -> Speed:
        """Speed of free motions."""
        motion = self._config.motion
        return Speed(motion.velocity_scaling, motion.acceleration_scaling, tcp_speed=1.0)

    @property
    def linear(self) -> Speed:
        """Speed near things."""
        motion = self._config.motion
        return Speed(motion.velocity_scaling, motion.acceleration_scaling, motion.approach_speed)

    @property
    def table_height(self) -> float:
        """Of the table's top in the base frame [m]."""
        return self._config.surroundings.table_height

    def height(self, T_base_tcp: Transform) -> float:
        """Of the TCP above the table [m]."""
        return float(T_base_tcp.translation[2]) - self._config.surroundings.table_height

    def pick_reach(self, grasp: Candidate) -> Reach:
        """Approach and retreat as the grasp says: its planner checked them, and nobody else decides.

        Raises:
            InvalidGoal: one of them has no length.
        """
        for name, distance in (("approach", grasp.approach.distance), ("retreat", grasp.retreat.distance)):
            if distance < SHORTEST_MOTION_M:
                raise InvalidGoal(
                    f"the grasp's {name} is {distance:g} m long; give the length of a straight motion, such "
                    "as 0.1 m."
                )
        T_base_tcp = grasp.T_base_tcp
        return Reach(
            grasp.approach.start(T_base_tcp),
            T_base_tcp,
            grasp.retreat.end(T_base_tcp),
            self._config.motion.contact_distance,
        )

    def push_reach(self, push: PlannedPush) -> Reach:
        """Down to where it begins, and along it; things may be touched on all of its way."""
        T_base_start = push.T_base_start
        touched = max(self._config.motion.contact_distance, push.push.distance + SHORTEST_MOTION_M)
        return Reach(push.approach.start(T_base_start), T_base_start, push.push.end(T_base_start), touched)

    def place_reach(self, T_base_tcp: Transform) -> Reach:
        """Lower straight down, retreat straight up."""
        above = self.raised(T_base_tcp)
        return Reach(above, T_base_tcp, above, self._config.motion.contact_distance)

    def raised(self, T_base_tcp: Transform) -> Transform:
        """The same pose, ``motion.retreat_distance`` higher."""
        up = np.array([0.0, 0.0, self._config.motion.retreat_distance])
        return Transform(T_base_tcp.rotation, T_base_tcp.translation + up)

    def scene(self, opening: float) -> Scene:
        """The surroundings with an empty gripper, ``opening`` [m] wide."""
        around = self._config.surroundings
        return Scene(
            opening,
            around.table_height,
            around.table_clearance,
            around.clearance,
            self._keep_out,
            fields=self.surroundings.fields,
        )

    def scene_with_target(self, grasp: Candidate) -> Scene:
        """The surroundings, the object to grasp and the gripper opened as the grasp says."""
        expected = self._gripper.expected(grasp, self.height(grasp.T_base_tcp))
        box = self._held_box(expected)
        target = Box("target", grasp.T_base_tcp @ box.T_tcp_box, box.size)
        scene = self.scene(self._gripper.approach_opening(grasp))
        return replace(scene, target=target, fields=self.surroundings.around(grasp.T_base_tcp, expected.size))

    def scene_beside_target(self, grasp: Candidate) -> Scene:
        """The same where the object has moved, or was none: nothing between the pads, nothing known there."""
        return replace(self.scene_with_target(grasp), target=None)

    def scene_holding(self, held: HeldObject) -> Scene:
        """The surroundings with an object in the gripper."""
        return replace(self.scene(held.opening), held=self._held_box(held))

    def scene_with_planned(self, grasp: Candidate) -> Scene:
        """The same, before it is held: as the grasp was planned."""
        expected = self._gripper.expected(grasp, self.height(grasp.T_base_tcp))
        around = self.surroundings.around(grasp.T_base_tcp, expected.size)
        return replace(self.scene_holding(expected), fields=around)

    def free_scene(self, opening: float) -> Scene:
        """Nothing but the robot itself: for leaving a place that the surroundings say it cannot be in."""
        return Scene(opening, None, 0.0, 0.0)

    def _held_box(self, held: HeldObject) -> HeldBox:
        above = self._config.surroundings.object_above_tcp
        below = max(held.below - OBJECT_SLACK_M, SHORTEST_OBJECT_M)
        center = Transform(np.eye(3), np.array([0.0, 0.0, (below - above) / 2]))
        across = np.maximum(held.size, SHORTEST_OBJECT_M)
        return HeldBox(center, np.array([*across, below + above]))
