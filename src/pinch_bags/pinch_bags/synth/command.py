# SPDX-License-Identifier: Apache-2.0
"""Make a recording of simulated scenes with ground truth: objects, poses, masks, and attempts to grasp.

The same options give the same messages. OUT.mcap and OUT.db3 become one file, another name the folder of a
rosbag2 recording.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

from pinch_core.cli.places import split_places
from pinch_core.cli.settings import parse
from pinch_core.config import configclass, setting

USAGE = "pinch bag synth OUT"


class DepthEncoding(str, Enum):
    """How depth images are stored."""

    METRES = "32FC1"
    MILLIMETRES = "16UC1"
    COMPRESSED = "compressedDepth"


@configclass
class SynthOptions:
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


def main(argv: Sequence[str]) -> int:
    """``pinch bag synth OUT``."""
    (out,), rest = split_places(argv, 1, USAGE)
    options = parse(SynthOptions, rest, USAGE, (__doc__ or "").strip())
    from pinch_bags.synth.simulated_bag import write_simulated_bag

    print(write_simulated_bag(out, options))
    return 0
