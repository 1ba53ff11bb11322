# SPDX-License-Identifier: Apache-2.0
"""The bin in the simulated cell: filled and cleared by the calls of the pages, through the whole graph."""

from __future__ import annotations

from pathlib import Path

import yaml
from pinch_interfaces.msg import ErrorCode
from test_documented_commands import commands, fill, interface_of
from test_pick_in_the_cell import NEEDS_A_BIN

from pinch_ros.action_client import ActionClient
from pinch_ros.testing import wait_for
from pinch_system.client.cell_client import CellClient
from pinch_system.graph import CELL_WITH_BIN, simulated_graph

SPEED_UP = 2.0
PICKS = 2
CLEAR_S = 120.0

CALLS = [
    command.words[-3:]
    for command in commands()
    if command.words[:2] in (["ros2", "action"], ["ros2", "service"])
    and NEEDS_A_BIN.search(command.words[-1])
]


def test_the_pages_fill_a_bin_and_have_it_cleared(tmp_path: Path) -> None:
    (fills,) = {tuple(call) for call in CALLS if call[0] == "/sim_cell/reset" and "seed: 2" in call[2]}
    (clears,) = {tuple(call) for call in CALLS if call[0] == "/grasp_executor/clear_bin"}
    with (
        simulated_graph(tmp_path, real_time_factor=SPEED_UP, cell=CELL_WITH_BIN) as graph,
        CellClient() as client,
    ):
        client.wait_until_ready(lambda: graph.dead)
        server, kind, values = fills
        reset = interface_of(kind)
        request = reset.Request()
        fill(request, yaml.safe_load(values))
        filled = wait_for(
            client.node.create_client(reset, server).call_async(request), "the bin to be filled"
        )
        assert filled.success, filled.message
        server, kind, values = clears
        clear = interface_of(kind)
        goal = clear.Goal(max_picks=PICKS)
        fill(goal, yaml.safe_load(values))
        handle = wait_for(
            ActionClient(client.node, clear, server).send_goal_async(goal), "an answer to a goal"
        )
        result = wait_for(handle.get_result_async(), "the end of clearing", CLEAR_S).result
        assert (result.error_code, result.error_msg) == (ErrorCode.SUCCESS, "")
        assert result.picked == PICKS and not result.holding and not result.empty
        assert result.picks_per_hour > 0.0
