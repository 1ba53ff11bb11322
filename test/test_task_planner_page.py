# SPDX-License-Identifier: Apache-2.0
"""The program of docs/task_planner.md, run as it stands there against a served action."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import Any

from pinch_interfaces.action import PickAndPlace
from pinch_interfaces.msg import ErrorCode
from rclpy.action import ActionServer
from rclpy.node import Node
from source_tree import ROOT

from pinch_ros.testing import isolated_ros_domain, running

TIMEOUT_S = 120.0


class Executor(Node):
    """Serves picks: the first succeeds, at the second the table is empty."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__("grasp_executor", **kwargs)
        self.areas: list[str] = []
        self._server = ActionServer(self, PickAndPlace, "~/pick_and_place", self._serve)

    def _serve(self, handle: Any) -> PickAndPlace.Result:
        self.areas.append(handle.request.place_area)
        assert handle.request.max_attempts == 3
        if len(self.areas) == 2:
            handle.abort()
            return PickAndPlace.Result(error_code=ErrorCode.NO_OBJECT, error_msg="nothing there.")
        handle.succeed()
        return PickAndPlace.Result(error_code=ErrorCode.SUCCESS, picked=True, placed=True)

    def destroy_node(self) -> None:
        self._server.destroy()
        super().destroy_node()


def test_the_program_of_the_page_asks_for_picks_until_the_table_is_empty() -> None:
    page = (ROOT / "docs/task_planner.md").read_text(encoding="utf-8")
    program = re.findall(r"```python\n(.*?)```", page, re.DOTALL)[0]
    lines = [line for line in program.splitlines() if line.strip()]
    assert len(lines) <= 20
    with isolated_ros_domain(), running(Executor) as (executor,):
        done = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, timeout=TIMEOUT_S, check=False
        )
        assert done.returncode == 0, done.stderr
        assert executor.areas == ["right", "left"]
        assert done.stdout.split() == ["right", "True", str(ErrorCode.SUCCESS)]
