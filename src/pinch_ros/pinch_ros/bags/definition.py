# SPDX-License-Identifier: Apache-2.0
"""How the messages of a bag are made, which is not always how the installed ones are."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from types import MappingProxyType
from typing import Any

from rclpy.serialization import deserialize_message, serialize_message
from rosbags.interfaces import Nodetype
from rosbags.typesys import Stores, get_types_from_idl, get_types_from_msg, get_typestore
from rosbags.typesys.store import Typestore

from pinch_ros.errors import UnknownMessageTypeError

# Names of types in rosbags -> in rosidl, where they differ.
_ROSIDL_NAMES = MappingProxyType(
    {"float32": "float", "float64": "double", "bool": "boolean", "byte": "octet", "char": "uint8"}
)
# Encoding of definitions in ROS 1 bags.
ROS1 = "ros1msg"
_FLOATS = ("float", "double")
_HEADER = "std_msgs/msg/Header"


def _ros1_types(text: str, kind: str) -> dict[str, Any]:
    """ROS 1's definition as ROS 2 has it: no sequence number in headers, names of fields in small letters."""
    return {
        name: (
            constants,
            [(field.lower(), node) for field, node in fields if (name, field) != (_HEADER, "seq")],
        )
        for name, (constants, fields) in get_types_from_msg(text, kind).items()
    }


_PARSERS: Mapping[str, Callable[[str, str], Any]] = MappingProxyType(
    {"ros2msg": get_types_from_msg, "ros2idl": lambda text, _: get_types_from_idl(text), ROS1: _ros1_types}
)
# Our own messages change from release to release. Those of other packages have stayed as they are.
_CHANGING = "pinch_interfaces/"
# What rosidl puts into a type without fields.
_PLACEHOLDER = "structure_needs_at_least_one_member"
# CDR may end with padding.
_PADDING_BYTES = 3


@dataclass(frozen=True)
class Definition:
    """Text that defines a message type and all it is made of. ``encoding``: ros2msg, ros2idl or ros1msg;
    empty where the bag has no definition.
    """

    text: str = ""
    encoding: str = ""


NO_DEFINITION = Definition()


