# SPDX-License-Identifier: Apache-2.0
"""The same trials by a whole cell with an arm. The cell is ROS, which this package knows nothing of: whoever
has one registers a runner for its jobs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import entry_points
from typing import TypeAlias

from pinch_benchmark.errors import BenchmarkError
from pinch_benchmark.methods.registry import OF_NETWORK
from pinch_benchmark.run.run_trials import Job, JobResult
from pinch_core.planning.policies import POLICIES

ArmRunner: TypeAlias = Callable[[Sequence[Job]], Iterator[JobResult]]

RUNNERS = "pinch.grasp_trial_runners"
# How tables and records call a method whose grasps an arm executed.
PREFIX = "arm:"
# Of methods with the node's own filters; those of the paper's baselines have others.
CHECKED = "_checked"


def arm_name(method: str) -> str:
    """How a method is called whose grasps an arm executed."""
    return f"{PREFIX}{method}"


def planner_goal(name: str) -> tuple[str, str] | None:
    """Policy and network ("" for the node's own) that the planner node is asked for to plan as a method does,
    with or without :data:`PREFIX`; None where it has no such policy.
    """
    policy, _, model = name.removeprefix(PREFIX).partition(OF_NETWORK)
    if policy.endswith(CHECKED):
        return policy.removesuffix(CHECKED), model
    return (policy, model) if policy in POLICIES and POLICIES[policy].needs_network else None


def with_arm(methods: Sequence[str]) -> tuple[str, ...]:
    """Names of those methods that an arm's planner can follow.

    Raises:
        BenchmarkError: there is none.
    """
    found = tuple(arm_name(method) for method in methods if planner_goal(method) is not None)
    if not found:
        raise BenchmarkError(
            f"--arm has none of the methods {', '.join(methods)}: the planner node has rank, cem and "
            "dense, and random_checked and igq_checked; name one in --methods."
        )
    return found


def arm_runner() -> ArmRunner:
    """What executes jobs with an arm.

    Raises:
        BenchmarkError: nobody has registered one.
    """
    for entry in entry_points(group=RUNNERS):
        runner: ArmRunner = entry.load()
        return runner
    raise BenchmarkError("--arm needs the simulated cell of pinch_system; run make setup.")
