# SPDX-License-Identifier: Apache-2.0
"""Config dataclasses of pinch_core as ROS parameters: declared with help, unit and range, validated when they
change.

A nested config becomes a dotted prefix, a tuple an array. Parameters are typed dynamically because YAML
writes 1 for 1.0: the dataclass decides whether the value fits, and its sentence is the reason of a refusal.
(Only a scalar of the declared type outside its range is refused by rclpy itself, in rclpy's words.)
"""

from __future__ import annotations

import dataclasses
import math
import sys
import typing
from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import Enum
from typing import Any, TypeVar

from rcl_interfaces.msg import FloatingPointRange, IntegerRange, ParameterDescriptor, SetParametersResult
from rclpy.exceptions import InvalidParameterValueException
from rclpy.node import Node
from rclpy.parameter import Parameter

from pinch_core.config import FieldInfo, field_info, from_mapping
from pinch_core.errors import ConfigError, PinchError, together

C = TypeVar("C")
_INT64_MAX = 2**63 - 1


@dataclasses.dataclass(frozen=True)
class _Leaf:
    """One setting: ``path`` of field names from the root config, its type hint, meaning and default."""

    path: tuple[str, ...]
    hint: Any
    info: FieldInfo | None
    default: Any


def declare_config(
    node: Node,
    config_class: type[C],
    prefix: str = "",
    defaults: C | None = None,
    *,
    read_only: bool = False,
) -> C:
    """Declare every setting of a config as a parameter and return the config with the overrides applied.

    Args:
        node: parameters already declared (by an earlier configure) are read instead.
        config_class: dataclass made of ``setting`` fields and further such dataclasses.
        prefix: put before each name with a dot.
        defaults: values to start from instead of the class's own.
        read_only: what the node was started with holds: nobody on the network changes it.

    Raises:
        ConfigError: overrides have the wrong type or leave their range; it tells all of them.
    """
    faults = []
    for leaf in _leaves(config_class, defaults):
        name = _name(prefix, leaf.path)
        if node.has_parameter(name):
            continue
        try:
            node.declare_parameter(name, _to_parameter(leaf.default), _descriptor(leaf, read_only))
        except InvalidParameterValueException as error:
            faults.append(
                ConfigError(f"node '{node.get_name()}': {error}; see its help: {_help(leaf.info)}.")
            )
    if faults:
        raise together(faults)
    return _build(node, config_class, prefix, {})


def parameter_names(config_class: type[Any], prefix: str = "") -> list[str]:
    """The parameters that :func:`declare_config` declares for a config."""
    return [_name(prefix, leaf.path) for leaf in _leaves(config_class, None)]


def refuse_renamed(node: Node, renamed: Mapping[str, str]) -> None:
    """Refuse what a node was started with under names of version 1, which nothing would read.

    Args:
        renamed: old names, and what is to be set now as the end of a sentence.

    Raises:
        ConfigError: old names are set; it tells all of them.
    """
    faults = []
    for old, now in renamed.items():
        # Undeclared parameters cannot be read.
        is_set = node.declare_parameter(old, None, ParameterDescriptor(dynamic_typing=True)).value is not None
        node.undeclare_parameter(old)
        if is_set:
            faults.append(
                ConfigError(f"parameter '{old}' of node '{node.get_name()}' is of version 1; set {now}.")
            )
    if faults:
        raise together(faults)


