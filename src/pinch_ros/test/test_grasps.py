# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import math

import numpy as np
import pytest
from geometry_msgs.msg import Point, Pose, Quaternion, Vector3
from hypothesis import given
from hypothesis import strategies as st
from pinch_interfaces.msg import Grasp as GraspMessage
from pinch_interfaces.msg import GripperTranslation as GripperTranslationMessage
from std_msgs.msg import Header

from pinch_core.geometry.transform import Transform
from pinch_core.grasp import Grasp, GripperTranslation, ImageGrasp
from pinch_core.planning.report import PlanReport
from pinch_ros.conversions import grasp_from_message, grasp_to_message, report_to_message, transform_from_pose
from pinch_ros.errors import InvalidMessageError

T_BASE_CAM = Transform.from_rpy((math.pi, 0.2, 0.5), (0.5, 0.1, 0.7))


def make_grasp(angle: float) -> Grasp:
    pose = Transform.from_rpy((0.1, 0.2, angle), (0.01, 0.02, 0.65))
    return Grasp(
        T_cam_tcp=pose,
        width=0.04,
        opening=0.052,
        approach=GripperTranslation(pose.rotation[:, 2], 0.11),
        retreat=GripperTranslation(np.array([0.0, -0.6, -0.8]), 0.13),
        quality=0.75,
        image=ImageGrasp(320.5, 240.25, angle, 0.65),
        gripper="panda",
        source="igq",
        id="0123456789abcdef",
    )


def possible_message(**fields: object) -> GraspMessage:
    """A message that is accepted, but for the fields given."""
    along_z = GripperTranslationMessage(direction=Vector3(z=1.0), distance=0.1)
    return GraspMessage(
        **{
            "pose": Pose(orientation=Quaternion(w=1.0)),
            "width": 0.04,
            "opening": 0.05,
            "approach": along_z,
            "retreat": along_z,
            "quality": 0.5,
            **fields,
        }
    )


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
    assert (back.width, back.opening, back.quality) == pytest.approx((0.04, 0.052, 0.75))


@pytest.mark.parametrize("T_frame_cam", [None, T_BASE_CAM], ids=["optical frame", "base frame"])
def test_opening_motions_gripper_and_id_come_back(T_frame_cam: Transform | None) -> None:
    grasp = make_grasp(0.4)
    back = grasp_from_message(
        grasp_to_message(grasp, Header(), T_frame_cam), T_frame_cam and T_frame_cam.inverse()
    )
    assert (back.gripper, back.id, back.source) == (grasp.gripper, grasp.id, grasp.source)
    assert back.opening == pytest.approx(grasp.opening)
    for mine, other in ((back.approach, grasp.approach), (back.retreat, grasp.retreat)):
        np.testing.assert_allclose(mine.direction, other.direction, atol=1e-9)
        assert mine.distance == pytest.approx(other.distance)


def test_motions_in_a_message_are_in_the_frame_of_its_pose() -> None:
    grasp = make_grasp(0.4)
    message = grasp_to_message(grasp, Header(frame_id="base"), T_BASE_CAM)
    T_base_tcp = transform_from_pose(message.pose)
    approach = message.approach.direction
    np.testing.assert_allclose((approach.x, approach.y, approach.z), T_base_tcp.rotation[:, 2], atol=1e-9)
    # Where the approach starts is the same place in both frames.
    start = grasp.approach.start(grasp.T_cam_tcp)
    in_base = GripperTranslation(np.array([approach.x, approach.y, approach.z]), message.approach.distance)
    np.testing.assert_allclose(in_base.start(T_base_tcp).matrix, (T_BASE_CAM @ start).matrix, atol=1e-7)


def test_the_pose_of_a_message_is_in_the_frame_asked_for() -> None:
    message = grasp_to_message(make_grasp(0.3), Header(frame_id="base"), T_BASE_CAM)
    at = message.pose.position
    np.testing.assert_allclose((at.x, at.y, at.z), T_BASE_CAM @ [0.01, 0.02, 0.65])


def translation(x: float, y: float, z: float, distance: float = 0.1) -> GripperTranslationMessage:
    return GripperTranslationMessage(direction=Vector3(x=x, y=y, z=z), distance=distance)


IMPOSSIBLE: dict[str, tuple[dict[str, object], str]] = {
    "NaN width": ({"width": math.nan}, "width = nan m"),
    "negative width": ({"width": -0.1}, "width = -0.1 m"),
    "NaN opening": ({"opening": math.nan}, "opening = nan m"),
    "endless opening": ({"opening": math.inf}, "opening = inf m"),
    "negative opening": ({"opening": -0.001}, "opening = -0.001 m"),
    "quality above 1": ({"quality": 1.5}, "quality = 1.5"),
    "NaN quality": ({"quality": math.nan}, "quality = nan"),
    "no approach": ({"approach": GripperTranslationMessage()}, "approach has the direction .* of length 0;"),
    "long direction": ({"approach": translation(0.0, 0.0, 2.0)}, "approach has .* of length 2;"),
    "short direction": ({"retreat": translation(0.0, 0.9, 0.0)}, "retreat has .* of length 0.9;"),
    "NaN direction": ({"retreat": translation(0.0, math.nan, 1.0)}, "retreat has .* of length nan;"),
    "endless direction": ({"retreat": translation(math.inf, 0.0, 0.0)}, "retreat has .* of length inf;"),
    "huge direction": ({"retreat": translation(1e300, 0.0, 0.0)}, "retreat has .* of length"),
    "negative distance": (
        {"approach": translation(0.0, 0.0, 1.0, -0.1)},
        "approach has distance = -0.1 m",
    ),
    "NaN distance": ({"retreat": translation(0.0, 0.0, 1.0, math.nan)}, "retreat has distance = nan m"),
    "endless distance": ({"retreat": translation(0.0, 0.0, 1.0, math.inf)}, "retreat has distance = inf m"),
    "no orientation": ({"pose": Pose(orientation=Quaternion(w=0.0))}, "quaternion .* of length 0;"),
    "endless orientation": ({"pose": Pose(orientation=Quaternion(w=1e200))}, "quaternion"),
    "NaN position": ({"pose": Pose(position=Point(x=math.nan))}, "position .* must be finite"),
}


def test_the_message_that_the_impossible_ones_differ_from_is_accepted() -> None:
    assert grasp_from_message(possible_message()).opening == pytest.approx(0.05)


@pytest.mark.parametrize(("fields", "says"), IMPOSSIBLE.values(), ids=IMPOSSIBLE.keys())
def test_impossible_grasps_are_refused(fields: dict[str, object], says: str) -> None:
    with pytest.raises(InvalidMessageError, match=says):
        grasp_from_message(possible_message(**fields))


def test_a_direction_typed_with_three_digits_is_normalised() -> None:
    grasp = grasp_from_message(possible_message(retreat=translation(0.707, 0.0, 0.707)))
    assert np.linalg.norm(grasp.retreat.direction) == pytest.approx(1.0, abs=1e-12)


def test_a_report_keeps_reasons_beside_their_counts() -> None:
    report = PlanReport(
        100,
        40,
        {"jaw_width": 50, "image_border": 10},
        {"table": 0.5, "scoring": 0.25},
        0.1,
        ("tilted",),
        "nothing was sampled.",
        {"stored as 65535": 7},
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
    assert (list(message.no_return_reasons), list(message.no_return_counts)) == (["stored as 65535"], [7])
    assert (message.sampled, message.scored, list(message.warnings)) == (100, 40, ["tilted"])
