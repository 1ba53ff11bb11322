# SPDX-License-Identifier: Apache-2.0
"""Every interface that the workspace builds has all the type support that the middleware asks for."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest
import rclpy
import setup_modules  # noqa: F401  (makes scripts/ importable)
from rclpy.action import ActionClient, ActionServer
from rclpy.context import Context
from rclpy.node import Node
from source_tree import ROOT

from pinch_ros.testing import isolated_ros_domain
from pinch_setup.packages import find_packages

INTERFACES = [
    (package.name, path.parent.name, path.stem)
    for package in find_packages(str(ROOT))
    for kind in ("msg", "srv", "action")
    for path in sorted(Path(package.path, kind).glob(f"*.{kind}"))
]


@pytest.fixture(scope="module")
def node() -> Iterator[Node]:
    context = Context()
    with isolated_ros_domain() as domain:
        rclpy.init(context=context, domain_id=domain)
        node = Node("interfaces", context=context)
        yield node
        node.destroy_node()
        rclpy.shutdown(context=context)


@pytest.mark.parametrize(("package", "kind", "name"), INTERFACES, ids=map("/".join, INTERFACES))
def test_both_ends_of_a_connection_can_be_made(node: Node, package: str, kind: str, name: str) -> None:
    interface = getattr(importlib.import_module(f"{package}.{kind}"), name)
    path = f"{package}/{name}"
    if kind == "msg":
        assert node.destroy_publisher(node.create_publisher(interface, path, 1))
        assert node.destroy_subscription(node.create_subscription(interface, path, lambda message: None, 1))
    elif kind == "srv":
        assert node.destroy_service(node.create_service(interface, path, lambda request, response: response))
        assert node.destroy_client(node.create_client(interface, path))
    else:
        ActionServer(node, interface, path, lambda goal: interface.Result()).destroy()
        ActionClient(node, interface, path).destroy()
