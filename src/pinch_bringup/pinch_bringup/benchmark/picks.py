# SPDX-License-Identifier: Apache-2.0
"""Random picks in the simulated cell through the ROS graph, with grasps known to be good."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from pinch_bringup.benchmark.known_grasps import known_grasps
from pinch_bringup.demo.cell_client import CellClient
from pinch_bringup.graph import simulated_graph
from pinch_core.cli.benchmark import machine_facts
from pinch_core.cli.settings import parse
from pinch_core.config import setting, validate
from pinch_core.resources import load_gripper

GRASPS = 10


@dataclass(frozen=True)
class PickBenchmarkOptions:
    """How many picks, of what, how fast."""

    picks: int = setting(50, help="objects to pick, one after the other", lower=1, upper=100000)
    seed: int = setting(1000, help="seed of the first scene; the next scenes count up", lower=0)
    real_time_factor: float = setting(3.0, help="simulated seconds per second", lower=0.01, upper=1000.0)
    json: bool = setting(False, help="print one JSON document instead of a few lines")

    def __post_init__(self) -> None:
        validate(self)


def main(argv: Sequence[str]) -> int:
    """``pinch benchmark pick``; exit code 1 where a pick failed."""
    options = parse(PickBenchmarkOptions, argv, "pinch benchmark pick", (__doc__ or "").strip())
    console = Console(stderr=True, highlight=False)
    gripper = load_gripper("panda")
    lifted_s: list[float] = []
    memory_mb: list[float] = []
    failures: list[str] = []
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
            seconds, error = client.execute_first_reachable(grasps)
            memory_mb.append(graph.executor.memory_mb())
            if not error:
                lifted_s.append(seconds)
            else:
                failures.append(f"seed {seed} ({name}): {error}")
            console.print(f"seed {seed} {name}: {error or f'lifted in {seconds:.1f} s'}")
            client.recover()
    document = summary(options, lifted_s, memory_mb, failures)
    if options.json:
        print(json.dumps(document, indent=2))
    else:
        for key, value in document.items():
            console.print(f"{key}: {value}")
    return 1 if failures else 0


def summary(
    options: PickBenchmarkOptions, lifted_s: list[float], memory_mb: list[float], failures: list[str]
) -> dict[str, Any]:
    """What is printed. ``executor_memory_mb``: resident, after the first, a tenth and all of the picks."""
    tenth = max(0, len(memory_mb) // 10)
    return {
        "benchmark": "pick",
        "seed": options.seed,
        "picks": options.picks,
        "succeeded": len(lifted_s),
        "success_rate": round(len(lifted_s) / options.picks, 4),
        "goal_to_lifted_s_p50": round(float(np.median(lifted_s)), 2) if lifted_s else None,
        "goal_to_lifted_s_max": round(max(lifted_s), 2) if lifted_s else None,
        "executor_memory_mb": [round(memory_mb[i], 1) for i in (0, tenth, -1)],
        "failures": failures,
        "machine": machine_facts(),
    }
