# SPDX-License-Identifier: Apache-2.0
"""Base of the stack's nodes, and the main function of their executables."""

from __future__ import annotations

import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from typing import Any

import rclpy
from rcl_interfaces.msg import ParameterDescriptor
from rclpy.clock import Clock, ClockType
from rclpy.exceptions import ParameterException
from rclpy.executors import MultiThreadedExecutor
from rclpy.lifecycle import LifecycleNode, LifecycleState, TransitionCallbackReturn
from rclpy.signals import SignalHandlerOptions

from pinch_core.errors import PinchError
from pinch_ros.large_blocks import keep_large_blocks
from pinch_ros.ros_arguments import (
    RosArguments,
    refuse_untaken,
    refused_by_rclpy,
    start_ros,
    warn_of_untaken_qos,
)
from pinch_ros.spinning import spinning

# Enough that a goal that computes, a wait for TF and a continuous planner leave threads for cancel requests.
EXECUTOR_THREADS = 8
_TRANSITION_TIMEOUT_S, _TRANSITION_POLL_S = 10.0, 0.01
# How long a node that could not start may go unnoticed.
_WATCH_S = 0.1
_EXIT_DONE, _EXIT_FELL_SHORT, _EXIT_BAD_INPUT = 0, 1, 2


class PinchNode(LifecycleNode):
    """A lifecycle node that can start itself.

    Subclasses override ``configure``, ``activate``, ``deactivate`` and ``cleanup`` instead of rclpy's
    ``on_...`` callbacks (which swallow exceptions): an exception refuses the transition and is logged.
    ``__init__`` declares parameters and never blocks.

    Parameters: ``autostart`` (true): configure and activate as soon as the node spins; false where a
    lifecycle manager does that. Where that is refused nobody is there to try again: ``start_refused`` is set
    and :func:`node_main` ends the process; a lifecycle manager that is refused may mend things and ask again.
    """

    def __init__(self, node_name: str, **kwargs: Any) -> None:
        super().__init__(node_name, **kwargs)
        self._is_active = self._is_shut_down = False
        # What the process was given; empty where others than node_main made the node.
        self.arguments = RosArguments()
        self.start_refused = threading.Event()
        description = "configure and activate at start; false where a lifecycle manager does it"
        self.declare_parameter(
            "autostart", True, ParameterDescriptor(description=description, read_only=True)
        )
        # Steady time: with use_sim_time a ROS timer would wait for a clock that may come later than this
        # node.
        self._autostart_timer = self.create_timer(
            0.0, self._autostart, clock=Clock(clock_type=ClockType.STEADY_TIME)
        )

    @property
    def is_active(self) -> bool:
        """True between activate and deactivate."""
        return self._is_active

    @property
    def is_shut_down(self) -> bool:
        """True once shutdown began; the node cannot be configured again."""
        return self._is_shut_down

    def configure(self) -> None:
        """Create publishers, subscriptions and servers; load what is needed."""

    def activate(self) -> None:
        """Start to work."""

    def deactivate(self) -> None:
        """Stop work; goals under way end."""

    def cleanup(self) -> None:
        """Undo ``configure``. Called by cleanup and shutdown."""

    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        result = self._transition(
            "configure", self.configure, lambda: super(PinchNode, self).on_configure(state)
        )
        if result is TransitionCallbackReturn.SUCCESS:
            warn_of_untaken_qos(self, self.arguments)
        return result

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        result = self._transition(
            "activate", self.activate, lambda: super(PinchNode, self).on_activate(state)
        )
        self._is_active = result is TransitionCallbackReturn.SUCCESS
        return result

    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        self._is_active = False
        return self._transition(
            "deactivate", self.deactivate, lambda: super(PinchNode, self).on_deactivate(state)
        )

    def on_cleanup(self, state: LifecycleState) -> TransitionCallbackReturn:
        return self._transition("clean up", self.cleanup, lambda: super(PinchNode, self).on_cleanup(state))

    def on_shutdown(self, state: LifecycleState) -> TransitionCallbackReturn:
        self._is_shut_down = True
        if self._is_active:
            self.on_deactivate(state)
        if state.label == "unconfigured":
            return TransitionCallbackReturn.SUCCESS
        return self._transition("shut down", self.cleanup, lambda: super(PinchNode, self).on_shutdown(state))

    def destroy_node(self) -> None:
        """Shut down first: nothing publishes from a thread of its own once the publishers are gone."""
        _shut_down(self)
        super().destroy_node()

    def _autostart(self) -> None:
        self.destroy_timer(self._autostart_timer)
        if not self.get_parameter("autostart").value:
            return
        for transition in (self.trigger_configure, self.trigger_activate):
            if transition() is not TransitionCallbackReturn.SUCCESS:
                self.start_refused.set()
                return

    def _transition(
        self, verb: str, own: Callable[[], None], base: Callable[[], TransitionCallbackReturn]
    ) -> TransitionCallbackReturn:
        try:
            own()
        except PinchError as error:
            self.get_logger().error(f"cannot {verb}: {error}")
            return TransitionCallbackReturn.FAILURE
        except Exception:
            self.get_logger().error(f"cannot {verb}, unexpected error:\n{traceback.format_exc()}")
            return TransitionCallbackReturn.FAILURE
        return base()


def node_main(node_class: Callable[[], PinchNode], args: list[str] | None = None) -> int:
    """Run one node until SIGINT or SIGTERM and end it in order.

    Exit code: 0, 1 where the node could not start by itself (what launch reports as a death, and a supervisor
    as a reason to start it again), 2 for bad parameters.
    """
    keep_large_blocks()
    try:
        # Own handlers: rclpy's would invalidate the context before the node could end its goals and say so.
        arguments = start_ros(args, SignalHandlerOptions.NO)
    except PinchError as error:
        print(error, file=sys.stderr)
        return _EXIT_BAD_INPUT
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    try:
        node = _made(node_class, arguments)
    except PinchError as error:
        print(error, file=sys.stderr)
        rclpy.shutdown()
        return _EXIT_BAD_INPUT
    executor = MultiThreadedExecutor(num_threads=EXECUTOR_THREADS)
    executor.add_node(node)
    with spinning(executor, stop, node.get_logger()):
        while not stop.wait(_WATCH_S) and not node.start_refused.is_set():
            pass
        stop.set()
        _shut_down(node)
    node.destroy_node()
    rclpy.shutdown()
    return _EXIT_FELL_SHORT if node.start_refused.is_set() else _EXIT_DONE


def _made(node_class: Callable[[], PinchNode], arguments: RosArguments) -> PinchNode:
    try:
        node = node_class()
    except ParameterException as error:
        raise refused_by_rclpy(error) from error
    try:
        refuse_untaken(node, arguments)
    except PinchError:
        node.destroy_node()
        raise
    node.arguments = arguments
    return node


def _shut_down(node: PinchNode) -> None:
    """Shut down, after a transition that may be under way: rclpy refuses to start one amid another."""
    deadline = time.monotonic() + _TRANSITION_TIMEOUT_S
    while not node.is_shut_down and time.monotonic() < deadline:
        try:
            node.trigger_shutdown()
            return
        except RuntimeError:
            time.sleep(_TRANSITION_POLL_S)
