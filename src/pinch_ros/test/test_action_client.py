# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from pinch_interfaces.action import Place
from rclpy.action import ActionServer
from rclpy.node import Node

from pinch_ros.action_client import ActionClient
from pinch_ros.testing import isolated_ros_domain, running, wait_for


@pytest.fixture
def client() -> Iterator[ActionClient]:
    def serve(goal_handle):
        goal_handle.succeed()
        return Place.Result(holding=True)

    def make(context):
        node = Node("place_for_tests", context=context)
        ActionServer(node, Place, "place", serve)
        return node

    with isolated_ros_domain(), running(make, lambda context: Node("asker", context=context)) as (_, asker):
        client = ActionClient(asker, Place, "place")
        assert client.wait_for_server(timeout_sec=20.0)
        yield client


def test_an_answer_that_comes_before_the_request_is_noted_is_not_lost(
    client: ActionClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The race, forced: the sender is held up until the executor has the answer in its hands."""
    taken = threading.Event()
    take_data, handle = client.take_data, client._client_handle

    def take_and_tell():
        data = take_data()
        taken.set()
        return data

    class SlowSender:
        def __getattr__(self, name):
            return getattr(handle, name)

        def send_goal_request(self, request):
            number = handle.send_goal_request(request)
            assert taken.wait(20.0)
            return number

    monkeypatch.setattr(client, "take_data", take_and_tell)
    monkeypatch.setattr(client, "_client_handle", SlowSender())
    accepted = wait_for(client.send_goal_async(Place.Goal()), "the answer to a goal")
    assert accepted.accepted


def test_every_goal_of_many_gets_its_answer_and_result(client: ActionClient) -> None:
    for number in range(50):
        accepted = wait_for(client.send_goal_async(Place.Goal()), f"the answer to goal {number}")
        assert wait_for(accepted.get_result_async(), f"the result of goal {number}").result.holding
