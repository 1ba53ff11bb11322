# SPDX-License-Identifier: Apache-2.0
"""Settings of the node around the cell: real-time factor, rates and names."""

from __future__ import annotations

from pinch_core.config import configclass, setting


@configclass
class NodeConfig:
    """How fast simulated time runs and how often the node publishes."""

    real_time_factor: float = setting(
        default=1.0,
        help="simulated over real time; a high value means as fast as the machine can",
        lower=0.01,
        upper=1000.0,
    )
    tick_rate: float = setting(
        default=100.0,
        unit="Hz",
        help="rate of joint_states and of taking commands, in simulated time",
        lower=10.0,
        upper=500.0,
    )
    clock_rate: float = setting(
        default=25.0,
        unit="Hz",
        help="rate of /clock in simulated time; each message wakes every node",
        lower=1.0,
        upper=500.0,
    )
    tf_rate: float = setting(
        default=50.0, unit="Hz", help="rate of /tf in simulated time", lower=1.0, upper=500.0
    )
    feedback_rate: float = setting(
        default=20.0, unit="Hz", help="rate of action feedback in simulated time", lower=0.1, upper=500.0
    )
    overview_rate: float = setting(
        default=10.0, unit="Hz", help="rate of the overview image in simulated time", lower=0.1, upper=60.0
    )
    object_rate: float = setting(
        default=15.0,
        unit="Hz",
        help="rate of the true poses of all objects in simulated time; published while subscribed",
        lower=0.1,
        upper=100.0,
    )
    world_frame: str = setting(
        default="world", help="frame that object poses are given in; the robot's base stands in its origin"
    )
    camera_frame: str = setting(default="camera_link", help="frame of the camera's body on TF")
    depth_frame: str = setting(default="camera_depth_optical_frame", help="optical frame of the depth image")
    colour_frame: str = setting(
        default="camera_color_optical_frame", help="optical frame of the colour image (the same place)"
    )
    overview_frame: str = setting(
        default="overview_optical_frame", help="optical frame of the overview image"
    )
