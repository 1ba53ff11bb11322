# SPDX-License-Identifier: Apache-2.0
"""Random picks in the simulated cell through the ROS graph, with grasps known to be good."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from pinch_core.cli.settings import parse
from pinch_core.config import configclass, setting
from pinch_core.machine_facts import machine_facts
from pinch_core.parallel_jaw.gripper import as_parallel_jaw
from pinch_core.resources import load_gripper
from pinch_system.benchmark.known_grasps import known_grasps
from pinch_system.client.cell_client import CellClient
from pinch_system.client.known_pick import KnownPick
from pinch_system.graph import simulated_graph
from pinch_system.node_process import ProcessUse

GRASPS = 10


@configclass
class PickBenchmarkOptions:
    """How many picks, of what, how fast."""

    picks: int = setting(default=50, help="objects to pick, one after the other", lower=1, upper=100000)
    seed: int = setting(default=1000, help="seed of the first scene; the next scenes count up", lower=0)
    real_time_factor: float = setting(
        default=3.0, help="simulated seconds per second", lower=0.01, upper=1000.0
    )
    json: bool = setting(default=False, help="print one JSON document instead of a few lines")


def main(argv: Sequence[str]) -> int:
    """``pinch benchmark pick``; exit code 1 where a pick failed."""
    options = parse(PickBenchmarkOptions, argv, "pinch benchmark pick", (__doc__ or "").strip())
    console = Console(stderr=True, highlight=False)
    gripper = as_parallel_jaw(load_gripper("panda"), "pinch benchmark pick")
    record = PickSeries(options)
    with (
        tempfile.TemporaryDirectory(prefix="pinch_picks_") as logs,
        simulated_graph(Path(logs), real_time_factor=options.real_time_factor) as graph,
        CellClient() as client,
    ):
        client.wait_until_ready(lambda: graph.dead)
        for seed in range(options.seed, options.seed + options.picks):
            name = client.reset(seed, "")
            rng = np.random.default_rng(seed)
            grasps = known_grasps(name, client.object_pose(), gripper, GRASPS, rng)
            pick = client.execute_first_reachable(grasps, gripper.max_opening)
            recovery = client.recover()
            record.add(f"seed {seed} ({name})", pick, recovery, graph.use())
            console.print(f"seed {seed} {name}: {pick.error or f'lifted in {pick.lifted_s:.1f} s'}")
    document = record.summary()
    if options.json:
        print(json.dumps(document, indent=2))
    else:
        for key, value in document.items():
            console.print(f"{key}: {value}")
    return 1 if record.failures else 0


class PickSeries:
    """Everything that is kept of the picks."""

    def __init__(self, options: PickBenchmarkOptions) -> None:
        self._options = options
        self._lifted_s: list[float] = []
        self._planned_ms: list[float] = []
        self._accepted_ms: list[float] = []
        self._stuck: list[str] = []
        self._use: list[Mapping[str, ProcessUse]] = []
        self.failures: list[str] = []

    def add(self, what: str, pick: KnownPick, recovery: str, use: Mapping[str, ProcessUse]) -> None:
        """``recovery``: why the robot could not be brought home afterwards, empty when it could."""
        if pick.error:
            self.failures.append(f"{what}: {pick.error}")
        else:
            self._lifted_s.append(pick.lifted_s)
        if pick.planned_ms is not None:
            self._planned_ms.append(pick.planned_ms)
        if recovery:
            self._stuck.append(f"{what}: {recovery}")
        self._accepted_ms.append(pick.accepted_ms)
        self._use.append(use)

    def summary(self) -> dict[str, Any]:
        """What is printed. Of ``use`` and ``goal_accepted_ms_p50`` (which a growing queue would raise): after
        the first tenth, and at the end.
        """
        tenth = max(1, len(self._use) // 10)
        early, late = self._use[tenth - 1], self._use[-1]
        return {
            "benchmark": "pick",
            "seed": self._options.seed,
            "picks": self._options.picks,
            "real_time_factor": self._options.real_time_factor,
            "succeeded": len(self._lifted_s),
            "success_rate": round(len(self._lifted_s) / self._options.picks, 4),
            "goal_to_lifted_s": _spread(self._lifted_s),
            "motion_planning_ms": _spread(self._planned_ms),
            "goal_accepted_ms_p50": [
                round(float(np.median(part)), 1)
                for part in (self._accepted_ms[:tenth], self._accepted_ms[-tenth:])
            ],
            "not_recovered": self._stuck,
            "use": {
                node: {
                    "memory_mb": [round(early[node].memory_mb, 1), round(late[node].memory_mb, 1)],
                    "threads": [early[node].threads, late[node].threads],
                    "handles": [early[node].handles, late[node].handles],
                }
                for node in late
            },
            "failures": self.failures,
            "machine": machine_facts(),
        }


def _spread(values: Sequence[float]) -> dict[str, float] | None:
    """p50, p95 and max; None of nothing."""
    if not values:
        return None
    p50, p95 = np.percentile(values, [50, 95])
    return {"p50": round(float(p50), 2), "p95": round(float(p95), 2), "max": round(max(values), 2)}
