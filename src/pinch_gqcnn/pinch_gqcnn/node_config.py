# SPDX-License-Identifier: Apache-2.0
"""Settings of the node itself; those of the algorithm are pinch_core's PlannerConfig."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from types import MappingProxyType

from pinch_core.config import configclass, setting
from pinch_core.depth_format import DepthFormat


@configclass
class PlannerNodeConfig:
    """How the node gets its frames and what it plans for."""

    gripper: str = setting(
        default="panda", help="name of a file in config/grippers, or the path of such a file"
    )
    policy: str = setting(
        default="cem", help="grasp policy of goals that name none, and of continuous planning"
    )
    models: tuple[str, ...] = setting(
        default=("auto",),
        help="networks to load: names or files, the first for goals that name none; auto: by jaw width",
    )
    seed: int = setting(
        default=0, help="the same seed and frame give the same grasps", lower=0, upper=2**31 - 1
    )
    max_age: float = setting(
        default=0.0, unit="s",
        help="oldest frame for goals that give no max_age; 0 waits for one taken after the goal came",
        lower=0.0, upper=3600.0,
    )  # fmt: skip
    frame_timeout: float = setting(
        default=3.0,
        unit="s",
        help="how long a goal waits for a frame that is new enough",
        lower=0.0,
        upper=60.0,
    )
    tf_timeout: float = setting(
        default=0.5, unit="s", help="how long a goal waits for TF", lower=0.0, upper=10.0
    )
    base_frame: str = setting(default="", help="robot's base frame, in which the workspace box is given")
    table_frame: str = setting(
        default="",
        help="frame whose xy plane is the table, looked up in TF; empty: the table is found in each image",
    )
    table_height: float = setting(
        default=0.0, unit="m", help="height of the table above that plane", lower=-5.0, upper=5.0
    )
    bin: str = setting(
        default="",
        help="bin that is picked from: name of a file in config/bins; empty: whatever stands on the table",
    )
    continuous: bool = setting(
        default=False, help="plan on every frame of the topics; when frames come faster, the newest"
    )
    use_segmask: bool = setting(
        default=False, help="plan on topic frames inside the mask of the same stamp on the topic segmask"
    )
    preempt: bool = setting(
        default=False, help="a new goal ends those before it with PREEMPTED; else goals wait for their turn"
    )
    max_queued_goals: int = setting(
        default=8,
        help="goals that may wait while one is planned; further ones are rejected",
        lower=0,
        upper=1000,
    )
    depth_format: DepthFormat = field(default_factory=DepthFormat)


# Names that parameters had in version 1, and what is to be set now.
RENAMED: Mapping[str, str] = MappingProxyType({"rectified_input": "depth_format.rectified to yes or no"})
