# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
import rclpy
from rclpy.node import Node
from std_msgs.msg import String

from pinch_ros.node_and_client import node_and_client
from pinch_ros.testing import isolated_ros_domain, wait_until


class Client(Node):
    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        super().__init__("client", namespace="/lab")
        self.process = process
        self.publisher = self.create_publisher(String, "speaker/in", 10)
        self.heard: list[str] = []
        self.create_subscription(String, "speaker/in", lambda message: self.heard.append(message.data), 10)


Start = Callable[..., AbstractContextManager[Client]]


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent), prepend=":")
    with isolated_ros_domain():
        yield lambda *parameters, client=Client: node_and_client(
            "node_for_lifecycle_test", "/lab", parameters, client
        )


def test_the_node_has_its_parameters_and_the_client_is_spun(
    start: Start, capfd: pytest.CaptureFixture[str]
) -> None:
    with start("size:=1.5", "autostart:=false") as client:
        wait_until(lambda: client.count_services("/lab/speaker/change_state"), "discovery of the node")
        wait_until(lambda: client.publisher.get_subscription_count(), "discovery of the own subscription")
        client.publisher.publish(String(data="hello"))
        wait_until(lambda: client.heard == ["hello"], "the client hears")
    assert client.process.returncode == 0
    assert not rclpy.ok()
    assert "active" not in capfd.readouterr().out


@pytest.mark.parametrize("fails", ["client", "body"])
def test_nothing_is_left_behind_where_it_fails(start: Start, fails: str) -> None:
    started: list[subprocess.Popen[bytes]] = []

    def make(process: subprocess.Popen[bytes]) -> Client:
        started.append(process)
        if fails == "client":
            raise ValueError("no client")
        return Client(process)

    with pytest.raises(ValueError, match=f"no {fails}"), start(client=make):
        raise ValueError("no body")
    assert started[0].returncode is not None
    assert not rclpy.ok()


def test_a_node_that_ends_early_is_seen_by_the_client(start: Start) -> None:
    with start("size:=7.5") as client:
        wait_until(lambda: client.process.poll() is not None, "the end of a node with a bad parameter")
    assert client.process.returncode == 2
