# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState
from rclpy.context import Context
from rclpy.lifecycle import TransitionCallbackReturn
from rclpy.node import Node
from rclpy.parameter import Parameter
from std_msgs.msg import String

from pinch_core.errors import ConfigError
from pinch_ros.lifecycle import PinchNode
from pinch_ros.qos import RESULT, SENSOR_DATA, create_publisher
from pinch_ros.testing import isolated_ros_domain, running, wait_until

SCRIPT = Path(__file__).with_name("node_for_lifecycle_test.py")


# One a test: what a node leaves behind in DDS must not be taken for a part of the next one.
@pytest.fixture(autouse=True)
def domain() -> Iterator[None]:
    with isolated_ros_domain():
        yield


def start(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(SCRIPT), *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def read_until(process: subprocess.Popen[str], line: str) -> None:
    assert process.stdout is not None
    while (read := process.stdout.readline()) != f"{line}\n":
        assert read, f"the process ended before it said '{line}'"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_node_in_order(number: signal.Signals) -> None:
    process = start()
    read_until(process, "active")
    process.send_signal(number)
    out, _ = process.communicate(timeout=20)
    assert out.split("\n") == ["inactive", "cleaned up", ""]
    assert process.returncode == 0


def test_a_bad_parameter_ends_the_process_with_2_and_one_sentence() -> None:
    process = start("--ros-args", "-p", "size:=7.5")
    _, err = process.communicate(timeout=20)
    assert process.returncode == 2
    assert "size" in err.splitlines()[-1]
    assert "7.5" in err.splitlines()[-1]
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("transition", "said"), [("configure", [""]), ("activate", ["configured", "cleaned up", ""])]
)
def test_a_node_that_cannot_start_by_itself_ends_with_1_and_the_reason(
    transition: str, said: list[str]
) -> None:
    process = start("--ros-args", "-p", f"refuses:={transition}")
    out, err = process.communicate(timeout=20)
    assert process.returncode == 1
    assert f"cannot {transition}: {transition} was told to fail." in err
    assert out.split("\n") == said


def test_a_node_that_a_manager_starts_outlives_a_refusal() -> None:
    process = start("--ros-args", "-p", "refuses:=configure", "-p", "autostart:=false")
    with running(lambda context: Node("manager", context=context)) as (manager,):
        client = manager.create_client(ChangeState, "/speaker/change_state")
        wait_until(client.service_is_ready, "discovery of the lifecycle service")
        request = ChangeState.Request(transition=Transition(id=Transition.TRANSITION_CONFIGURE))
        for _ in range(2):
            answer = client.call_async(request)
            wait_until(answer.done, "the refusal")
            assert not answer.result().success
    assert process.poll() is None
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=20)
    assert process.returncode == 0


def test_an_error_in_a_callback_is_logged_and_the_node_lives() -> None:
    process = start()
    read_until(process, "active")
    with running(lambda context: Node("client", context=context)) as (client,):
        publisher = client.create_publisher(String, "/speaker/in", 10)
        wait_until(lambda: publisher.get_subscription_count(), "discovery of the subscription")
        publisher.publish(String(data="bad"))
        read_until(process, "heard bad")
        publisher.publish(String(data="good"))
        read_until(process, "heard good")
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=20)
    assert process.returncode == 0
    assert "a callback that did not catch its error" in err


class Refusing(PinchNode):
    def __init__(self, error: Exception, **kwargs: Any) -> None:
        super().__init__("refusing", parameter_overrides=[Parameter("autostart", value=False)], **kwargs)
        self.error: Exception | None = error

    def configure(self) -> None:
        if self.error is not None:
            raise self.error


@pytest.fixture
def context() -> Iterator[Context]:
    context = Context()
    context.init()
    yield context
    context.try_shutdown()


@pytest.mark.parametrize("error", [ConfigError("no such thing."), ZeroDivisionError()])
def test_an_error_refuses_the_transition_and_a_later_one_succeeds(context: Context, error: Exception) -> None:
    node = Refusing(error, context=context)
    assert node.trigger_configure() is TransitionCallbackReturn.FAILURE
    node.error = None
    assert node.trigger_configure() is TransitionCallbackReturn.SUCCESS
    assert not node.is_active
    assert node.trigger_activate() is TransitionCallbackReturn.SUCCESS
    assert node.is_active


def test_quality_of_service_is_overridden_by_parameter_without_touching_the_profile(context: Context) -> None:
    name = "qos_overrides./topic.publisher.depth"
    node = Node("node", context=context, parameter_overrides=[Parameter(name, value=3)])
    publisher = create_publisher(node, String, "/topic", RESULT)
    assert publisher.qos_profile.depth == 3
    assert (RESULT.depth, SENSOR_DATA.depth) == (10, 5)
