# SPDX-License-Identifier: Apache-2.0
"""A node in a process of its own, as it runs in use, and a client of it in this one: for measurements."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import TypeVar

import rclpy
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node

from pinch_ros.large_blocks import keep_large_blocks
from pinch_ros.spinning import spinning

Client = TypeVar("Client", bound=Node)
_END_S = 60.0


@contextmanager
def node_and_client(
    module: str,
    namespace: str,
    parameters: Sequence[str],
    make_client: Callable[[subprocess.Popen[bytes]], Client],
) -> Iterator[Client]:
    """Run both while the ``with`` block lasts; the node is told to stop at its end, and waited for.

    Args:
        module: has the node's ``main() -> exit code``.
        namespace: of the node.
        parameters: of the node, as name:=value.
        make_client: makes the client, given the node's process; it may discover the node later.

    Raises:
        TimeoutExpired: the node did not leave; it is killed.
    """
    arguments = ["--ros-args", "-r", f"__ns:={namespace}"]
    for parameter in parameters:
        arguments += ["-p", parameter]
    start = f"import sys; from {module} import main; sys.exit(main())"
    # As every node does: the client stands for the one that comes next.
    keep_large_blocks()
    with ExitStack() as stack:
        process = subprocess.Popen([sys.executable, "-c", start, *arguments])
        stack.callback(_end, process)
        rclpy.init()
        stack.callback(rclpy.try_shutdown)
        client = make_client(process)
        stack.callback(client.destroy_node)
        executor = SingleThreadedExecutor()
        executor.add_node(client)
        stack.enter_context(spinning(executor, threading.Event(), client.get_logger()))
        yield client


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_END_S)
    finally:
        process.kill()
