# SPDX-License-Identifier: Apache-2.0
"""Where the TCP goes, in the robot's base frame."""

from __future__ import annotations

import numpy as np
import pytest
from executor_fakes import APPROACH_M, GRIPPER, RETREAT_M, grasp_at, grasp_of

from pinch_core.errors import ConfigError
from pinch_core.geometry.transform import Transform
from pinch_core.grasp import GripperTranslation
from pinch_executor.candidate import Candidate
from pinch_executor.executor_config import ExecutorConfig, SurroundingsConfig
from pinch_executor.parallel_jaw.model import JawModel
from pinch_executor.waypoints import Waypoints

CONFIG = ExecutorConfig()


@pytest.fixture
def waypoints():
    return Waypoints(CONFIG, JawModel(GRIPPER))


def test_a_grasp_planned_in_the_cameras_frame_is_approached_and_left_as_its_directions_say_there(waypoints):
    T_base_cam = Transform.from_rpy((0.4, -2.8, 1.1), (0.3, 0.2, 0.7))
    tilted = grasp_at(0.5, 0.1).T_base_tcp @ Transform.from_rpy((0.2, 0.1, 0.7))
    planned = grasp_of(
        T_base_cam.inverse() @ tilted,
        retreat=GripperTranslation(T_base_cam.inverse().rotate((0.0, 0.0, 1.0)), RETREAT_M),
    )
    reach = waypoints.pick_reach(Candidate(planned, T_base_cam))
    np.testing.assert_allclose(reach.T_base_goal.matrix, tilted.matrix, atol=1e-12)
    approach = reach.T_base_goal.translation - reach.T_base_via.translation
    np.testing.assert_allclose(approach, APPROACH_M * tilted.rotation[:, 2], atol=1e-12)
    lift = reach.T_base_exit.translation - reach.T_base_goal.translation
    np.testing.assert_allclose(lift, (0.0, 0.0, RETREAT_M), atol=1e-12)


def test_the_target_reaches_from_the_table_to_a_little_above_the_tool_and_is_as_wide_as_the_grasp(waypoints):
    target = waypoints.scene_with_target(grasp_at(0.5, 0.1, z=0.06, width=0.03)).target
    corners = target.T_base_box @ (
        target.size / 2 * np.array([[a, b, c] for a in (-1, 1) for b in (-1, 1) for c in (-1, 1)])
    )
    assert np.ptp(corners[:, 1]) == pytest.approx(0.03)
    assert 0.0 <= corners[:, 2].min() < 0.003
    assert corners[:, 2].max() == pytest.approx(0.06 + CONFIG.surroundings.object_above_tcp)


def test_an_object_reaches_at_most_as_far_below_the_tcp_as_the_table_was():
    assert JawModel(GRIPPER).held(grasp_at(0.5, 0.1), 0.02, height=0.07).below == pytest.approx(0.07)


def test_keep_out_boxes_need_six_numbers_each():
    with pytest.raises(ConfigError, match="5 numbers"):
        SurroundingsConfig(keep_out=(0.0, 0.0, 0.0, 1.0, 1.0))


def test_a_candidate_is_told_apart_by_identity_and_not_by_value():
    assert grasp_at(0.5, 0.0) != grasp_at(0.5, 0.0)
