# SPDX-License-Identifier: Apache-2.0
"""The MoveIt process may die, hang or never start: the executor says so in a sentence and goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap

import numpy as np
import pytest
from executor_cases import TRAVEL, scenes_of, tilted_grasp
from motion_planner_cases import FAKE_MOVEIT, motion_planner

from pinch_core.errors import UnknownNameError
from pinch_core.resources import load_robot
from pinch_executor.errors import ServerUnavailable, TimedOut
from pinch_executor.executor_config import ExecutorConfig
from pinch_executor.motion_planners import make_motion_planner
from pinch_executor.moveit.moveit_config import MoveItPlannerConfig
from pinch_executor.moveit.remote_planner import RemoteMotionPlanner
from pinch_ros.testing import wait_until

ROBOT = load_robot("panda")
HOME = np.array(ROBOT.home)
SCENE = scenes_of(tilted_grasp((0.5, 0.1, 0.06), 0.0, 0.0, 0.0), 0.03)[1]


def plan(planner):
    return planner.plan_joints(HOME, HOME + 0.1, SCENE, TRAVEL)


def is_running(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
            return stat.read().rpartition(")")[2].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


def test_a_killed_process_fails_one_plan_and_the_next_one_is_served_by_another():
    with motion_planner("moveit") as planner:
        plan(planner)
        killed = planner.pid
        os.kill(killed, signal.SIGKILL)
        with pytest.raises(ServerUnavailable, match=r"SIGKILL .*; send the goal again\."):
            plan(planner)
        np.testing.assert_allclose(plan(planner).end, HOME + 0.1, atol=1e-6)
        assert planner.pid != killed


def test_a_process_that_hangs_is_ended_and_replaced(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([FAKE_MOVEIT, os.environ["PYTHONPATH"]]))
    planner = RemoteMotionPlanner(ROBOT, MoveItPlannerConfig(answer_timeout=1.0))
    try:
        plan(planner)
        hanging = planner.pid
        os.kill(hanging, signal.SIGSTOP)
        with pytest.raises(TimedOut, match="no answer for 1 s"):
            plan(planner)
        assert not is_running(hanging)
        plan(planner)
    finally:
        planner.close()


def test_without_moveit_the_sentence_says_what_to_install(monkeypatch, tmp_path):
    (tmp_path / "moveit.py").write_text("raise ImportError('no MoveIt here')", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), os.environ["PYTHONPATH"]]))
    planner = RemoteMotionPlanner(ROBOT, MoveItPlannerConfig())
    try:
        for _ in range(2):
            with pytest.raises(ServerUnavailable, match=r"did not start.*install moveit_py"):
                plan(planner)
    finally:
        planner.close()


def test_closing_ends_the_process():
    with motion_planner("moveit") as planner:
        plan(planner)
        served = planner.pid
    assert not is_running(served)


def test_the_process_leaves_when_the_executor_is_killed():
    script = textwrap.dedent(
        """
        import sys
        from pinch_core.resources import load_robot
        from pinch_executor.moveit.moveit_config import MoveItPlannerConfig
        from pinch_executor.moveit.remote_planner import RemoteMotionPlanner
        print(RemoteMotionPlanner(load_robot("panda"), MoveItPlannerConfig()).pid, flush=True)
        sys.stdin.read()
        """
    )
    path = os.pathsep.join([FAKE_MOVEIT, os.environ["PYTHONPATH"]])
    with subprocess.Popen(
        [sys.executable, "-c", script],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": path},
    ) as executor:
        served = int(executor.stdout.readline())
        executor.kill()
    wait_until(lambda: not is_running(served), "the end of the MoveIt process")


def test_an_unknown_planner_is_refused_with_the_known_ones():
    with pytest.raises(UnknownNameError, match=r"'moveit2' is not one of embedded, moveit"):
        make_motion_planner(ROBOT, ExecutorConfig(motion_planner="moveit2"))
