# SPDX-License-Identifier: Apache-2.0
"""What a simulated bag holds, and how it is stored. Free of ROS."""

from __future__ import annotations

from enum import Enum

from pinch_core.config import configclass, setting


class DepthEncoding(str, Enum):
    """How depth images are stored."""

    METRES = "32FC1"
    MILLIMETRES = "16UC1"
    COMPRESSED = "compressedDepth"


@configclass
class SimulatedBagConfig:
    """What is simulated, and how it is stored."""

    scenes: int = setting(default=5, help="scenes, each of which stands still", lower=1, upper=1_000_000)
    frames: int = setting(default=10, help="depth images of a scene and a camera", lower=1, upper=1_000_000)
    rate: float = setting(default=10.0, unit="Hz", help="depth images per second", lower=0.01, upper=1000.0)
    cameras: int = setting(default=1, help="cameras, each with topics of its own", lower=1, upper=16)
    namespace: str = setting(default="", help="namespace of all topics but TF, such as cell_1")
    encoding: DepthEncoding = setting(default=DepthEncoding.MILLIMETRES, help="of the depth images")
    compress: bool = setting(default=False, help="with zstd")
    noise: bool = setting(default=True, help="depth as a stereo camera measures it; else as it truly is")
    attempts: int = setting(default=1, help="random grasps that are tried in each scene", lower=0, upper=100)
    gripper: str = setting(default="panda", help="name in config/grippers, or a YAML file: the objects' size")
    pool: int = setting(default=50, help="different objects", lower=1, upper=1_000_000)
    seed: int = setting(default=0, help="of everything random", lower=0, upper=2**31 - 1)
