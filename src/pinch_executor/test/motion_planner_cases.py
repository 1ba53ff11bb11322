# SPDX-License-Identifier: Apache-2.0
"""Every motion planner by name, MoveIt's on the stand-in for moveit_py."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pinch_core.resources import load_robot
from pinch_executor.executor_config import ExecutorConfig
from pinch_executor.motion_planners import OwnedMotionPlanner, make_motion_planner

FAKE_MOVEIT = str(Path(__file__).parent / "fake_moveit")


@contextmanager
def motion_planner(name: str, robot: str = "panda") -> Iterator[OwnedMotionPlanner]:
    """The planner as the node makes it; MoveIt's process finds the stand-in."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join([FAKE_MOVEIT, os.environ.get("PYTHONPATH", "")]))
        planner = make_motion_planner(load_robot(robot), ExecutorConfig(motion_planner=name))
        try:
            yield planner
        finally:
            planner.close()
