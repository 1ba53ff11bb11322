# SPDX-License-Identifier: Apache-2.0
"""All settings of the simulated cell."""

from __future__ import annotations

from dataclasses import field

from pinch_core.config import configclass, setting
from pinch_core.depth_noise.structured_light import StructuredLightNoise
from pinch_sim.bin_in_cell import BinConfig
from pinch_sim.depth_camera import DepthCameraConfig
from pinch_sim.gripper_controller import GripperControllerConfig
from pinch_sim.objects import library_object
from pinch_sim.place_marks import PlaceMarks
from pinch_sim.robot_model import RobotPhysicsConfig
from pinch_sim.scene import WorldConfig
from pinch_sim.settling import DropConfig
from pinch_sim.trajectory_controller import TrajectoryControllerConfig

DEFAULT_OBJECTS = (
    "box", "cube", "can", "bottle", "mug", "hammer", "screwdriver", "t_block", "l_bracket", "banana",
    "spray_bottle", "marker",
)  # fmt: skip
HEAP_OBJECTS = (
    "block", "small_cube", "brick", "cross", "puck", "battery", "bolt", "spool", "pipe_tee", "toy_car",
    "duck", "egg", "pill_bottle", "soap", "cube", "marker",
)  # fmt: skip


@configclass
class CellConfig:
    """Robot, objects and the settings of each part of the cell."""

    robot: str = setting(default="panda", help="name of a file in config/robots")
    objects: tuple[str, ...] = setting(
        default=DEFAULT_OBJECTS, help="library objects that a reset chooses from when none is named"
    )
    heap_objects: tuple[str, ...] = setting(
        default=HEAP_OBJECTS, help="library objects that heaps are drawn from"
    )
    seed: int = setting(default=1, help="seed of the first scene", lower=0, upper=2**31 - 1)
    world: WorldConfig = field(default_factory=WorldConfig)
    physics: RobotPhysicsConfig = field(default_factory=RobotPhysicsConfig)
    bin: BinConfig = field(default_factory=BinConfig)
    place_areas: PlaceMarks = field(default_factory=PlaceMarks)
    camera: DepthCameraConfig = field(default_factory=DepthCameraConfig)
    noise: StructuredLightNoise = field(default_factory=StructuredLightNoise)
    drop: DropConfig = field(default_factory=DropConfig)
    arm: TrajectoryControllerConfig = field(default_factory=TrajectoryControllerConfig)
    gripper: GripperControllerConfig = field(default_factory=GripperControllerConfig)

    def __post_init__(self) -> None:
        for name in (*self.objects, *self.heap_objects):
            library_object(name)
