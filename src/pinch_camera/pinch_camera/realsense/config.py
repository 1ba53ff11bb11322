# SPDX-License-Identifier: Apache-2.0
"""Settings of a RealSense camera."""

from __future__ import annotations

from pinch_core.config import configclass, setting


@configclass
class RealSenseConfig:
    """Which camera, which profile, and what is set on it. What is 0 or empty stays as the camera has it."""

    serial: str = setting(default="", help="serial number; empty: the only camera that is connected")
    width: int = setting(default=848, unit="px", help="of the depth profile", lower=1, upper=4096)
    height: int = setting(default=480, unit="px", help="of the depth profile", lower=1, upper=4096)
    fps: int = setting(default=30, unit="Hz", help="of the depth profile", lower=1, upper=300)
    frame_id: str = setting(default="camera_depth_optical_frame", help="optical frame of the depth image")
    visual_preset: str = setting(
        default="", help="as librealsense names it, such as High Accuracy; empty: none"
    )
    depth_units: float = setting(
        default=0.0,
        unit="m",
        help="of one step of depth; smaller is finer and sees less far",
        lower=0.0,
        upper=0.01,
    )
    laser_power: float = setting(default=0.0, unit="mW", help="of the projector", lower=0.0, upper=1000.0)
    spatial: bool = setting(default=False, help="librealsense's edge-preserving filter")
    temporal: bool = setting(default=False, help="librealsense's filter over time, which smears what moves")
    hole_filling: bool = setting(default=False, help="librealsense's hole filling, which invents depth")
    color: bool = setting(default=False, help="publish ~/color/image_rect, aligned with the depth image")
