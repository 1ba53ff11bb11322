# SPDX-License-Identifier: Apache-2.0
"""The workspace: a box in which the robot may grasp."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pinch_core.depth_frame import DepthFrame
from pinch_core.geometry.transform import Transform
from pinch_core.perception.config import WorkspaceConfig

Bool = NDArray[np.bool_]


def pixels_in_workspace(
    frame: DepthFrame, config: WorkspaceConfig, T_base_cam: Transform | None, region: Bool | None
) -> Bool | None:
    """Bool[H, W]: pixels of ``region`` (None = whole image) whose points lie in the box; None = all.

    Raises:
        ConfigError: the box is enabled but the camera's pose in the base frame is not known.
    """
    if not config.enabled:
        return region
    inside = config.contains(frame.points(), T_base_cam)
    return inside if region is None else inside & region
