# SPDX-License-Identifier: Apache-2.0
"""Messages that were recorded under another definition than the installed one."""

from __future__ import annotations

import importlib
import math
from pathlib import Path
from typing import Any

import pytest
from geometry_msgs.msg import Point
from pinch_interfaces.msg import Grasp, GraspArray
from rclpy.serialization import serialize_message
from rosbags.typesys import Stores, get_types_from_msg, get_typestore

import pinch_ros.bags.definition as definition_module
from pinch_core.errors import DamagedFileError
from pinch_ros.bags import BagWriter, Definition, message_class
from pinch_ros.bags.bag import Bag
from pinch_ros.bags.definition import NO_DEFINITION, decode
from pinch_ros.errors import UnknownMessageTypeError

PACKAGES = (
    "std_msgs",
    "geometry_msgs",
    "sensor_msgs",
    "visualization_msgs",
    "diagnostic_msgs",
    "tf2_msgs",
    "pinch_interfaces",
)
POINT = "geometry_msgs/msg/Point"


def installed_types() -> list[str]:
    return [
        f"{package}/msg/{name}"
        for package in PACKAGES
        for name, found in vars(importlib.import_module(f"{package}.msg")).items()
        if hasattr(found, "get_fields_and_field_types")
    ]


@pytest.mark.parametrize("kind", [kind for kind in installed_types() if kind != "std_msgs/msg/Empty"])
def test_what_is_recorded_today_has_the_installed_definition(kind: str, tmp_path: Path) -> None:
    message = message_class(kind)()
    with BagWriter(tmp_path / "bag.mcap") as bag:
        bag.add("/topic", message, 0)
    (raw,) = Bag(tmp_path / "bag.mcap").messages(("/topic",))
    store = definition_module._recorded_types(kind, raw.definition)
    assert store is not None and definition_module._is_as_installed(kind, store)
    assert raw.decode() == message


def recorded(text: str, kind: str, **fields: Any) -> tuple[bytes, Definition]:
    """A message of a definition of our own."""
    store = get_typestore(Stores.EMPTY)
    store.register(get_types_from_msg(text, kind))
    return bytes(store.serialize_cdr(store.types[kind](**fields), kind)), Definition(text, "ros2msg")


def test_fields_of_another_order_are_read_by_their_names() -> None:
    data, definition = recorded("float64 z\nfloat64 x\nfloat64 y\n", POINT, x=1.0, y=2.0, z=3.0)
    assert decode(data, POINT, definition) == Point(x=1.0, y=2.0, z=3.0)


def test_a_field_that_was_not_recorded_is_unknown_and_one_that_exists_no_more_is_left_out() -> None:
    data, definition = recorded("float64 x\nstring note\nfloat64 z\n", POINT, x=1.0, note="old", z=3.0)
    point = decode(data, POINT, definition)
    assert (point.x, point.z) == (1.0, 3.0)
    assert math.isnan(point.y)


def test_a_field_of_another_type_is_refused_and_not_guessed() -> None:
    data, definition = recorded("float32 x\nfloat64 y\nfloat64 z\n", POINT, x=1.0, y=2.0, z=3.0)
    with pytest.raises(UnknownMessageTypeError, match=r"defines x of .*Point as float, .* double;"):
        decode(data, POINT, definition)


def test_without_a_definition_a_message_of_another_length_is_refused() -> None:
    # A whole Grasp with something after it, as an older or newer definition would leave it.
    data = serialize_message(Grasp()) + bytes(16)
    with pytest.raises(UnknownMessageTypeError, match="does not define pinch_interfaces/msg/Grasp"):
        decode(data, "pinch_interfaces/msg/Grasp", NO_DEFINITION)
    plain = GraspArray(grasps=[Grasp(id="a", width=0.5)])
    assert decode(serialize_message(plain), "pinch_interfaces/msg/GraspArray", NO_DEFINITION) == plain


@pytest.mark.parametrize("text", ["", "no definition at all !", "float64 x\nelsewhere/msg/Missing y\n"])
def test_a_definition_that_cannot_be_understood_does_not_end_the_reading(text: str) -> None:
    message = Point(x=1.0, y=2.0, z=3.0)
    assert decode(serialize_message(message), POINT, Definition(text, "ros2msg")) == message


def test_a_message_that_does_not_fit_its_own_definition_is_damaged(tmp_path: Path) -> None:
    with BagWriter(tmp_path / "bag.mcap") as bag:
        bag.add_raw("/topic", "pinch_interfaces/msg/Grasp", b"\0\1\0\0\7\7", 0)
    (raw,) = Bag(tmp_path / "bag.mcap").messages(("/topic",))
    with pytest.raises(DamagedFileError, match="a message of 6 bytes does not decode"):
        raw.decode()
