# SPDX-License-Identifier: Apache-2.0
"""One exactly known scene for tests that ask whether every form of input leads to the same grasp."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pinch_core.depth_frame import DepthFrame
from pinch_core.geometry.camera import CameraIntrinsics
from pinch_core.geometry.transform import Transform
from pinch_core.grasp_types import bind_grasp_type
from pinch_core.planner_config import PlannerConfig
from pinch_core.planning.plan import plan_grasps
from pinch_core.resources import load_gripper
from pinch_core.synthetic_scene import BoxSolid, camera_above, render_depth

# Nothing symmetric: what swaps axes, sides or focal lengths grasps elsewhere.
CAMERA = CameraIntrinsics(160, 120, 150.0, 147.0, 83.0, 56.5)
SAME_POSITION_M, SAME_ANGLE_RAD = 1e-3, math.radians(1.0)

_BOX = BoxSolid.standing(0.05, -0.03, 0.4, (0.04, 0.07, 0.05))
_POLICY_SEED = 0


@cache
def scene_frame(intrinsics: CameraIntrinsics = CAMERA) -> DepthFrame:
    """A box on a table, 0.7 m below a camera that looks at an angle. Depth is whole millimetres, which all
    units of depth cameras (1, 0.25, 0.2, 0.1 mm) and single precision hold.
    """
    exact = render_depth((_BOX,), camera_above(0.7, math.radians(9)), intrinsics)
    return DepthFrame.from_array(np.rint(exact.depth * 1e3).astype(np.uint16), intrinsics, source="scene")


def stored_as(dtype: str, units_per_metre: float) -> NDArray[Any]:
    """The scene's depth in a type and unit; 0 = no return."""
    units = np.nan_to_num(scene_frame().depth.astype(np.float64)) * units_per_metre
    return (np.rint(units) if np.dtype(dtype).kind in "ui" else units).astype(dtype)


def best_grasp(frame: DepthFrame) -> Transform:
    """``T_cam_tcp`` of the best grasp by the image-based quality, which loads no network."""
    config = PlannerConfig()
    grasp_type = bind_grasp_type(load_gripper("panda"), config)
    return plan_grasps(frame, grasp_type, config, np.random.default_rng(_POLICY_SEED)).grasps[0].T_cam_tcp


@cache
def expected_grasp() -> Transform:
    """The best grasp of the scene."""
    return best_grasp(scene_frame())


def difference(one: Transform, other: Transform) -> tuple[float, float]:
    """Distance of two TCPs [m], and the larger of the angles [rad] between their approaches and between their
    closing axes, which have no sign.
    """
    distance = float(np.linalg.norm(one.translation - other.translation))
    approach = float(one.rotation[:, 2] @ other.rotation[:, 2])
    closing = abs(float(one.rotation[:, 1] @ other.rotation[:, 1]))
    return distance, math.acos(min(1.0, approach, closing))


def is_expected_grasp(grasp: Transform) -> bool:
    """Whether a grasp is that of the scene within 1 mm and 1 degree."""
    distance, angle = difference(grasp, expected_grasp())
    return distance < SAME_POSITION_M and angle < SAME_ANGLE_RAD
