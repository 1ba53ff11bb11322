# SPDX-License-Identifier: Apache-2.0
"""What a filter is."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

from pinch_core.depth_frame import DepthFrame, Float32
from pinch_core.geometry.camera import CameraIntrinsics


class DepthFilter(Protocol):
    """Maps an undistorted frame to one; never writes into its argument."""

    def __call__(self, frame: DepthFrame) -> DepthFrame: ...

    def reset(self) -> None:
        """Forget earlier frames."""
        ...


class StatelessFilter:
    """A filter that looks at one frame only."""

    def reset(self) -> None:
        """Nothing to forget."""


def with_depth(frame: DepthFrame, depth: Float32, intrinsics: CameraIntrinsics | None = None) -> DepthFrame:
    """The frame with other depth, which is frozen; stamp and frame stay."""
    depth.flags.writeable = False
    return replace(frame, depth=depth, intrinsics=intrinsics or frame.intrinsics)
