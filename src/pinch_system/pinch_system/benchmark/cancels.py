# SPDX-License-Identifier: Apache-2.0
"""Picks in the simulated cell cancelled in the middle of each stage: how soon every joint stands."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from pinch_interfaces.msg import ErrorCode
from rich.console import Console

from pinch_core.cli.settings import parse
from pinch_core.config import configclass, setting
from pinch_core.machine_facts import machine_facts
from pinch_core.resources import load_robot
from pinch_system.benchmark.stop_watch import ARM, FINGERS, STILL, Stop, StopWatch
from pinch_system.client.cell_client import CellClient
from pinch_system.graph import simulated_graph

# The moment of the cancel after the motion's begin is drawn from these [s]: arms are fast after some tenths
# of a second, fingers close within three.
ARM_DELAY_S = (0.1, 0.6)
FINGER_DELAY_S = (0.02, 0.10)


@configclass
class CancelBenchmarkOptions:
    """How many cancels, of what, how fast."""

    cancels: int = setting(default=5, help="picks cancelled in each stage", lower=1, upper=1000)
    seed: int = setting(default=1000, help="seed of the first scene; the next scenes count up", lower=0)
    real_time_factor: float = setting(
        default=1.0,
        help="simulated seconds per second; above 1 the stack's own delay counts more",
        lower=0.01,
        upper=100.0,
    )
    json: bool = setting(default=False, help="print one JSON document instead of a few lines")


def main(argv: Sequence[str]) -> int:
    """``pinch benchmark cancel``; exit code 1 where a cancel ended otherwise than it should."""
    options = parse(CancelBenchmarkOptions, argv, "pinch benchmark cancel", (__doc__ or "").strip())
    console = Console(stderr=True, highlight=False)
    rng = np.random.default_rng(options.seed)
    stops: dict[str, list[Stop]] = {stage: [] for stage in (*STILL, *FINGERS, *ARM)}
    with (
        tempfile.TemporaryDirectory(prefix="pinch_cancels_") as logs,
        simulated_graph(Path(logs), real_time_factor=options.real_time_factor) as graph,
        CellClient() as client,
    ):
        client.wait_until_ready(lambda: graph.dead)
        watch = StopWatch(client, load_robot("panda"))
        for seed in range(options.seed, options.seed + options.cancels):
            for stage, found in stops.items():
                delay = rng.uniform(*(FINGER_DELAY_S if stage in FINGERS else ARM_DELAY_S))
                stop = watch.cancel_in(stage, delay, seed, Path(logs))
                client.recover()
                found.append(stop)
                console.print(f"seed {seed} {stage}: {_sentence(stop)}")
        watch.close()
    document = {
        "benchmark": "cancel",
        "seed": options.seed,
        "real_time_factor": options.real_time_factor,
        "stages": {stage: _summary(found) for stage, found in stops.items()},
        "machine": machine_facts(),
    }
    if options.json:
        print(json.dumps(document, indent=2))
    else:
        for key, value in document.items():
            console.print(f"{key}: {value}")
    return 1 if any(_is_wrong(stop) for found in stops.values() for stop in found) else 0


def _is_wrong(stop: Stop) -> bool:
    return stop.stopped_s is not None and stop.record.error_code != ErrorCode.PREEMPTED


def _sentence(stop: Stop) -> str:
    if stop.stopped_s is None:
        return f"not cancelled, the stage did not come or was too short: {stop.record.error_msg}"
    arm_ms, fingers_ms = (1e3 * seconds for seconds in (stop.arm_s or 0.0, stop.fingers_s or 0.0))
    stood = f"arm stood {arm_ms:.0f}, fingers {fingers_ms:.0f} ms after the cancel at {stop.speed:.2f} per s"
    return f"{stood}; {stop.record.error_msg}"


def _summary(stops: Sequence[Stop]) -> dict[str, Any]:
    """``arm_ms``, ``fingers_ms``: the robot's time from the cancel until their joints stood."""
    cancelled = [stop for stop in stops if stop.stopped_s is not None]
    return {
        "cancelled": len(cancelled),
        "wrong_code": sum(map(_is_wrong, stops)),
        "speed_max": round(max((stop.speed for stop in cancelled), default=0.0), 2),
        "arm_ms": _quantiles([stop.arm_s for stop in cancelled if stop.arm_s is not None]),
        "fingers_ms": _quantiles([stop.fingers_s for stop in cancelled if stop.fingers_s is not None]),
    }


def _quantiles(seconds: Sequence[float]) -> dict[str, float] | None:
    if not seconds:
        return None
    return {"p50": round(1e3 * float(np.median(seconds)), 1), "max": round(1e3 * max(seconds), 1)}
