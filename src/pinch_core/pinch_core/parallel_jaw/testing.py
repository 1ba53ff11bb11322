# SPDX-License-Identifier: Apache-2.0
"""Parallel-jaw candidates at poses that no planner would choose, for tests."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from pinch_core.geometry.poses import Poses
from pinch_core.parallel_jaw.candidates import JawCandidates


def with_tips_at(grasps: JawCandidates, tip_height: NDArray[np.float64]) -> JawCandidates:
    """The same grasps with the fingertips at other heights (N,) [m], nothing measured anew."""
    origin = grasps.T_table_tcp.translation.copy()
    origin[:, 2] += tip_height - grasps.tip_height
    poses = Poses(grasps.T_table_tcp.rotation, origin)
    return replace(grasps, T_table_tcp=poses, tip_height=np.asarray(tip_height))


def turned_across(grasps: JawCandidates) -> JawCandidates:
    """The same grasps with the jaws turned by a quarter turn about the approach, nothing measured anew."""
    x, y, z = np.moveaxis(grasps.T_table_tcp.rotation, -1, 0)
    turned = Poses(np.stack([-y, x, z], axis=-1), grasps.T_table_tcp.translation)
    return replace(grasps, T_table_tcp=turned)


def at_places(grasps: JawCandidates, center: NDArray[np.float64]) -> JawCandidates:
    """The same grasps at other table x, y (N, 2) [m], nothing measured anew."""
    origin = grasps.T_table_tcp.translation.copy()
    origin[:, :2] = center
    return replace(grasps, T_table_tcp=Poses(grasps.T_table_tcp.rotation, origin))
