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
    handlers: list[OnProcessExit] = field(default_factory=list)
    is_shutdown: bool = False
    reason: str = ""

    def exit(self, name: str, returncode: int) -> None:
        """A process ends."""
        event = ProcessExited(name, returncode)
        own = [node.on_exit for node in self.nodes if node.name == name and node.on_exit]
        for react in [*own, *(handler.on_exit for handler in self.handlers)]:
            for action in react(event, self) or []:
                action.visit(self)


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
    namespace: Any = ""
    remappings: list[tuple[str, Any]] = field(default_factory=list)
    on_exit: Any = None

    def visit(self, context: Context) -> None:
        context.nodes.append(self)

    def values(self, context: Context) -> dict[str, Any]:
        """Its parameters beside the files'."""
        given = [entry for entry in self.parameters if isinstance(entry, dict)]
        return {name: text(value, context) for entry in given for name, value in entry.items()}


@dataclass
class OnProcessExit:
    on_exit: Any


@dataclass
class RegisterEventHandler:
    handler: OnProcessExit

    def visit(self, context: Context) -> None:
        context.handlers.append(self.handler)


@dataclass
class UnregisterEventHandler:
    handler: OnProcessExit

    def visit(self, context: Context) -> None:
        context.handlers.remove(self.handler)


@dataclass
class Shutdown:
    reason: str

    def visit(self, context: Context) -> None:
        context.is_shutdown = True
        context.reason = self.reason


@dataclass
class ProcessExited:
    process_name: str
    returncode: int


@dataclass
class OpaqueFunction:
    function: Any

    def visit(self, context: Context) -> None:
        for entity in self.function(context):
            entity.visit(context)


@dataclass
class ParameterValue:
    value: Any
    value_type: Any

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
    if isinstance(value, (str, bool)):
        return str(value).lower() if isinstance(value, bool) else value
    return str(value.perform(context))


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
            "RegisterEventHandler": RegisterEventHandler,
            "Shutdown": Shutdown,
            "UnregisterEventHandler": UnregisterEventHandler,
        },
        "launch.event_handlers": {"OnProcessExit": OnProcessExit},
        "launch.events": {},
        "launch.events.process": {"ProcessExited": ProcessExited},
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
