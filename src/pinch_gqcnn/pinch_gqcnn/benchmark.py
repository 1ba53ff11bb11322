# SPDX-License-Identifier: Apache-2.0
"""What the planner node adds to planning: frame published by one process, grasps received from another; and
how fast it lets go when a goal is cancelled.
"""

from __future__ import annotations

import json
import statistics
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from rclpy.task import Future

from pinch_core.benchmark_scene import CAMERA, benchmark_scene
from pinch_core.cli.settings import parse
from pinch_core.config import configclass, setting
from pinch_core.errors import PinchError
from pinch_core.machine_facts import machine_facts
from pinch_gqcnn.benchmark_graph import TIMEOUT_S, BenchmarkClient, planner_and_client


@configclass
class BenchmarkOptions:
    """How long to measure."""

    frames: int = setting(default=50, help="frames that are timed", lower=2, upper=100000)
    cancels: int = setting(
        default=30, help="goals that are cancelled while they are planned", lower=2, upper=100000
    )
    policy: str = setting(default="cem", help="grasp policy")
    seed: int = setting(default=0, help="seed of the scene", lower=0)
    json: bool = setting(default=False, help="print one JSON document instead of a table")


@dataclass(frozen=True)
class Sample:
    """Milliseconds from publishing the frame to receiving its grasps, and those of planning alone."""

    total_ms: float
    core_ms: float


def main(argv: Sequence[str]) -> int:
    """``pinch benchmark plan_node``."""
    options = parse(BenchmarkOptions, argv, "pinch benchmark plan_node", (__doc__ or "").strip())
    frame = benchmark_scene(options.seed)
    with planner_and_client(frame, "continuous:=true", f"policy:={options.policy}") as client:
        client.wait_until_served()
        samples = _time_frames(client, options.frames)
        cancels_ms = _time_cancels(client, options.cancels, np.random.default_rng(options.seed))
    document: dict[str, Any] = {
        "benchmark": "plan_node",
        "seed": options.seed,
        "policy": options.policy,
        "image": [CAMERA.width, CAMERA.height],
        "total_ms": _quantiles([sample.total_ms for sample in samples]),
        "core_ms": _quantiles([sample.core_ms for sample in samples]),
        "overhead_ms": _quantiles([sample.total_ms - sample.core_ms for sample in samples]),
        "cancel_ms": _quantiles(cancels_ms),
        "machine": machine_facts(),
    }
    if options.json:
        print(json.dumps(document, indent=2))
    else:
        for name in ("total_ms", "core_ms", "overhead_ms", "cancel_ms"):
            print(f"{name:12} p50 {document[name]['p50']:7.1f}   p95 {document[name]['p95']:7.1f}")
    return 0


def _time_frames(client: BenchmarkClient, count: int) -> list[Sample]:
    samples = []
    for _ in range(count):
        stamp_ns = time.time_ns()
        published = client.publish(stamp_ns)
        plan = client.wait_for_plan(stamp_ns, 3.0)
        if plan is not None:
            core_ms = 1e3 * sum(plan.message.report.stage_seconds)
            samples.append(Sample(1e3 * (plan.received_s - published), core_ms))
    if len(samples) < count:
        print(f"{count - len(samples)} of {count} frames got no answer", file=sys.stderr)
    return samples


def _time_cancels(client: BenchmarkClient, count: int, rng: np.random.Generator) -> list[float]:
    """Milliseconds from asking to cancel a goal that is being planned to its result."""
    took: list[float] = []
    while len(took) < count:
        handle = _wait(client.action.send_goal_async(client.goal()))
        result = handle.get_result_async()
        time.sleep(rng.uniform(0.0, 0.04))  # anywhere in the plan
        asked = time.perf_counter()
        if result.done():
            continue
        handle.cancel_goal_async()
        _wait(result)
        took.append(1e3 * (time.perf_counter() - asked))
    return took


def _wait(future: Future) -> Any:
    done = threading.Event()
    future.add_done_callback(lambda _: done.set())
    if not done.wait(TIMEOUT_S):
        raise PinchError(f"the planner node did not answer a goal within {TIMEOUT_S:g} s; see its output.")
    return future.result()


def _quantiles(values: list[float]) -> dict[str, Any]:
    cuts = statistics.quantiles(values, n=20, method="inclusive")
    return {"p50": round(cuts[9], 2), "p95": round(cuts[18], 2), "count": len(values)}
