# SPDX-License-Identifier: Apache-2.0
"""What a process was given after ``--ros-args``, and starting ROS with it."""

from __future__ import annotations

import difflib
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import rclpy
from rclpy.exceptions import ParameterException
from rclpy.node import Node
from rclpy.signals import SignalHandlerOptions

from pinch_core.errors import ConfigError, together
from pinch_ros.parameter_files import ParameterFile, check_override, read_parameter_file

# Declared only when a topic is made.
_LATER = "qos_overrides."
_PLACE_IN_RCL = re.compile(r",? at \S+:\d+")
_BEFORE_THE_CAUSE = re.compile(r"^failed to initialize rcl: ")


@dataclass(frozen=True)
class RosArguments:
    """``files`` and ``overrides`` (names given with -p) of one process."""

    files: tuple[ParameterFile, ...] = ()
    overrides: tuple[str, ...] = ()


def start_ros(args: Sequence[str] | None, signals: SignalHandlerOptions) -> RosArguments:
    """``rclpy.init`` with the arguments of the process (``args``, sys.argv where None); what it was given.

    Raises:
        ConfigError: a parameter file or another ROS argument cannot be used.
    """
    given = list(sys.argv if args is None else args)
    arguments = _read(given)
    try:
        rclpy.init(args=None if args is None else given, signal_handler_options=signals)
    except Exception as error:
        if isinstance(error, (KeyboardInterrupt, SystemExit)):
            raise
        raise ConfigError(_sentence(error)) from error
    return arguments


def refused_by_rclpy(error: ParameterException) -> ConfigError:
    """The sentence for a parameter of rclpy's own, or of a base class, that was given a wrong value."""
    return ConfigError(f"{str(error).rstrip('.')}; correct the value in the parameter file or the argument.")


def refuse_untaken(node: Node, arguments: RosArguments) -> None:
    """Refuse parameters set for this node that it does not have, and files that do not reach it.

    What a wildcard (``/**``) sets may be for other nodes: it is logged as a warning.

    Raises:
        ConfigError: with the nearest name.
    """
    name = node.get_fully_qualified_name()
    _refuse_files_for_others(name, arguments.files)
    known = node.list_parameters([], 0).names
    faults = []
    for source, parameter, is_named in _given(name, arguments):
        if parameter in known or parameter.startswith(_LATER):
            continue
        sentence = f"{source} sets '{parameter}', which is no parameter of {name}{_nearest(parameter, known)}"
        if is_named:
            faults.append(
                ConfigError(f"{sentence}; correct or remove it (ros2 param list {name} shows all).")
            )
        else:
            node.get_logger().warning(f"{sentence}; nothing of {name} changes by it.")
    if faults:
        raise together(faults)


def warn_of_untaken_qos(node: Node, arguments: RosArguments) -> None:
    """Once the topics are made: name the overrides of their quality of service that no topic took."""
    name = node.get_fully_qualified_name()
    known = [other for other in node.list_parameters([], 0).names if other.startswith(_LATER)]
    for source, parameter, _ in _given(name, arguments):
        if parameter.startswith(_LATER) and parameter not in known:
            node.get_logger().warning(
                f"{source} sets '{parameter}', which no topic of {name} took{_nearest(parameter, known)}."
            )


def _read(args: Sequence[str]) -> RosArguments:
    files, overrides = [], []
    for flag, value in _flags(args):
        if flag == "--params-file":
            files.append(read_parameter_file(value))
        elif flag in ("-p", "--param"):
            overrides.append(check_override(value))
    return RosArguments(tuple(files), tuple(overrides))


def _flags(args: Sequence[str]) -> Iterator[tuple[str, str]]:
    """(flag, value) of each two neighbours between --ros-args and --."""
    inside = False
    for here, after in zip(args, [*args[1:], ""], strict=True):
        if here == "--ros-args":
            inside = True
        elif here == "--":
            inside = False
        elif inside and here in ("--params-file", "-p", "--param"):
            yield here, after


def _given(node: str, arguments: RosArguments) -> Iterator[tuple[str, str, bool]]:
    """(where it stands, parameter, whether it is for this node by name)."""
    for file in arguments.files:
        for parameter, is_named in file.names_for(node).items():
            yield f"parameter file {file.path}", parameter, is_named
    for override in arguments.overrides:
        of, has_node, parameter = override.partition(":")
        if not has_node:
            yield f"-p {override}", override, True
        elif of == node.rpartition("/")[2]:
            yield f"-p {override}", parameter, True


def _refuse_files_for_others(node: str, files: Sequence[ParameterFile]) -> None:
    """A file for others is fine beside one for this node; one with nearly this node's name is not."""
    own = node.rpartition("/")[2]
    reached = any(file.reaches(node) for file in files)
    for file in files:
        if file.reaches(node) or not file.parameters:
            continue
        last_names = [pattern.rpartition("/")[2] for pattern in file.parameters]
        alike = difflib.get_close_matches(own, last_names, n=1, cutoff=0.7)
        if alike or not reached:
            raise ConfigError(
                f"parameter file {file.path} has sections for {', '.join(file.parameters)}, and none of them "
                f"is this node, {node}; name its section /**/{own}, or start the node under that name."
            )


def _nearest(name: str, known: Iterable[str]) -> str:
    known = list(known)
    found = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    if not found:  # without the group that it belongs to, or in another one
        last = {other.rpartition(".")[2]: other for other in known}
        found = [last[n] for n in difflib.get_close_matches(name.rpartition(".")[2], last, n=1, cutoff=0.8)]
    return f" (the nearest is '{found[0]}')" if found else ""


def _sentence(error: Exception) -> str:
    text = " ".join(_PLACE_IN_RCL.sub("", str(error)).split()).rstrip(".")
    text = _BEFORE_THE_CAUSE.sub("", text)
    if text.startswith("["):
        return f"{text} is unknown after --ros-args; see ros2 run's ROS arguments: -r, -p, --params-file."
    return f"ROS does not start: {text}; correct that argument."
