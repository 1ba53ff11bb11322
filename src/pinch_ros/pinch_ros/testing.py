# SPDX-License-Identifier: Apache-2.0
"""Nodes in tests: a ROS context of their own, spun on a thread, and waiting for facts instead of sleeping."""

from __future__ import annotations

import gc
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

import pytest
from domain_coordinator import domain_id
from rclpy.context import Context
from rclpy.executors import MultiThreadedExecutor
from rclpy.node import Node
from rclpy.task import Future

from pinch_ros.spinning import spinning

T = TypeVar("T")
# Longer than the 6 s (20 without config/fastdds.xml) after which DDS forgets a participant that left
# without a word (its farewell is best effort): while half of it is known, rmw_fastrtps takes a service of
# the same name for not ready.
TIMEOUT_S = 45.0
_POLL_S = 0.005


@contextmanager
def isolated_ros_domain() -> Iterator[int]:
    """A ROS domain of this test run's own, for this process and those it starts."""
    with domain_id() as domain, pytest.MonkeyPatch.context() as patch:
        patch.setenv("ROS_DOMAIN_ID", str(domain))
        patch.setenv("ROS_LOCALHOST_ONLY", os.environ.get("ROS_LOCALHOST_ONLY", "1"))
        yield domain
        # What rclpy left behind says so on stderr when it is collected: here, not amid a later test.
        gc.collect()


def wait_until(condition: Callable[[], T], what: str, timeout_s: float = TIMEOUT_S) -> T:
    """The first true value of ``condition``; fails the test after ``timeout_s``."""
    deadline = time.monotonic() + timeout_s
    while not (value := condition()):
        if time.monotonic() > deadline:
            pytest.fail(f"{what} did not happen within {timeout_s:g} s")
        time.sleep(_POLL_S)
    return value


def wait_for(future: Future, what: str, timeout_s: float = TIMEOUT_S) -> object:
    """The result of a future that another thread's executor completes."""
    done = threading.Event()
    future.add_done_callback(lambda _: done.set())
    if not done.wait(timeout_s):
        pytest.fail(f"{what} did not come within {timeout_s:g} s")
    return future.result()


@contextmanager
def running(*make_nodes: Callable[..., Node], args: Sequence[str] = ()) -> Iterator[list[Node]]:
    """Make nodes, each called with ``context=``, and spin them on a thread while the ``with`` block lasts."""
    context = Context()
    context.init(args=["--ros-args", *args] if args else [])
    executor = MultiThreadedExecutor(num_threads=8, context=context)
    nodes = [make(context=context) for make in make_nodes]
    for node in nodes:
        executor.add_node(node)
    try:
        with spinning(executor, threading.Event(), nodes[0].get_logger()):
            yield nodes
    finally:
        for node in nodes:
            node.destroy_node()
        context.try_shutdown()
