# SPDX-License-Identifier: Apache-2.0
"""Planning on frames for minutes on end, then thousands of goals: does memory grow, is the newest taken?"""

from __future__ import annotations

import itertools
import json
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from rclpy.task import Future

from pinch_core.benchmark_scene import benchmark_scene
from pinch_core.cli.settings import parse
from pinch_core.config import configclass, setting
from pinch_core.errors import PinchError
from pinch_core.machine_facts import machine_facts
from pinch_gqcnn.benchmark_graph import TIMEOUT_S, BenchmarkClient, Plan, planner_and_client

_WARM_UP_S = 20.0


@configclass
class SoakOptions:
    """How long and how fast."""

    minutes: float = setting(
        default=10.0, unit="min", help="of frames at this rate", lower=0.0, upper=10_000.0
    )
    rate: float = setting(default=30.0, unit="Hz", help="of the frames", lower=0.1, upper=1000.0)
    goals: int = setting(default=10_000, help="goals in a row afterwards", lower=0, upper=10_000_000)
    goal_policy: str = setting(default="igq", help="policy of those goals")
    policy: str = setting(default="cem", help="policy of the frames")
    json: bool = setting(default=False, help="print one JSON document instead of lines")


def main(argv: Sequence[str]) -> int:
    """``pinch benchmark plan_soak``."""
    options = parse(SoakOptions, argv, "pinch benchmark plan_soak", (__doc__ or "").strip())
    frame = benchmark_scene(0)
    with planner_and_client(frame, "continuous:=true", f"policy:={options.policy}") as client:
        client.wait_until_served()
        _stream(client, _WARM_UP_S, options.rate)
        before_mb = _resident_mb(client)
        published = _stream(client, 60.0 * options.minutes, options.rate)
        after_mb = _resident_mb(client)
        plans = [plan for plan in client.plans if plan.stamp_ns in published]
        late_s = np.array(_lateness(published, plans))
        failed = _ask(client, options)
        document = {
            "benchmark": "plan_soak",
            "frames": len(published),
            "plans": len(plans),
            "newest_frame_missed": int(np.sum(late_s > 1.0 / options.rate)),
            "newer_frame_out_ms": {"p99": _ms(np.quantile(late_s, 0.99)), "max": _ms(late_s.max())},
            "resident_mb": {
                "before": before_mb,
                "after_frames": after_mb,
                "after_goals": _resident_mb(client),
            },
            "goals": options.goals,
            "goals_failed": failed,
            "machine": machine_facts(),
        }
    if options.json:
        print(json.dumps(document, indent=2))
    else:
        for name, value in document.items():
            print(f"{name:20} {value}")
    return 0


def _ms(seconds: float) -> float:
    return round(1000.0 * float(seconds), 1)


def _stream(client: BenchmarkClient, seconds: float, rate: float) -> dict[int, float]:
    """Publish frames; stamp -> when each was published [s, perf_counter]."""
    published: dict[int, float] = {}
    start = time.perf_counter()
    for number in range(int(seconds * rate)):
        time.sleep(max(0.0, start + number / rate - time.perf_counter()))
        stamp_ns = time.time_ns()
        published[stamp_ns] = client.publish(stamp_ns)
        if client.planner.poll() is not None:
            raise PinchError(f"the planner node ended after {number} frames; see its output.")
    return published


def _lateness(published: dict[int, float], plans: Sequence[Plan]) -> list[float]:
    """For each plan: how long a newer frame had been out when planning began, 0 if none was [s].

    The time in transit is in it; more than a frame's period means that the newest frame was missed.
    """
    following = dict(itertools.pairwise(sorted(published)))
    lateness = []
    for plan in plans:
        began = plan.received_s - sum(plan.message.report.stage_seconds)
        newer = following.get(plan.stamp_ns)
        lateness.append(0.0 if newer is None else max(0.0, began - published[newer]))
    return lateness


def _ask(client: BenchmarkClient, options: SoakOptions) -> int:
    """Send goals one after the other; how many did not succeed.

    Each goal is sent by the thread that receives the answer to the one before: rclpy's client drops a
    response that comes while another thread has not noted yet that it waits for it.
    """
    goal = client.goal()
    goal.request.policy = options.goal_policy
    codes: list[int] = []
    all_done = threading.Event()

    def send() -> None:
        client.action.send_goal_async(goal).add_done_callback(
            lambda future: future.result().get_result_async().add_done_callback(on_result)
        )

    def on_result(future: Future) -> None:
        codes.append(future.result().result.error_code)
        if len(codes) < options.goals:
            send()
        else:
            all_done.set()

    if not options.goals:
        return 0
    assert client.executor is not None
    client.executor.create_task(send)
    count = 0
    while not all_done.wait(TIMEOUT_S):
        if len(codes) == count:
            raise PinchError(
                f"the planner node did not answer goal {count + 1} within {TIMEOUT_S:g} s; see its output."
            )
        count = len(codes)
    return sum(code != 0 for code in codes)


def _resident_mb(client: BenchmarkClient) -> float:
    status = Path(f"/proc/{client.planner.pid}/status").read_text()
    (line,) = (line for line in status.splitlines() if line.startswith("VmRSS:"))
    return round(int(line.split()[1]) / 1024, 1)
