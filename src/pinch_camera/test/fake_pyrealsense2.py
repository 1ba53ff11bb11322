# SPDX-License-Identifier: Apache-2.0
"""A stand-in for pyrealsense2 with one D435: every name is one of librealsense's, and nothing else is there.

Where pyrealsense2 is installed, a test holds each name used here against the real module (seen with 2.59.1).
"""

from __future__ import annotations

import threading
import time
from enum import Enum
from types import ModuleType, SimpleNamespace
from typing import Any, ClassVar

import numpy as np

WIDTH, HEIGHT = 64, 48
SERIAL = "831612070000"


class stream(Enum):
    depth = 1
    color = 2


class format(Enum):
    z16 = 1
    bgr8 = 2


class option(Enum):
    visual_preset = 1
    depth_units = 2
    laser_power = 3
    asic_temperature = 4
    projector_temperature = 5


class camera_info(Enum):
    name = 1
    serial_number = 2
    firmware_version = 3


class distortion(Enum):
    none = 0
    brown_conrady = 1
    inverse_brown_conrady = 2


class timestamp_domain(Enum):
    hardware_clock = 0
    system_time = 1
    global_time = 2


class Bench:
    """What the test does to the camera."""

    def __init__(self) -> None:
        self.plugged = True
        self.streaming = threading.Event()
        self.resets = 0
        self.options: dict[option, float] = {option.depth_units: 0.001, option.asic_temperature: 41.4}
        self.processed: list[str] = []
        self.coefficients = [0.0] * 5
        self.depth = np.full((HEIGHT, WIDTH), 700, dtype=np.uint16)


bench = Bench()


class option_range(SimpleNamespace):
    min: float
    max: float


class depth_sensor:
    RANGES: ClassVar = {
        option.visual_preset: (0.0, 3.0),
        option.depth_units: (1e-6, 0.01),
        option.laser_power: (0.0, 360.0),
        option.asic_temperature: (-40.0, 125.0),
    }
    PRESETS = ("Custom", "Default", "Hand", "High Accuracy")

    def supports(self, which: option) -> bool:
        _check_plugged()
        return which in self.RANGES

    def get_option(self, which: option) -> float:
        return bench.options[which]

    def set_option(self, which: option, value: float) -> None:
        _check_plugged()
        bench.options[which] = value

    def get_option_range(self, which: option) -> option_range:
        low, high = self.RANGES[which]
        return option_range(min=low, max=high)

    def get_option_value_description(self, which: option, value: float) -> str:
        return self.PRESETS[int(value)]

    def get_depth_scale(self) -> float:
        return bench.options[option.depth_units]


class device:
    def get_info(self, info: camera_info) -> str:
        return {
            camera_info.name: "Intel RealSense D435",
            camera_info.serial_number: SERIAL,
            camera_info.firmware_version: "5.16.0.1",
        }[info]

    def first_depth_sensor(self) -> depth_sensor:
        return depth_sensor()

    def hardware_reset(self) -> None:
        _check_plugged()
        bench.resets += 1


class context:
    def query_devices(self) -> list[device]:
        return [device()] if bench.plugged else []


class config:
    def __init__(self) -> None:
        self.streams: dict[stream, tuple[Any, ...]] = {}

    def enable_device(self, serial: str) -> None:
        assert serial == SERIAL

    def enable_stream(self, stream_type: stream, *profile: Any) -> None:
        self.streams[stream_type] = profile


class video_stream_profile:
    def as_video_stream_profile(self) -> video_stream_profile:
        return self

    def get_intrinsics(self) -> SimpleNamespace:
        return SimpleNamespace(
            width=WIDTH, height=HEIGHT, fx=50.0, fy=51.0, ppx=31.5, ppy=23.5,
            model=distortion.brown_conrady, coeffs=bench.coefficients,
        )  # fmt: skip


class depth_frame:
    def __init__(self, pixels: Any) -> None:
        self._pixels, self._time_ms = pixels, time.time() * 1e3

    def get_data(self) -> Any:
        return self._pixels

    def get_profile(self) -> video_stream_profile:
        return video_stream_profile()

    def get_timestamp(self) -> float:
        return self._time_ms

    def get_frame_timestamp_domain(self) -> timestamp_domain:
        return timestamp_domain.global_time


class composite_frame:
    def get_depth_frame(self) -> depth_frame:
        return depth_frame(bench.depth)

    def get_color_frame(self) -> depth_frame:
        return depth_frame(np.full((HEIGHT, WIDTH, 3), (255, 0, 1), dtype=np.uint8))


class pipeline:
    def start(self, wanted: config) -> object:
        _check_plugged()
        _, height, kind, fps = wanted.streams[stream.depth]
        if (height, kind, fps) != (480, format.z16, 30):
            raise RuntimeError("Couldn't resolve requests")
        bench.streaming.set()
        return object()

    def wait_for_frames(self, timeout_ms: int = 5000) -> composite_frame:
        time.sleep(0.01)
        if not bench.plugged:
            raise RuntimeError(f"Frame didn't arrive within {timeout_ms}")
        return composite_frame()

    def stop(self) -> None:
        bench.streaming.clear()
        _check_plugged()


class align:
    def __init__(self, to: stream) -> None:
        assert to is stream.depth

    def process(self, frames: composite_frame) -> composite_frame:
        bench.processed.append("align")
        return frames


def _filter(name: str) -> type:
    class Filter:
        def __init__(self, *arguments: Any) -> None:
            self._name = f"{name}{arguments or ''}"

        def process(self, frame: depth_frame) -> depth_frame:
            bench.processed.append(self._name)
            return frame

    return Filter


spatial_filter, temporal_filter = _filter("spatial"), _filter("temporal")
hole_filling_filter, disparity_transform = _filter("holes"), _filter("disparity")


def _check_plugged() -> None:
    if not bench.plugged:
        raise RuntimeError("No device connected")


def missing_in(real: ModuleType) -> list[str]:
    """Names of this module's that the real one lacks."""
    classes = (
        depth_sensor, device, context, config, video_stream_profile, depth_frame, composite_frame,
        pipeline, align,
    )  # fmt: skip
    enums = (stream, format, option, camera_info, distortion, timestamp_domain)
    wanted = [
        f"{c.__name__}.{name}" for c in classes for name in vars(c) if name.islower() and name[0] != "_"
    ]
    wanted += [f"{enum.__name__}.{member.name}" for enum in enums for member in enum]
    wanted += [f"{name}.process" for name in ("spatial_filter", "temporal_filter", "hole_filling_filter")]
    wanted += ["disparity_transform.process", "option_range.min", "option_range.max"]
    wanted += [f"intrinsics.{name}" for name in vars(video_stream_profile().get_intrinsics())]
    return [name for name in wanted if not _has(real, name)]


def _has(module: ModuleType, path: str) -> bool:
    found: Any = module
    for part in path.split("."):
        if not hasattr(found, part):
            return False
        found = getattr(found, part)
    return True
