# SPDX-License-Identifier: Apache-2.0
"""The definition files are the reference: complete, documented, and with error codes that never clash."""

from __future__ import annotations

from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1]
DEFINITIONS = sorted(path for kind in ("msg", "srv", "action") for path in (PACKAGE / kind).iterdir())

# Source: moveit_msgs, branch ros2, msg/MoveItErrorCodes.msg (which spells it UNABLE_TO_AQUIRE_SENSOR_DATA)
MOVEIT = {
    "FAILURE": 99999,
    "PLANNING_FAILED": -1,
    "INVALID_MOTION_PLAN": -2,
    "CONTROL_FAILED": -4,
    "UNABLE_TO_ACQUIRE_SENSOR_DATA": -5,
    "TIMED_OUT": -6,
    "PREEMPTED": -7,
    "START_STATE_IN_COLLISION": -10,
    "GOAL_IN_COLLISION": -12,
    "INVALID_ROBOT_STATE": -17,
    "FRAME_TRANSFORM_FAILURE": -21,
    "ROBOT_STATE_STALE": -23,
    "SENSOR_INFO_STALE": -24,
    "COMMUNICATION_FAILURE": -25,
    "NO_IK_SOLUTION": -31,
}


def error_codes() -> dict[str, int]:
    lines = (PACKAGE / "msg" / "ErrorCode.msg").read_text().splitlines()
    constants = [line.removeprefix("int32 ").split(" = ") for line in lines if line.startswith("int32 ")]
    return {name: int(value) for name, value in constants}


def test_no_two_error_codes_share_a_value() -> None:
    codes = error_codes()
    assert len(set(codes.values())) == len(codes)


def test_shared_error_codes_have_moveits_value_and_the_others_start_at_minus_1000() -> None:
    codes = error_codes()
    assert {name: codes[name] for name in MOVEIT} == MOVEIT
    own = {name: value for name, value in codes.items() if name not in MOVEIT and name != "SUCCESS"}
    assert codes["SUCCESS"] == 0
    assert all(value <= -1000 for value in own.values())


def test_the_built_constants_are_those_of_the_file() -> None:
    from pinch_interfaces.msg import ErrorCode

    assert {name: getattr(ErrorCode, name) for name in error_codes()} == error_codes()


@pytest.mark.parametrize("path", DEFINITIONS, ids=lambda path: path.name)
def test_every_group_of_fields_has_a_comment_above(path: Path) -> None:
    previous = ""
    for line in path.read_text().splitlines():
        is_field = bool(line) and not line.startswith(("#", "---"))
        assert not is_field or previous, f"{path.name}: '{line}' follows a blank line or a rule; comment it"
        previous = "" if line == "---" else line


def test_every_definition_is_built() -> None:
    listed = (PACKAGE / "CMakeLists.txt").read_text().split()
    assert {f"{path.parent.name}/{path.name}" for path in DEFINITIONS} <= set(listed)