def message_class(kind: str) -> type[Any]:
    """The class of a message type such as ``sensor_msgs/msg/Image``.

    Raises:
        UnknownMessageTypeError: it is not installed.
    """
    package, _, name = kind.partition("/msg/")
    try:
        found: type[Any] = getattr(import_module(f"{package}.msg"), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise UnknownMessageTypeError(
            f"the message type {kind} is not installed; install the package {package}."
        ) from error
    return found


def decode(data: bytes, kind: str, definition: Definition) -> Any:
    """A serialized message (CDR) as an object of the installed class.

    Where the bag defines the type in another way than the installed package, the bag is right: fields of the
    same name are carried over, fields that the recording lacks are unknown (floating-point numbers are NaN,
    the rest is zero or empty), fields that exist no more are left out.

    Raises:
        UnknownMessageTypeError: the type is not installed, or a field has another type there than here.
    """
    installed = message_class(kind)
    store = _recorded_types(kind, definition)
    if store is None:
        return _decode_undefined(data, kind, installed)
    if _is_as_installed(kind, store):
        return deserialize_message(data, installed)
    return _carried_over(store.deserialize_cdr(data, kind), kind, store)


def cdr_of_ros1(data: bytes, kind: str, definition: Definition) -> bytes:
    """A message of ROS 1 as ROS 2 serializes it.

    Raises:
        UnknownMessageTypeError: the bag does not define its type.
        Exception: of many kinds, where the bytes are not a message of the type.
    """
    store = _recorded_types(kind, definition)
    if store is None:
        raise UnknownMessageTypeError(f"the ROS 1 bag does not define {kind}, so it cannot be read.")
    return bytes(store.ros1_to_cdr(data, kind))


def parts_of(fields: Iterable[Any]) -> list[str]:
    """Names of the message types that the fields of a rosbags definition are made of."""
    names = []
    for _, (node, description) in fields:
        while node in (Nodetype.ARRAY, Nodetype.SEQUENCE):
            (node, description), _ = description
        if node == Nodetype.NAME:
            names.append(description)
    return names


@cache
def _recorded_types(kind: str, definition: Definition) -> Typestore | None:
    """The types that a definition defines; None where it is missing or cannot be understood."""
    if not definition.text:
        return None
    store = get_typestore(Stores.EMPTY)
    try:
        store.register(_PARSERS[definition.encoding](definition.text, kind))
    except Exception:  # the parser of rosbags has kinds of its own, and asserts
        return None
    missing = [part for _, fields in store.fielddefs.values() for part in parts_of(fields)]
    return store if kind in store.fielddefs and set(missing) <= set(store.fielddefs) else None


def _decode_undefined(data: bytes, kind: str, installed: type[Any]) -> Any:
    message = deserialize_message(data, installed)
    if kind.startswith(_CHANGING) and abs(len(serialize_message(message)) - len(data)) > _PADDING_BYTES:
        raise UnknownMessageTypeError(
            f"the recording does not define {kind}, and its messages are not those of the installed "
            "definition; read it with the release of pinch that recorded it."
        )
    return message


@cache
def _is_as_installed(kind: str, store: Typestore) -> bool:
    _, fields = store.fielddefs[kind]
    installed = message_class(kind).get_fields_and_field_types()
    own = [(name, _rosidl_name(node)) for name, node in fields if name != _PLACEHOLDER]
    same = own == list(installed.items())
    return same and all(_is_as_installed(part, store) for part in parts_of(fields))


def _carried_over(message: Any, kind: str, store: Typestore) -> Any:
    installed = message_class(kind)
    recorded = dict(store.fielddefs[kind][1])
    values: dict[str, Any] = {}
    for name, type_name in installed.get_fields_and_field_types().items():
        if name not in recorded:
            values |= _unknown(name, type_name)
        elif (there := _rosidl_name(recorded[name])) == type_name:
            values[name] = _value(getattr(message, name), parts_of([(name, recorded[name])]), store)
        else:
            raise UnknownMessageTypeError(
                f"the recording defines {name} of {kind} as {there}, the installed package as {type_name}; "
                "read it with the release that recorded it."
            )
    return installed(**values)


def _value(value: Any, parts: Sequence[str], store: Typestore) -> Any:
    """A field of rosbags as rclpy takes it; ``parts``: the message type that it is made of, if any."""
    if not parts:
        return value.tolist() if hasattr(value, "tolist") else value
    if isinstance(value, Sequence):
        return [_carried_over(one, parts[0], store) for one in value]
    return _carried_over(value, parts[0], store)


def _unknown(name: str, type_name: str) -> dict[str, Any]:
    """The value of a field that nobody recorded, where that is not its default."""
    item, bracket, rest = type_name.partition("[")
    if item in _FLOATS:
        return {name: [math.nan] * int(rest[:-1]) if bracket else math.nan}
    package, slash, part = type_name.partition("/")
    if not slash or "<" in type_name or bracket:
        return {}
    installed = message_class(f"{package}/msg/{part}")
    values: dict[str, Any] = {}
    for inner, inner_type in installed.get_fields_and_field_types().items():
        values |= _unknown(inner, inner_type)
    return {name: installed(**values)}


def _rosidl_name(node: Any) -> str:
    """The name that rosidl has for a type of rosbags."""
    kind, description = node
    if kind == Nodetype.NAME:
        return str(description).replace("/msg/", "/")
    inner, bound = description
    if kind == Nodetype.BASE:
        return f"{_ROSIDL_NAMES.get(inner, inner)}" + (f"<{bound}>" if bound else "")
    item = _rosidl_name(inner)
    if kind == Nodetype.ARRAY:
        return f"{item}[{bound}]"
    return f"sequence<{item}, {bound}>" if bound else f"sequence<{item}>"
