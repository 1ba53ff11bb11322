# SPDX-License-Identifier: Apache-2.0
"""The kinds of source a depth camera node can have, by the name of their parameters' prefix."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rclpy.node import Node

from pinch_camera.depth_camera import DepthCamera
from pinch_camera.realsense.config import RealSenseConfig
from pinch_camera.realsense.realsense_camera import RealSenseCamera
from pinch_camera.relay import RelayCamera, RelayConfig
from pinch_camera.replay.config import ReplayConfig
from pinch_camera.replay.replay_camera import ReplayCamera
from pinch_core.errors import UnknownNameError


@dataclass(frozen=True)
class SourceKind:
    """How a source is configured, and how it is made from that."""

    config_class: type[Any]
    make: Callable[[Node, Any], DepthCamera]


SOURCES = {
    "realsense": SourceKind(RealSenseConfig, RealSenseCamera),
    "relay": SourceKind(RelayConfig, RelayCamera),
    "replay": SourceKind(ReplayConfig, ReplayCamera),
}


def source_kind(name: str) -> SourceKind:
    """The kind called ``name``.

    Raises:
        UnknownNameError: there is none.
    """
    if name not in SOURCES:
        raise UnknownNameError(f"source = '{name}' is not known; set one of: {', '.join(sorted(SOURCES))}.")
    return SOURCES[name]
