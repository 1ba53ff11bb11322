# SPDX-License-Identifier: Apache-2.0
"""Settings of a RealSense camera."""

from __future__ import annotations

from dataclasses import dataclass

from pinch_core.config import setting, validate


@dataclass(frozen=True)
class RealSenseConfig:
    """Which camera, which profile, and what is set on it. What is 0 or empty stays as the camera has it."""

    serial: str = setting("", help="serial number; empty: the only camera that is connected")
    width: int = setting(848, unit="px", help="of the depth profile", lower=1, upper=4096)
    height: int = setting(480, unit="px", help="of the depth profile", lower=1, upper=4096)
    fps: int = setting(30, unit="Hz", help="of the depth profile", lower=1, upper=300)
    frame_id: str = setting("camera_depth_optical_frame", help="optical frame of the depth image")
    visual_preset: str = setting("", help="as librealsense names it, such as High Accuracy; empty: none")
    depth_units: float = setting(
        0.0, unit="m", help="of one step of depth; smaller is finer and sees less far", lower=0.0, upper=0.01
    )
    laser_power: float = setting(0.0, unit="mW", help="of the projector", lower=0.0, upper=1000.0)
    spatial: bool = setting(False, help="librealsense's edge-preserving filter")
    temporal: bool = setting(False, help="librealsense's filter over time, which smears what moves")
    hole_filling: bool = setting(False, help="librealsense's hole filling, which invents depth")
    color: bool = setting(False, help="publish ~/color/image_rect, aligned with the depth image")

    def __post_init__(self) -> None:
        validate(self)