def on_config_change(
    node: Node,
    config_class: type[C],
    callback: Callable[[C], None],
    prefix: str = "",
    *,
    check_config: Callable[[C], object] | None = None,
) -> None:
    """Call ``callback`` with the new config after its parameters were set; refuse values it cannot be built
    from.

    Args:
        check_config: called with the config before the parameters are set; a PinchError it raises refuses
            them, what it returns does not count.
    """
    names = {_name(prefix, leaf.path) for leaf in _leaves(config_class, None)}

    def check(parameters: Sequence[Parameter]) -> SetParametersResult:
        changed = {parameter.name: parameter for parameter in parameters if parameter.name in names}
        for name, parameter in changed.items():
            if parameter.type_ is Parameter.Type.NOT_SET:
                return SetParametersResult(
                    successful=False, reason=f"parameter '{name}' cannot be removed; set a value."
                )
        try:
            if changed:
                config = _build(node, config_class, prefix, {name: p.value for name, p in changed.items()})
                if check_config is not None:
                    check_config(config)
        except PinchError as error:
            return SetParametersResult(successful=False, reason=str(error))
        return SetParametersResult(successful=True)

    def apply(parameters: Sequence[Parameter]) -> None:
        if any(parameter.name in names for parameter in parameters):
            callback(_build(node, config_class, prefix, {}))

    node.add_on_set_parameters_callback(check)
    node.add_post_set_parameters_callback(apply)


def parameter_table(config_class: type[Any], prefix: str = "") -> list[tuple[str, Any, str, str]]:
    """(name, default, unit, help) of each parameter a config declares, for documentation and its tests."""
    return [
        (_name(prefix, leaf.path), leaf.default, leaf.info.unit if leaf.info else "", _help(leaf.info))
        for leaf in _leaves(config_class, None)
    ]


def _leaves(config_class: type[Any], defaults: Any, path: tuple[str, ...] = ()) -> Iterator[_Leaf]:
    hints = typing.get_type_hints(config_class)
    for field in dataclasses.fields(config_class):
        hint = hints[field.name]
        if defaults is not None:
            default = getattr(defaults, field.name)
        elif field.default is not dataclasses.MISSING:
            default = field.default
        elif field.default_factory is not dataclasses.MISSING:
            default = field.default_factory()
        else:
            default = None
        if dataclasses.is_dataclass(hint):
            yield from _leaves(typing.cast(type, hint), default, (*path, field.name))
        else:
            yield _Leaf((*path, field.name), hint, field_info(field), default)


def _build(node: Node, config_class: type[C], prefix: str, changed: dict[str, Any]) -> C:
    values: dict[str, Any] = {}
    for leaf in _leaves(config_class, None):
        name = _name(prefix, leaf.path)
        value = changed[name] if name in changed else node.get_parameter(name).value
        if value is None:
            continue  # not set: the dataclass's own default, or its complaint where it has none
        inner = values
        for part in leaf.path[:-1]:
            inner = inner.setdefault(part, {})
        inner[leaf.path[-1]] = list(value) if not isinstance(value, (bool, int, float, str)) else value
    return from_mapping(config_class, values, f"parameters of node '{node.get_name()}'")


def _descriptor(leaf: _Leaf, read_only: bool) -> ParameterDescriptor:
    descriptor = ParameterDescriptor(description=_help(leaf.info), dynamic_typing=True, read_only=read_only)
    info = leaf.info
    if info is None or (math.isinf(info.lower) and math.isinf(info.upper)):
        return descriptor
    if leaf.hint is float:
        lower, upper = (
            max(-sys.float_info.max, min(sys.float_info.max, v)) for v in (info.lower, info.upper)
        )
        descriptor.floating_point_range = [FloatingPointRange(from_value=lower, to_value=upper)]
    elif leaf.hint is int:
        lower, upper = (int(max(-_INT64_MAX, min(_INT64_MAX, v))) for v in (info.lower, info.upper))
        descriptor.integer_range = [IntegerRange(from_value=lower, to_value=upper, step=1)]
    else:
        descriptor.additional_constraints = f"each value in [{info.lower:g}, {info.upper:g}]"
    return descriptor


def _help(info: FieldInfo | None) -> str:
    if info is None:
        return ""
    return f"{info.help} [{info.unit}]" if info.unit else info.help


def _to_parameter(default: Any) -> Any:
    if isinstance(default, Enum):
        return default.value
    return list(default) if isinstance(default, tuple) else default


def _name(prefix: str, path: tuple[str, ...]) -> str:
    return ".".join((prefix, *path) if prefix else path)
