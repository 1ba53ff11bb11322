# SPDX-License-Identifier: Apache-2.0
"""Settings of the replay source."""

from __future__ import annotations

from dataclasses import field

from pinch_core.config import configclass, setting
from pinch_core.depth_format import DepthFormat
from pinch_core.errors import ConfigError


@configclass
class ReplayConfig:
    """What is played and how."""

    path: str = setting(default="", help="a folder of frames, or a recording (rosbag2, or a ROS 1 .bag)")
    loop: bool = setting(default=False, help="start again at the end")
    step: bool = setting(default=False, help="publish a frame only when ~/play_next is called")
    speed: float = setting(
        default=1.0,
        help="recorded seconds per second; 0: as fast as the node takes frames",
        lower=0.0,
        upper=100.0,
    )
    keep_stamps: bool = setting(
        default=False,
        help="keep the stamps of a bag; else frames are stamped with the time they are played at",
    )
    clock: bool = setting(
        default=False, help="publish each frame's stamp on /clock before the frame; needs keep_stamps"
    )
    pattern: str = setting(
        default="*depth*",
        help="folder: file names of the frames (npy, pfm, png or tiff), played in natural order",
    )
    intrinsics: str = setting(
        default="",
        help="folder: camera file by name or path; empty: the only json, intr, yaml or xml file",
    )
    fps: float = setting(
        default=10.0, unit="Hz", help="folder: frames per recorded second", lower=0.01, upper=1000.0
    )
    frame_id: str = setting(default="camera_depth_optical_frame", help="folder: optical frame of the camera")
    image_topic: str = setting(default="", help="bag: depth topic; empty: the only one there is")
    info_topic: str = setting(
        default="", help="bag: its camera info; empty: camera_info beside the depth topic"
    )
    depth_format: DepthFormat = field(default_factory=DepthFormat)

    def __post_init__(self) -> None:
        if self.clock and not self.keep_stamps:
            raise ConfigError("replay.clock publishes recorded time; set replay.keep_stamps with it.")
