# SPDX-License-Identifier: Apache-2.0
"""As much of launch and launch_ros as our launch files use, for machines that have neither."""

from __future__ import annotations

import runpy
import sys
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest


@dataclass
class Context:
    """LaunchContext: what was given on the command line, completed by the defaults met on the way."""

    configurations: dict[str, str]
    nodes: list[Node] = field(default_factory=list)


@dataclass
class LaunchConfiguration:
    name: str

    def perform(self, context: Context) -> str:
        return context.configurations[self.name]


@dataclass
class PathJoinSubstitution:
    parts: list[Any]

    def perform(self, context: Context) -> str:
        return "/".join(text(part, context) for part in self.parts)


@dataclass
class FindPackageShare:
    package: str

    def perform(self, context: Context) -> str:
        return f"share/{self.package}"


@dataclass
class DeclareLaunchArgument:
    name: str
    default_value: Any = None
    description: str = ""
    choices: list[str] | None = None

    def visit(self, context: Context) -> None:
        if self.default_value is not None:
            context.configurations.setdefault(self.name, text(self.default_value, context))
        value = context.configurations[self.name]
        assert self.choices is None or value in self.choices, f"{self.name}:={value}"


@dataclass
class Node:
    package: str
    executable: str
    name: str
    output: str
    parameters: list[Any]
    remappings: list[tuple[str, Any]] = field(default_factory=list)

    def visit(self, context: Context) -> None:
        context.nodes.append(self)

    def values(self, context: Context) -> dict[str, Any]:
        """Its parameters beside the files'."""
        given = [entry for entry in self.parameters if isinstance(entry, dict)]
        return {name: text(value, context) for entry in given for name, value in entry.items()}


@dataclass
class OpaqueFunction:
    function: Any

    def visit(self, context: Context) -> None:
        for entity in self.function(context):
            entity.visit(context)


@dataclass
class ParameterValue:
    value: Any
    value_type: type

    def perform(self, context: Context) -> str:
        return text(self.value, context)


@dataclass
class PythonLaunchDescriptionSource:
    path: Any


@dataclass
class IncludeLaunchDescription:
    """Included files see the arguments of the file that includes them."""

    source: PythonLaunchDescriptionSource
    launch_arguments: Any = ()

    def visit(self, context: Context) -> None:
        for name, value in self.launch_arguments:
            context.configurations[name] = text(value, context)
        folder = Path(__file__).parents[1] / "launch"
        describe(folder / Path(text(self.source.path, context)).name).visit(context)


@dataclass
class LaunchDescription:
    entities: list[Any]

    def visit(self, context: Context) -> None:
        for entity in self.entities:
            entity.visit(context)


def text(value: Any, context: Context) -> str:
    """What a substitution, a list of them or a plain string stands for."""
    if isinstance(value, list):
        return "".join(text(part, context) for part in value)
    return value if isinstance(value, str) else str(value.perform(context))


def describe(path: Path) -> LaunchDescription:
    description = runpy.run_path(str(path))["generate_launch_description"]()
    assert isinstance(description, LaunchDescription)
    return description


def launched(path: Path, arguments: dict[str, str]) -> tuple[Context, dict[str, Node]]:
    """Nodes by name that the launch file starts when it is given ``arguments``."""
    context = Context(dict(arguments))
    modules = {
        "launch": {"LaunchContext": Context, "LaunchDescription": LaunchDescription},
        "launch.actions": {
            "DeclareLaunchArgument": DeclareLaunchArgument,
            "IncludeLaunchDescription": IncludeLaunchDescription,
            "OpaqueFunction": OpaqueFunction,
        },
        "launch.launch_description_sources": {"PythonLaunchDescriptionSource": PythonLaunchDescriptionSource},
        "launch.substitutions": {
            "LaunchConfiguration": LaunchConfiguration,
            "PathJoinSubstitution": PathJoinSubstitution,
        },
        "launch_ros": {},
        "launch_ros.actions": {"Node": Node},
        "launch_ros.parameter_descriptions": {"ParameterValue": ParameterValue},
        "launch_ros.substitutions": {"FindPackageShare": FindPackageShare},
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, members in modules.items():
            module = ModuleType(name)
            module.__dict__.update(members)
            patch.setitem(sys.modules, name, module)
        describe(path).visit(context)
    return context, {node.name: node for node in context.nodes}
