# SPDX-License-Identifier: Apache-2.0
"""The messages are upstream's on the wire."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from ament_index_python.packages import get_package_share_directory
from control_msgs.action import FollowJointTrajectory, ParallelGripperCommand
from control_msgs.msg import JointComponentTolerance

# Type hashes (REP-2016) of upstream's own builds, as users' published build folders and `ros2 topic info
# --verbose` show them. The hash of an action covers its goal, result, feedback and every message they
# contain.
PUBLISHED_HASHES = {
    "action/FollowJointTrajectory": "RIHS01_738ebcb7a2d7cfa42f9f1001cc99ce3a4383d1cfe508015d9be8485e4b1c66f6",
    "action/GripperCommand": "RIHS01_e17c0e644eccf14bea84a0a93e0977182872c2eb7873ca6694900059b46dbc84",
    "msg/GripperCommand": "RIHS01_57eb8f326c9889ca8bb34ead82cc94cc09bf6bc5c3b6c09546dca3a00b589890",
    "msg/JointComponentTolerance": "RIHS01_739ea7566931944d33830fa10f1bf5e7a7fbdc3172bce7a7eaac642bd6e3ffa4",
    "msg/JointTolerance": "RIHS01_c254f9cece0f3b733017b6990fd46d1326e25242d6b8844398c97d9a88e7d648",
    "msg/JointTrajectoryControllerState": (
        "RIHS01_51d8dd89cc624cbe9daaeeb4d80d6de9b86168ffdc3be41fefc0953e3c26e480"
    ),
}


@pytest.mark.parametrize(("interface", "expected"), PUBLISHED_HASHES.items())
def test_type_hash_is_the_published_one(interface: str, expected: str) -> None:
    description = Path(get_package_share_directory("control_msgs"), f"{interface}.json")
    own_hash = json.loads(description.read_text())["type_hashes"][0]
    assert own_hash == {"type_name": f"control_msgs/{interface}", "hash_string": expected}


def test_fields_of_parallel_gripper_command_are_upstreams() -> None:
    # Source: ros-controls/control_msgs 5.8.0 (branch jazzy), action/ParallelGripperCommand.action
    state = ("state", "sensor_msgs/JointState")
    flags = [("stalled", "boolean"), ("reached_goal", "boolean")]
    assert list(ParallelGripperCommand.Goal.get_fields_and_field_types().items()) == [
        ("command", "sensor_msgs/JointState")
    ]
    assert list(ParallelGripperCommand.Result.get_fields_and_field_types().items()) == [state, *flags]
    assert list(ParallelGripperCommand.Feedback.get_fields_and_field_types().items()) == [state]


def test_constants_are_upstreams() -> None:
    # Constants are not part of the type hash. Source: as above, FollowJointTrajectory and
    # JointComponentTolerance.
    result = FollowJointTrajectory.Result
    assert (result.SUCCESSFUL, result.INVALID_GOAL, result.INVALID_JOINTS) == (0, -1, -2)
    assert (result.OLD_HEADER_TIMESTAMP, result.PATH_TOLERANCE_VIOLATED) == (-3, -4)
    assert result.GOAL_TOLERANCE_VIOLATED == -5
    axes = JointComponentTolerance
    assert (axes.X_AXIS, axes.Y_AXIS, axes.Z_AXIS, axes.TRANSLATION, axes.ROTATION) == (1, 2, 3, 4, 5)
