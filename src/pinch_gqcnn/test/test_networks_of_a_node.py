# SPDX-License-Identifier: Apache-2.0
"""Which networks a node has for its gripper, and what a goal is told where it has none."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from pinch_core.planner_config import PlannerConfig
from pinch_core.planning.loaded_network import LoadedNetwork
from pinch_core.resources import load_gripper
from pinch_gqcnn.errors import ModelError
from pinch_gqcnn.network_store import AUTOMATIC, NetworkStore
from pinch_gqcnn.node_config import PlannerNodeConfig
from pinch_gqcnn.planner import Planner, PlanRequest

CUP: Any = SimpleNamespace(name="cup_30mm", type="cup", span=0.03)


def planner_for_a_cup(networks: dict[str, LoadedNetwork]) -> Planner:
    grasp_type: Any = SimpleNamespace(gripper=CUP, baseline=lambda: None)
    return Planner(PlannerNodeConfig(), PlannerConfig(), grasp_type, networks)


def test_a_gripper_of_a_type_without_a_network_is_served_by_policies_that_need_none() -> None:
    assert NetworkStore().load([AUTOMATIC], CUP) == {}
    planner_for_a_cup({}).check(PlanRequest(3, policy="igq"))
    with pytest.raises(ModelError, match="needs a network for grippers of type 'cup'"):
        planner_for_a_cup({}).check(PlanRequest(3, policy="cem"))


def test_a_network_of_another_gripper_type_is_refused_before_a_frame_is_awaited() -> None:
    networks = NetworkStore().load([AUTOMATIC], load_gripper("panda"))
    with pytest.raises(ModelError, match=r"was trained for grippers of type 'parallel_jaw', and cup_30mm"):
        planner_for_a_cup(dict(networks)).check(PlanRequest(3, policy="cem"))
