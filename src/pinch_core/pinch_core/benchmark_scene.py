# SPDX-License-Identifier: Apache-2.0
"""The seeded scene that every benchmark of planning, filtering and the nodes looks at."""

from __future__ import annotations

import numpy as np

from pinch_core.depth_frame import DepthFrame
from pinch_core.geometry.camera import CameraIntrinsics
from pinch_core.parallel_jaw.gripper import Finger, Palm, ParallelJawGripper
from pinch_core.synthetic_scene import BoxSolid, CylinderSolid, camera_above, render_depth

CAMERA = CameraIntrinsics(640, 480, 525.0, 525.0, 319.5, 239.5)
GRIPPER = ParallelJawGripper(
    name="benchmark", max_opening=0.08, min_opening=0.0, max_force=70.0,
    finger=Finger(breadth=0.022, thickness=0.0155, length=0.047, tip_beyond_tcp=0.0095),
    palm=Palm(size_x=0.065, size_y=0.205, size_z=0.066),
)  # fmt: skip


def benchmark_scene(seed: int) -> DepthFrame:
    """Two boxes and two cylinders on a table under a camera tilted by 15 degrees, with noise and missing
    pixels.
    """
    rng = np.random.default_rng(seed)
    turn = rng.uniform(0.0, np.pi, 3)
    solids = (
        BoxSolid.standing(-0.11, 0.09, turn[0], (0.10, 0.04, 0.04)),
        BoxSolid.standing(0.10, 0.09, turn[1], (0.06, 0.03, 0.03)),
        CylinderSolid.standing(-0.10, -0.09, 0.03, 0.09),
        CylinderSolid.lying(0.10, -0.08, turn[2], 0.02, 0.12),
    )
    return render_depth(solids, camera_above(0.75, np.radians(15)), CAMERA, rng, noise=0.0015, dropout=0.005)
