# SPDX-License-Identifier: Apache-2.0
"""The filters in their fixed order."""

from __future__ import annotations

import math

from pinch_camera.filters.bilateral_smoothing import BilateralSmoothing
from pinch_camera.filters.config import FilterConfig
from pinch_camera.filters.decimation import Decimation
from pinch_camera.filters.depth_filter import DepthFilter
from pinch_camera.filters.range_clip import RangeClip
from pinch_camera.filters.speckle_removal import SpeckleRemoval
from pinch_camera.filters.temporal_median import TemporalMedian
from pinch_core.depth_frame import DepthFrame
from pinch_core.errors import InvalidDepthError


class FilterChain:
    """Range clip, decimation, temporal median, smoothing, speckle removal: those that the config turns on.

    Clipping first keeps background out of every average; decimating next makes the others cheap; speckles go
    last, as smoothing must not join them to a surface before noise has been quieted over time.
    """

    def __init__(self, config: FilterConfig) -> None:
        self._temporal = TemporalMedian(config.temporal_frames) if config.temporal_frames > 1 else None
        self._filters: list[DepthFilter] = []
        if config.near > 0.0 or config.far > 0.0:
            self._filters.append(RangeClip(config.near, config.far or math.inf))
        if config.decimation > 1:
            self._filters.append(Decimation(config.decimation, config.decimation_statistic))
        if self._temporal is not None:
            self._filters.append(self._temporal)
        if config.smoothing_radius > 0:
            self._filters.append(BilateralSmoothing(config.smoothing_radius, config.smoothing_depth))
        if config.speckle_size > 0:
            self._filters.append(SpeckleRemoval(config.speckle_size, config.speckle_step))

    @property
    def is_settled(self) -> bool:
        """Whether the last frame was made from as many frames as the temporal median takes."""
        return self._temporal is None or self._temporal.is_settled

    def __call__(self, frame: DepthFrame) -> DepthFrame:
        """Filter an undistorted frame; with every filter off, the frame itself.

        Raises:
            InvalidDepthError: the filters left no return.
        """
        for depth_filter in self._filters:
            frame = depth_filter(frame)
        if self._filters and not frame.valid.any():
            raise InvalidDepthError(
                f"the filters left no return of {frame.source}; widen filters.near and filters.far, or lower "
                "filters.speckle_size."
            )
        return frame

    def reset(self) -> None:
        """Forget earlier frames: the source was started anew."""
        for depth_filter in self._filters:
            depth_filter.reset()
