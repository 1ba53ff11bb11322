# SPDX-License-Identifier: Apache-2.0
"""Two complete stacks in one ROS domain: each picks in its own cell, and neither hears or calls the other."""

from __future__ import annotations

import threading
from pathlib import Path

from pinch_interfaces.action import PickAndPlace
from rclpy.node import Node

from pinch_system.client.cell_client import CellClient
from pinch_system.client.pick_record import PickRecord
from pinch_system.graph import simulated_graph

STACKS = ("/left", "/right")
NODES = {"sim_cell", "depth_camera", "grasp_planner", "grasp_executor"}
# What has one place in a ROS graph, whoever uses it.
SHARED = {"/rosout", "/parameter_events", "/diagnostics"}


def names_used(asking: Node, stack: str) -> set[str]:
    """Topics, services and those of actions that the nodes of a stack publish, hear, serve or call."""
    found: set[str] = set()
    for name, namespace in asking.get_node_names_and_namespaces():
        if namespace != stack or name == asking.get_name():
            continue
        for used in (
            asking.get_publisher_names_and_types_by_node(name, namespace),
            asking.get_subscriber_names_and_types_by_node(name, namespace),
            asking.get_service_names_and_types_by_node(name, namespace),
            asking.get_client_names_and_types_by_node(name, namespace),
        ):
            found |= {topic for topic, _ in used}
    return found


def test_two_stacks_pick_at_the_same_time_and_know_nothing_of_each_other(tmp_path: Path) -> None:
    folders = {stack: tmp_path / stack.strip("/") for stack in STACKS}
    with (
        simulated_graph(folders["/left"], namespace="/left") as left_graph,
        simulated_graph(folders["/right"], namespace="/right") as right_graph,
        CellClient("/left") as left,
        CellClient("/right") as right,
    ):
        clients = {"/left": left, "/right": right}
        left.wait_until_ready(lambda: left_graph.dead)
        right.wait_until_ready(lambda: right_graph.dead)
        records = {
            stack: PickRecord(seed=1, object_name=client.reset(1, "")) for stack, client in clients.items()
        }

        def pick(stack: str) -> None:
            goal = PickAndPlace.Goal(max_attempts=3, place_area="right")
            clients[stack].pick_and_place(records[stack], goal, folders[stack], lambda *_: None)

        threads = [threading.Thread(target=pick, args=(stack,)) for stack in STACKS]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        found = left.node.get_node_names_and_namespaces()
        used = {stack: names_used(left.node, stack) for stack in STACKS}

    for stack in STACKS:
        assert records[stack].success and records[stack].lifted, records[stack]
        assert {name for name, namespace in found if namespace == stack} >= NODES
        strange = {name for name in used[stack] - SHARED if not name.startswith(f"{stack}/")}
        assert not strange, f"{stack} uses names outside of its namespace"
        assert f"{stack}/joint_states" in used[stack] and f"{stack}/clock" in used[stack]
        actions = ("grasp_planner/plan_grasps", "panda_arm_controller/follow_joint_trajectory")
        assert all(f"{stack}/{action}/_action/send_goal" in used[stack] for action in actions)
