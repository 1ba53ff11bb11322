# SPDX-License-Identifier: Apache-2.0
"""Where the TCP goes for a grasp or a release, and what is in the way meanwhile."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from pinch_core.geometry.transform import Transform
from pinch_core.parallel_jaw.gripper import ParallelJawGripper
from pinch_executor.candidate import Candidate
from pinch_executor.executor_config import Bin, ExecutorConfig
from pinch_executor.motion_planner import Box, HeldBox, Reach, Scene, Speed

STRAIGHT_DOWN_RPY = (np.pi, 0.0, 0.0)
# A held object that stood on the table is modelled this much shorter, so that it is not found inside the
# table.
OBJECT_SLACK_M = 2e-3
SHORTEST_OBJECT_M = 4e-3


@dataclass(frozen=True)
class HeldObject:
    """The object between the fingers: its ``width`` [m], how far it reaches ``below`` the TCP [m], which is
    at most the height of the grasp above the table it stood on, and the ``opening`` [m] that lets it go: the
    one it was approached with.
    """

    width: float
    below: float
    opening: float


class Waypoints:
    """Poses and scenes of one robot and one gripper in its surroundings."""

    def __init__(self, config: ExecutorConfig, gripper: ParallelJawGripper) -> None:
        self._config = config
        self._gripper = gripper
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

    def held(self, grasp: Candidate, width: float) -> HeldObject:
        """The object of a grasp once the fingers have closed to ``width`` [m]."""
        height = float(grasp.T_base_tcp.translation[2]) - self._config.surroundings.table_height
        return HeldObject(width, max(height, self._gripper.finger.tip_beyond_tcp), grasp.opening)

    def pick_reach(self, grasp: Candidate) -> Reach:
        """Approach and retreat as the grasp says: its planner checked them, and nobody else decides."""
        T_base_tcp = grasp.T_base_tcp
        return Reach(
            grasp.approach.start(T_base_tcp),
            T_base_tcp,
            grasp.retreat.end(T_base_tcp),
            self._config.motion.contact_distance,
        )

    def place_reach(self, T_base_tcp: Transform) -> Reach:
        """Lower straight down, retreat straight up."""
        above = self.raised(T_base_tcp)
        return Reach(above, T_base_tcp, above, self._config.motion.contact_distance)

    def bin_pose(self, place: Bin, held: HeldObject) -> Transform:
        """``T_base_tcp`` with the object's underside at the bin's point, the hand straight down."""
        rotation = (
            Transform.from_rpy((0.0, 0.0, place.yaw)).rotation
            @ Transform.from_rpy(STRAIGHT_DOWN_RPY).rotation
        )
        return Transform(rotation, np.array(place.position) + np.array([0.0, 0.0, held.below]))

    def raised(self, T_base_tcp: Transform) -> Transform:
        """The same pose, the robot's own retreat higher."""
        return Transform(
            T_base_tcp.rotation,
            T_base_tcp.translation + np.array([0.0, 0.0, self._config.motion.retreat_distance]),
        )

    def scene(self, opening: float, held: HeldObject | None = None) -> Scene:
        """The surroundings with the fingers ``opening`` [m] apart."""
        around = self._config.surroundings
        box = None if held is None else self._held_box(held)
        return Scene(
            opening, around.table_height, around.table_clearance, around.clearance, self._keep_out, held=box
        )

    def scene_with_target(self, grasp: Candidate) -> Scene:
        """The surroundings, the object to grasp and the fingers opened as the grasp says."""
        box = self._held_box(self.held(grasp, grasp.width))
        target = Box("target", grasp.T_base_tcp @ box.T_tcp_box, box.size)
        return replace(self.scene(min(grasp.opening, self._gripper.max_opening)), target=target)

    def free_scene(self, opening: float) -> Scene:
        """Nothing but the robot itself: for leaving a place that the surroundings say it cannot be in."""
        return Scene(opening, None, 0.0, 0.0)

    def _held_box(self, held: HeldObject) -> HeldBox:
        above = self._config.surroundings.object_above_tcp
        below = max(held.below - OBJECT_SLACK_M, SHORTEST_OBJECT_M)
        center = Transform(np.eye(3), np.array([0.0, 0.0, (below - above) / 2]))
        size = np.array([self._gripper.finger.breadth, max(held.width, SHORTEST_OBJECT_M), below + above])
        return HeldBox(center, size)
