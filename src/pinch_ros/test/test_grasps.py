# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pinch_interfaces.msg import Grasp as GraspMessage
from std_msgs.msg import Header

from pinch_core.geometry.transform import Transform
from pinch_core.grasp import Grasp, ImageGrasp
from pinch_core.planning.report import PlanReport
from pinch_ros.conversions import grasp_from_message, grasp_to_message, report_to_message
from pinch_ros.errors import InvalidMessageError

T_BASE_CAM = Transform.from_rpy((math.pi, 0.2, 0.5), (0.5, 0.1, 0.7))


def make_grasp(angle: float) -> Grasp:
    pose = Transform.from_rpy((0.1, 0.2, angle), (0.01, 0.02, 0.65))
    return Grasp(pose, 0.04, 0.75, ImageGrasp(320.5, 240.25, angle, 0.65, 0.05), "igq")


@given(st.floats(-7.0, 7.0))
def test_a_grasp_comes_back_from_another_frame_with_its_axis(angle: float) -> None:
    grasp = make_grasp(angle)
    message = grasp_to_message(grasp, Header(frame_id="base"), T_BASE_CAM)
    back = grasp_from_message(message, T_BASE_CAM.inverse())
    np.testing.assert_allclose(back.T_cam_tcp.matrix, grasp.T_cam_tcp.matrix, atol=1e-9)
    assert -math.pi / 2 < message.angle <= math.pi / 2 + 1e-6
    # The same axis: turned by a multiple of half a turn.
    assert math.isclose(math.remainder(message.angle - angle, math.pi), 0.0, abs_tol=1e-5)
    assert (back.image.center_px, back.source) == ((320.5, 240.25), "igq")
    assert (back.width, back.quality) == pytest.approx((0.04, 0.75))


def test_the_pose_of_a_message_is_in_the_frame_asked_for() -> None:
    message = grasp_to_message(make_grasp(0.3), Header(frame_id="base"), T_BASE_CAM)
    at = message.pose.position
    np.testing.assert_allclose((at.x, at.y, at.z), T_BASE_CAM.apply([0.01, 0.02, 0.65]))


@pytest.mark.parametrize("fields", [{"width": math.nan}, {"width": -0.1}, {"quality": 1.5}])
def test_impossible_grasps_are_refused(fields: dict[str, float]) -> None:
    with pytest.raises(InvalidMessageError):
        grasp_from_message(GraspMessage(**fields))


def test_a_report_keeps_reasons_beside_their_counts() -> None:
    report = PlanReport(
        100,
        40,
        {"jaw_width": 50, "image_border": 10},
        {"table": 0.5, "scoring": 0.25},
        0.1,
        ("tilted",),
    )
    message = report_to_message(report)
    assert list(zip(message.rejection_reasons, message.rejection_counts, strict=True)) == [
        ("jaw_width", 50),
        ("image_border", 10),
    ]
    assert list(zip(message.stage_names, message.stage_seconds, strict=True)) == [
        ("table", 0.5),
        ("scoring", 0.25),
    ]
    assert (message.sampled, message.scored, list(message.warnings)) == (100, 40, ["tilted"])
