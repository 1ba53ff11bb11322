# SPDX-License-Identifier: Apache-2.0
"""Grasp policies on random scenes with ground truth: collisions of the gripper, and how well it holds."""

from __future__ import annotations

import dataclasses
import json
import math
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pinch_core.cli.settings import parse
from pinch_core.config import configclass, setting
from pinch_core.config_kinds import DATAGEN
from pinch_core.machine_facts import machine_facts

if TYPE_CHECKING:
    from pinch_datagen.benchmark.planner_trials import Difference, Summary


@configclass
class BenchmarkOptions:
    """Which policies, on which scenes."""

    policies: tuple[str, ...] = setting(
        default=("rank", "cem", "dense", "igq", "random"),
        help="names of policies; the others are compared to the first",
    )
    model: str = setting(default="", help="network of the policies; empty = the shipped one for these jaws")
    gripper: str = setting(default="panda", help="name in config/grippers, or a YAML file")
    scenes: int = setting(default=500, help="random scenes", lower=1, upper=1_000_000)
    seed: int = setting(default=0, help="seed of scenes, planners and judge", lower=0, upper=2**63 - 1)
    noise: bool = setting(default=False, help="depth as a stereo camera measures it, not as it truly is")
    pool: int = setting(
        default=300, help="different objects the scenes are made of", lower=1, upper=1_000_000
    )
    config: str = setting(
        default="pinch",
        help="name in config/datagen, or a YAML file: objects, cameras, and what a good grasp is",
    )
    json: bool = setting(default=False, help="print one JSON document instead of a table")


def main(argv: Sequence[str]) -> int:
    """``pinch benchmark policies``."""
    options = parse(BenchmarkOptions, argv, "pinch benchmark policies", (__doc__ or "").strip())
    summaries, differences = _judge(options)
    if options.json:
        document = {
            "benchmark": "policies",
            **{name: value for name, value in dataclasses.asdict(options).items() if name != "json"},
            "summaries": [_without_nan(dataclasses.asdict(summary)) for summary in summaries],
            "differences": [_without_nan(dataclasses.asdict(difference)) for difference in differences],
            "machine": machine_facts(),
        }
        print(json.dumps(document, indent=2))
    else:
        _print_table(options, summaries, differences)
    return 0


def _judge(options: BenchmarkOptions) -> tuple[list[Summary], list[Difference]]:
    import numpy as np
    from rich.console import Console
    from rich.progress import track

    from pinch_core.config import load_yaml
    from pinch_core.depth_noise.noise_config import NoiseConfig
    from pinch_core.depth_noise.stereo import StereoNoise
    from pinch_core.parallel_jaw.gripper import as_parallel_jaw
    from pinch_core.resources import find_config, load_gripper
    from pinch_datagen.benchmark.grasp_judge import GraspJudge
    from pinch_datagen.benchmark.planner_trials import compare, run_trials, summarize
    from pinch_datagen.benchmark.planner_under_test import make_planner
    from pinch_datagen.benchmark.random_scenes import RandomScenes
    from pinch_datagen.datagen_config import DatagenConfig

    gripper = as_parallel_jaw(load_gripper(options.gripper), "this benchmark")
    planners = [make_planner(name, options.model, gripper) for name in options.policies]
    config = load_yaml(DatagenConfig, find_config("datagen", options.config), DATAGEN)
    config = dataclasses.replace(config, seed=options.seed)
    noise = NoiseConfig(stereo=StereoNoise() if options.noise else None)
    scenes = RandomScenes(config, gripper, noise, options.pool)
    numbers = track(range(options.scenes), "judging", console=Console(stderr=True), transient=True)
    trials = run_trials(
        planners, map(scenes.scene, numbers), GraspJudge(gripper, config.quality), options.seed
    )
    rng = np.random.default_rng(options.seed)
    differences = [line for other in trials[1:] for line in compare(other, trials[0], rng)]
    return [summarize(each) for each in trials], differences


def _without_nan(record: dict[str, str | float]) -> dict[str, str | float | None]:
    """Shares of nothing are null: JSON knows no NaN."""
    return {k: None if isinstance(v, float) and math.isnan(v) else v for k, v in record.items()}


def _print_table(options: BenchmarkOptions, summaries: list[Summary], differences: list[Difference]) -> None:
    print(
        f"{options.scenes} scenes, gripper {options.gripper}, seed {options.seed}, "
        f"{'stereo noise' if options.noise else 'no noise'}"
    )
    print("                         executed grasps             returned   all scenes")
    print("policy      with grasp   collide  robust  epsilon    collide    success     plan")
    for line in summaries:
        print(
            f"{line.name:<12}{line.scenes_with_grasp:6d}{'':5}{line.executed_colliding:9.2%}"
            f"{line.executed_robust:8.1%}{line.executed_robust_epsilon:9.5f}{line.returned_colliding:11.2%}"
            f"{line.success:11.1%}{line.planning_ms:9.1f} ms"
        )
    if differences:
        print(f"difference to {differences[0].reference} on the same scenes, 95 % interval:")
    for part in differences:
        print(f"  {part.name:<10}{part.figure:<20}{part.value:+10.5f}   [{part.low:+.5f}, {part.high:+.5f}]")
    print(f"machine: {machine_facts()}", file=sys.stderr)
