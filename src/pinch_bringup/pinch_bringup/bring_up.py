# SPDX-License-Identifier: Apache-2.0
"""The node ``bring_up``: configures and activates lifecycle nodes in order, and says which one could not.

It ends when all are active, with exit code 0, or with 1 when one of them cannot start; those after that one
are left as they are. Where no message may be missed, who listens is named before who speaks.
"""

from __future__ import annotations

import sys
import time
from typing import Any

import rclpy
from lifecycle_msgs.msg import State, Transition
from lifecycle_msgs.srv import ChangeState, GetState
from rclpy.client import Client
from rclpy.executors import Executor, ExternalShutdownException, SingleThreadedExecutor
from rclpy.node import Node
from rclpy.signals import SignalHandlerOptions

from pinch_core.config import configclass, setting
from pinch_core.errors import ConfigError, PinchError
from pinch_ros.errors import RosBorderError
from pinch_ros.parameters import declare_config
from pinch_ros.ros_arguments import refuse_untaken, start_ros

# DDS loses an answer now and then: the state is asked again and tells what is left to do.
_ANSWER_TIMEOUT_S = 5.0
_POLL_S = 0.05
_NEXT = {
    State.PRIMARY_STATE_UNCONFIGURED: Transition.TRANSITION_CONFIGURE,
    State.PRIMARY_STATE_INACTIVE: Transition.TRANSITION_ACTIVATE,
}
_VERBS = {Transition.TRANSITION_CONFIGURE: "configured", Transition.TRANSITION_ACTIVATE: "activated"}


class BringUpError(RosBorderError):
    """A node could not be brought up."""


@configclass
class BringUpConfig:
    """Which nodes, and how long each may take."""

    nodes: tuple[str, ...] = setting(
        default=(), help="names of the lifecycle nodes, in the order of their start"
    )
    timeout: float = setting(
        default=60.0, unit="s", help="how long one node may take from its process's start until it is active",
        lower=1.0, upper=3600.0,
    )  # fmt: skip

    def __post_init__(self) -> None:
        if not self.nodes:
            raise ConfigError("nodes is empty; name the lifecycle nodes to start, in order.")


def bring_up(asking: Node, names: tuple[str, ...], timeout_s: float) -> None:
    """Configure and activate the nodes, each once the one before is active.

    Args:
        asking: the node whose clients ask; it is spun here.
        names: of the nodes, with their namespace where they have one.
        timeout_s: for each node.

    Raises:
        BringUpError: a node refused, was shut down, or did not answer in time.
    """
    executor = SingleThreadedExecutor(context=asking.context)
    executor.add_node(asking)
    for number, name in enumerate(names):
        try:
            with _Remote(asking, executor, name, timeout_s) as remote:
                remote.activate()
        except BringUpError as error:
            left = ", ".join(names[number + 1 :])
            raise BringUpError(f"{error}{f' Not started: {left}.' if left else ''}") from error
        asking.get_logger().info(f"{name} is active.")


class _Remote:
    """One lifecycle node, seen through its services."""

    def __init__(self, asking: Node, executor: Executor, name: str, timeout_s: float) -> None:
        self._asking, self._executor, self._name = asking, executor, name
        self._deadline = time.monotonic() + timeout_s
        self._state = asking.create_client(GetState, f"{name}/get_state")
        self._change = asking.create_client(ChangeState, f"{name}/change_state")

    def __enter__(self) -> _Remote:
        return self

    def __exit__(self, *_: object) -> None:
        self._asking.destroy_client(self._state)
        self._asking.destroy_client(self._change)

    def activate(self) -> None:
        """Whatever state it is in: ask for it, and for the transition that leads on."""
        last_seen = "it never answered"
        while self._remaining_s > 0.0:
            answer = self._ask(self._state, GetState.Request())
            if answer is None:
                continue
            current = answer.current_state
            last_seen = f"it was {current.label}"
            if current.id == State.PRIMARY_STATE_ACTIVE:
                return
            if current.id == State.PRIMARY_STATE_FINALIZED:
                raise BringUpError(f"{self._name} has been shut down; start its process anew.")
            if current.id in _NEXT:
                self._request(_NEXT[current.id])
            else:
                time.sleep(_POLL_S)
        raise BringUpError(
            f"{self._name} was not active in time ({last_seen}); look whether its process runs under that "
            "name, and at what it printed."
        )

    @property
    def _remaining_s(self) -> float:
        return self._deadline - time.monotonic()

    def _request(self, transition: int) -> None:
        answer = self._ask(self._change, ChangeState.Request(transition=Transition(id=transition)))
        if answer is not None and not answer.success:
            raise BringUpError(
                f"{self._name} could not be {_VERBS[transition]}; the line that it printed itself says why."
            )

    def _ask(self, client: Client, request: Any) -> Any:
        """The answer; None where none came."""
        timeout_s = max(0.0, min(self._remaining_s, _ANSWER_TIMEOUT_S))
        if not client.wait_for_service(timeout_s):
            return None
        future = client.call_async(request)
        self._executor.spin_until_future_complete(future, timeout_s)
        if not future.done():
            client.remove_pending_request(future)
            return None
        return future.result()


def main() -> int:
    """Entry point of ``bring_up_node``."""
    node: Node | None = None
    try:
        arguments = start_ros(None, SignalHandlerOptions.ALL)
        node = Node("bring_up")
        config = declare_config(node, BringUpConfig, read_only=True)
        refuse_untaken(node, arguments)
        bring_up(node, config.nodes, config.timeout)
    except ConfigError as error:
        print(error, file=sys.stderr)
        return 2
    except PinchError as error:
        if node is not None:
            node.get_logger().fatal(str(error))
        return 1
    except (KeyboardInterrupt, ExternalShutdownException):
        return 130
    finally:
        rclpy.try_shutdown()
    return 0
