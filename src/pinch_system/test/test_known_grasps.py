# SPDX-License-Identifier: Apache-2.0
"""Grasps from true shapes close on the object, from above, within the hand."""

from __future__ import annotations

import numpy as np
import pytest

from pinch_core.geometry.transform import Transform
from pinch_core.resources import load_gripper
from pinch_system.benchmark.known_grasps import known_grasps


@pytest.mark.parametrize("yaw", [0.0, 0.7])
def test_grasps_on_a_cube_are_as_wide_as_the_cube_and_square_to_it(yaw):
    gripper = load_gripper("panda")
    T_base_object = Transform.from_rpy((0.0, 0.0, yaw), (0.5, 0.1, 0.026))
    grasps = known_grasps("cube", T_base_object, gripper, 5, np.random.default_rng(0))
    assert len(grasps) == 5
    for T_base_tcp, width in grasps:
        closing = T_base_object.rotation.T @ T_base_tcp.rotation[:, 1]
        np.testing.assert_allclose(T_base_tcp.rotation[:, 2], [0.0, 0.0, -1.0], atol=1e-9)
        assert 0.04 < width < gripper.max_opening
        assert np.abs(closing).max() > np.cos(0.6), "the closing direction lies in a friction cone of a side"
