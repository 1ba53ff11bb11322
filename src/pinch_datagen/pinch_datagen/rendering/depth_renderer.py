# SPDX-License-Identifier: Apache-2.0
"""What a renderer is."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from pinch_core.geometry.camera import CameraIntrinsics
from pinch_core.geometry.transform import Transform

Float32 = NDArray[np.float32]


class DepthRenderer(Protocol):
    """Renders one scene, a surface on the table z = 0, from any number of cameras."""

    def render(self, T_table_cam: Transform, intrinsics: CameraIntrinsics) -> Float32:
        """Float32[H, W]: z in the optical frame [m]; infinite where a ray meets neither surface nor table."""
        ...

    def close(self) -> None:
        """Give back what the renderer holds."""
        ...
