# SPDX-License-Identifier: Apache-2.0
"""Lifecycle nodes are brought up in order over DDS, and what cannot start is named."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from rclpy.context import Context
from rclpy.node import Node
from rclpy.parameter import Parameter

from pinch_bringup.bring_up import BringUpConfig, BringUpError, bring_up
from pinch_core.errors import ConfigError
from pinch_ros.lifecycle import PinchNode
from pinch_ros.testing import isolated_ros_domain, running

TIMEOUT_S = 45.0


# One a test: what a node leaves behind in DDS must not be taken for a part of the next one.
@pytest.fixture(autouse=True)
def domain() -> Iterator[None]:
    with isolated_ros_domain():
        yield


@contextmanager
def asking() -> Iterator[Node]:
    context = Context()
    context.init(args=[])
    node = Node("bring_up", context=context)
    try:
        yield node
    finally:
        node.destroy_node()
        context.try_shutdown()


class Stack:
    """Nodes that note what they are told, and may refuse it."""

    def __init__(self, *names: str, refuses: tuple[str, str] = ("", "")) -> None:
        self.steps: list[tuple[str, str]] = []
        self.makers = [self._maker(name, refuses) for name in names]

    def _maker(self, name: str, refuses: tuple[str, str]) -> Any:
        def step(what: str) -> None:
            if (name, what) == refuses:
                raise ConfigError("there is no such camera; plug it in.")
            self.steps.append((name, what))

        class Part(PinchNode):
            def configure(self) -> None:
                step("configure")

            def activate(self) -> None:
                step("activate")

        by_another = [Parameter("autostart", value=False)]
        return lambda context: Part(name, context=context, parameter_overrides=by_another)


def steps(*names: str) -> list[tuple[str, str]]:
    return [(name, what) for name in names for what in ("configure", "activate")]


@pytest.mark.parametrize("order", [("camera", "planner"), ("planner", "camera")])
def test_each_is_active_before_the_next_is_configured(order: tuple[str, ...]) -> None:
    stack = Stack("camera", "planner")
    with running(*stack.makers), asking() as node:
        bring_up(node, order, TIMEOUT_S)
        assert stack.steps == steps(*order)
        bring_up(node, order, TIMEOUT_S)
        assert stack.steps == steps(*order), "what is active already is left alone"


@pytest.mark.parametrize("refused", ["configure", "activate"])
def test_a_refusal_names_the_node_and_leaves_the_later_ones_alone(refused: str) -> None:
    stack = Stack("camera", "planner", "executor", refuses=("planner", refused))
    with running(*stack.makers), asking() as node:
        with pytest.raises(BringUpError, match=rf"planner could not be {refused}.*Not started: executor\."):
            bring_up(node, ("camera", "planner", "executor"), TIMEOUT_S)
        assert {name for name, _ in stack.steps} <= {"camera", "planner"}
        assert stack.steps[:2] == steps("camera")


def test_a_node_that_is_not_there_is_named_after_the_time_it_was_given() -> None:
    with (
        asking() as node,
        pytest.raises(BringUpError, match=r"absent was not active in time \(it never answered"),
    ):
        bring_up(node, ("absent",), 0.2)


def test_a_node_that_was_shut_down_is_not_waited_for() -> None:
    stack = Stack("camera")
    with running(*stack.makers) as nodes, asking() as node:
        nodes[0].trigger_shutdown()
        with pytest.raises(BringUpError, match="camera has been shut down"):
            bring_up(node, ("camera",), TIMEOUT_S)


def test_no_names_are_refused() -> None:
    with pytest.raises(ConfigError, match="nodes is empty"):
        BringUpConfig()
