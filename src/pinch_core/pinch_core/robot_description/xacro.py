# SPDX-License-Identifier: Apache-2.0
"""Descriptions written in xacro, expanded where the package ``xacro`` is installed."""

from __future__ import annotations

import contextlib
import importlib
import io
from collections.abc import Sequence
from pathlib import Path
from textwrap import shorten

from pinch_core.robot_description.errors import RobotDescriptionError
from pinch_core.robot_description.xml_source import Element, XmlSource, parse_xml, read_bytes

SUFFIX = ".xacro"
PREFIX = "xacro:"


def read_source(path: Path, expected: str, arguments: Sequence[str] = ()) -> XmlSource:
    """A URDF or SRDF file, expanded if it is written in xacro.

    Args:
        expected: what the file should be, for messages, e.g. "a URDF".
        arguments: of xacro, each ``name:=value``.

    Raises:
        DamagedFileError: the file ends too early.
        RobotDescriptionError: it is no XML, or cannot be expanded.
    """
    root = parse_xml(read_bytes(path), path, expected)
    if path.suffix == SUFFIX or _uses_xacro(root):
        text = _expanded(path, expected, _mappings(path, arguments))
        return XmlSource(path, parse_xml(text.encode("utf-8"), path, expected), is_expanded=True)
    return XmlSource(path, root)


def _uses_xacro(root: Element) -> bool:
    return any(isinstance(item.tag, str) and item.tag.startswith(PREFIX) for item in root.iter())


def _mappings(path: Path, arguments: Sequence[str]) -> dict[str, str]:
    mappings = {}
    for argument in arguments:
        name, found, value = argument.partition(":=")
        if not found or not name:
            raise RobotDescriptionError(
                f"the description argument '{argument}' for {path} is not of the form name:=value; correct "
                "description_arguments of the robot's YAML.",
                path,
                name=argument,
            )
        mappings[name] = value
    return mappings


def _expanded(path: Path, expected: str, mappings: dict[str, str]) -> str:
    try:
        process_file = importlib.import_module("xacro").process_file
    except (ImportError, AttributeError) as error:  # any folder named xacro can be imported
        # A shell empties the file that it redirects to before xacro reads it: never the same name.
        plain = path.stem if path.suffix == SUFFIX else f"{path.stem}_expanded{path.suffix}"
        raise RobotDescriptionError(
            f"{path} is written in xacro, and the Python package xacro is not installed; install it (pip "
            "install xacro, or apt install ros-$ROS_DISTRO-xacro), or expand the file elsewhere with `xacro "
            f"{path.name} > {plain}` and name {expected} that this makes.",
            path,
        ) from error
    said = io.StringIO()
    try:
        # Its warnings and the places of its errors go to the terminal otherwise.
        with contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()):
            return str(process_file(str(path), mappings=mappings).toxml())
    except (Exception, SystemExit) as error:  # it evaluates expressions of the file: anything may come
        reason = shorten(f"{error} {said.getvalue()}", 300).rstrip(".")
        raise RobotDescriptionError(
            f"xacro cannot expand {path} ({type(error).__name__}: {reason}); correct the file, or set its "
            "arguments in description_arguments of the robot's YAML.",
            path,
        ) from error
