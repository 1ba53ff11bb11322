# SPDX-License-Identifier: Apache-2.0
"""Planning time of every policy on a seeded scene, per stage, beside GQ-CNN 2.0 with the paper's CEM."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from pinch_core.cli.settings import parse
from pinch_core.config import configclass, setting


@configclass
class PlanBenchmarkOptions:
    """How long to measure."""

    plans: int = setting(default=40, help="plans of each policy that are timed", lower=2, upper=100000)
    paper_plans: int = setting(
        default=5,
        help="plans by GQ-CNN 2.0 with the paper's CEM that are timed; 0 for none",
        lower=0,
        upper=10000,
    )
    model: str = setting(default="", help="network of the policies; empty = the shipped one for this gripper")
    draws: int = setting(
        default=200_000, help="contact pairs tested by the vectorised sampler", lower=1000, upper=10_000_000
    )
    reference_draws: int = setting(
        default=5_000, help="contact pairs tested one at a time", lower=100, upper=1_000_000
    )
    seed: int = setting(default=0, help="seed of scene and sampler", lower=0)
    json: bool = setting(default=False, help="print one JSON document instead of a table")


def main(argv: Sequence[str]) -> int:
    """``pinch benchmark plan``."""
    options = parse(PlanBenchmarkOptions, argv, "pinch benchmark plan", (__doc__ or "").strip())
    from pinch_core.cli.plan_timings import PAPER, measure  # here: --help answers without the planner

    document = measure(
        options.model,
        options.seed,
        options.plans,
        options.paper_plans,
        options.draws,
        options.reference_draws,
    )
    if options.json:
        print(json.dumps(document, indent=2))
    else:
        _print_table(document, PAPER)
    return 0


def _print_table(document: dict[str, Any], paper: str) -> None:
    plan, sampler = document["plan_ms"], document["sampler"]
    stages = list(dict.fromkeys(name for timed in plan.values() for name in timed["stages_p50"]))
    print(f"network {document['model']}, {document['engine']}; milliseconds, stages p50")
    header = [name.replace("segmentation", "segment").replace("dense scoring", "dense") for name in stages]
    print(
        f"{'policy':<14}{'p50':>8}{'p95':>8}"
        + "".join(f"{name:>11}" for name in header)
        + f"{'scored':>8}{'/s':>9}"
    )
    for policy, timed in plan.items():
        cells = (
            f"{timed['stages_p50'][name]:11.1f}" if name in timed["stages_p50"] else " " * 11
            for name in stages
        )
        print(
            f"{policy:<14}{timed['p50']:8.1f}{timed['p95']:8.1f}{''.join(cells)}{timed['grasps_scored']:8d}"
            f"{timed['grasps_scored_per_s']:9.0f}"
        )
    if paper in plan:
        ratio = plan[paper]["p50"] / plan["cem"]["p50"]
        print(f"cem is {ratio:.1f} times as fast as GQ-CNN 2.0 with the paper's CEM in this run")
    print(
        f"sampler: {sampler['pairs_tested_per_s'] / 1e6:.1f} M pairs/s, one at a time "
        f"{sampler['pairs_tested_per_s_one_at_a_time'] / 1e6:.2f} M pairs/s: {sampler['ratio']:.0f} times as "
        "fast"
    )
