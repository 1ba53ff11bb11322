# SPDX-License-Identifier: Apache-2.0
"""A server that looks gone for a moment is waited for; one that is gone ends the call."""

from __future__ import annotations

import itertools
import threading
import time

import pytest
from action_msgs.msg import GoalStatus
from pinch_interfaces.action import Place
from rclpy.action import ActionServer
from rclpy.node import Node

from pinch_executor.action_call import ActionCaller
from pinch_executor.errors import NotStopped, ServerUnavailable
from pinch_executor.waiter import Waiter
from pinch_ros.testing import isolated_ros_domain, running, wait_until


@pytest.fixture
def release():
    """Lets the server end its goal."""
    return threading.Event()


@pytest.fixture
def caller(release):
    def serve(goal_handle):
        release.wait(20.0)
        goal_handle.succeed()
        return Place.Result(holding=True)

    def make(context):
        node = Node("place_for_tests", context=context)
        ActionServer(node, Place, "place", serve)
        return node

    with isolated_ros_domain(), running(make, lambda context: Node("asker", context=context)) as (_, asker):
        waiter = Waiter(time.monotonic, clock_silence=5.0)
        caller = ActionCaller(asker, Place, "place", waiter, server_timeout=10.0, stop_timeout=0.2)
        yield caller
        release.set()


def readiness(monkeypatch, caller, looks):
    """Discovery reports what ``looks`` (an iterator) says; its end is told to the returned event."""
    client = caller._client
    assert client.wait_for_server(20.0)
    ended = threading.Event()

    def server_is_ready():
        try:
            return next(looks)
        except StopIteration:
            ended.set()
            return True

    monkeypatch.setattr(client, "server_is_ready", server_is_ready)
    return ended


def test_a_server_that_looks_gone_for_a_few_looks_is_waited_for(monkeypatch, caller, release):
    ended = readiness(monkeypatch, caller, iter([True, True, False, False, False, True, False]))
    threading.Thread(target=lambda: (ended.wait(10.0), release.set())).start()
    status, result = caller.call(Place.Goal(), 10.0, lambda: None)
    assert status == GoalStatus.STATUS_SUCCEEDED and result.holding
    assert ended.is_set()


def test_a_server_that_stays_away_ends_the_call_and_is_not_taken_to_have_stopped(monkeypatch, caller):
    readiness(monkeypatch, caller, itertools.chain([True], itertools.repeat(False)))
    with pytest.raises(NotStopped, match="the server of /place has gone"):
        caller.call(Place.Goal(), 10.0, lambda: None)


def test_a_missing_server_is_named_with_those_of_the_same_action(caller):
    asker = caller._node
    waiter = Waiter(time.monotonic, clock_silence=5.0)
    other = ActionCaller(asker, Place, "left/place", waiter, server_timeout=0.1, stop_timeout=0.2)

    def says() -> str:
        with pytest.raises(ServerUnavailable) as refused:
            other.call(Place.Goal(), 1.0, lambda: None)
        return str(refused.value)

    wait_until(lambda: "is served as /place)" in says(), "discovery of the server")
    assert says().startswith(
        "/left/place has no server after 0.1 s (pinch_interfaces/action/Place is served as"
    )
    other.close()
