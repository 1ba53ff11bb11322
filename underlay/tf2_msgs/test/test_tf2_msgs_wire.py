# SPDX-License-Identifier: Apache-2.0
"""The messages are upstream's on the wire."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from ament_index_python.packages import get_package_share_directory
from tf2_msgs.action import LookupTransform
from tf2_msgs.msg import TF2Error
from tf2_msgs.srv import FrameGraph

# Type hashes (REP-2016) that ROS 2 Jazzy's own binaries announce, as users' `ros2 topic info --verbose` shows
# them.
PUBLISHED_HASHES = {
    "msg/TFMessage": "RIHS01_e369d0f05a23ae52508854b66f6aa0437f3449d652e8cbf22d5abe85d020f087",
    "msg/TF2Error": "RIHS01_db2485e7d6a0ec75bf087e058ee45df682acc3a621ca7780503d10aac141809a",
}


@pytest.mark.parametrize(("interface", "expected"), PUBLISHED_HASHES.items())
def test_type_hash_is_the_published_one(interface: str, expected: str) -> None:
    description = Path(get_package_share_directory("tf2_msgs"), f"{interface}.json")
    own_hash = json.loads(description.read_text())["type_hashes"][0]
    assert own_hash == {"type_name": f"tf2_msgs/{interface}", "hash_string": expected}


def test_fields_without_a_published_hash_are_upstreams() -> None:
    # Source: geometry2, branch jazzy, tf2_msgs/action/LookupTransform.action and srv/FrameGraph.srv
    assert list(LookupTransform.Goal.get_fields_and_field_types().items()) == [
        ("target_frame", "string"),
        ("source_frame", "string"),
        ("source_time", "builtin_interfaces/Time"),
        ("timeout", "builtin_interfaces/Duration"),
        ("target_time", "builtin_interfaces/Time"),
        ("fixed_frame", "string"),
        ("advanced", "boolean"),
    ]
    assert list(LookupTransform.Result.get_fields_and_field_types().items()) == [
        ("transform", "geometry_msgs/TransformStamped"),
        ("error", "tf2_msgs/TF2Error"),
    ]
    assert FrameGraph.Response.get_fields_and_field_types() == {"frame_yaml": "string"}


def test_error_constants_are_upstreams() -> None:
    names = (
        "NO_ERROR LOOKUP_ERROR CONNECTIVITY_ERROR EXTRAPOLATION_ERROR INVALID_ARGUMENT_ERROR TIMEOUT_ERROR"
    )
    assert [getattr(TF2Error, name) for name in [*names.split(), "TRANSFORM_ERROR"]] == list(range(7))
