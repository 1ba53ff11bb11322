# SPDX-License-Identifier: Apache-2.0
"""Planning time of every policy on a seeded scene, per stage, beside GQ-CNN 2.0 with the paper's CEM."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from pinch_core.cli.settings import parse
from pinch_core.config import configclass, setting
from pinch_core.depth_frame import DepthFrame
from pinch_core.geometry.camera import CameraIntrinsics
from pinch_core.machine_facts import machine_facts
from pinch_core.networks.architecture import GQCNN_2_PAPER
from pinch_core.networks.gqcnn import GQCNN
from pinch_core.networks.quality_model import make_quality_model
from pinch_core.parallel_jaw.antipodal_pairs import required_friction
from pinch_core.parallel_jaw.contacts import Contacts, find_contacts
from pinch_core.parallel_jaw.gripper import Finger, Palm, ParallelJawGripper
from pinch_core.perception.segmentation import segment_objects
from pinch_core.perception.table import fit_table
from pinch_core.planning.cem_policy import CemPolicy
from pinch_core.planning.grasp_policy import GraspPolicy
from pinch_core.planning.loaded_network import LoadedNetwork
from pinch_core.planning.network_quality import NetworkQuality
from pinch_core.planning.plan import plan_grasps
from pinch_core.planning.planner_config import PlannerConfig
from pinch_core.planning.policies import POLICIES
from pinch_core.planning.search_config import CemConfig
from pinch_core.planning.training_view import TrainingView
from pinch_core.synthetic_scene import BoxSolid, CylinderSolid, camera_above, render_depth

CAMERA = CameraIntrinsics(640, 480, 525.0, 525.0, 319.5, 239.5)
GRIPPER = ParallelJawGripper(
    name="benchmark", max_opening=0.08, min_opening=0.0, max_force=70.0,
    finger=Finger(breadth=0.022, thickness=0.0155, length=0.047, tip_beyond_tcp=0.0095),
    palm=Palm(size_x=0.065, size_y=0.205, size_z=0.066),
)  # fmt: skip

_PAPER = "gqcnn-2.0 cem"


@configclass
class BenchmarkOptions:
    """How long to measure."""

    plans: int = setting(default=40, help="plans of each policy that are timed", lower=2, upper=100000)
    paper_plans: int = setting(
        default=5,
        help="plans by GQ-CNN 2.0 with the paper's CEM that are timed; 0 for none",
        lower=0,
        upper=10000,
    )
    model: str = setting(default="", help="network of the policies; empty = the shipped one for these jaws")
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
    options = parse(BenchmarkOptions, argv, "pinch benchmark plan", (__doc__ or "").strip())
    frame = benchmark_scene(options.seed)
    network = LoadedNetwork.find(options.model, GRIPPER)
    plans = {
        name: _time_plans(frame, options.plans, options.seed, kind.make(PlannerConfig(), network))
        for name, kind in POLICIES.items()
    }
    if options.paper_plans:
        plans[_PAPER] = _time_plans(frame, options.paper_plans, options.seed, _papers_policy())
    document = {
        "benchmark": "plan",
        "seed": options.seed,
        "image": [CAMERA.width, CAMERA.height],
        "model": network.name,
        "engine": network.engine,
        "plan_ms": plans,
        "sampler": _time_sampler(frame, options),
        "machine": machine_facts(),
    }
    if options.json:
        print(json.dumps(document, indent=2))
    else:
        _print_table(document)
    return 0


def benchmark_scene(seed: int) -> DepthFrame:
    """Two boxes and two cylinders on a table under a camera tilted by 15 degrees, with noise and missing
    pixels.
    """
    rng = np.random.default_rng(seed)
    turn = rng.uniform(0.0, np.pi, 3)
    solids = (
        BoxSolid.standing(-0.11, 0.09, turn[0], (0.10, 0.04, 0.04)),
        BoxSolid.standing(0.10, 0.09, turn[1], (0.06, 0.03, 0.03)),
        CylinderSolid.standing(-0.10, -0.09, 0.03, 0.09),
        CylinderSolid.lying(0.10, -0.08, turn[2], 0.02, 0.12),
    )
    return render_depth(solids, camera_above(0.75, np.radians(15)), CAMERA, rng, noise=0.0015, dropout=0.005)


def count_antipodal_pairs_singly(
    contacts: Contacts, draws: int, friction: float, separation: tuple[float, float], rng: np.random.Generator
) -> int:
    """The reference: draw and test one pair after the other, as the algorithm is usually written down."""
    positions, normals = contacts.position.tolist(), contacts.inward.tolist()
    limit, found = 1.0 / (1.0 + friction**2) ** 0.5, 0
    for _ in range(draws):
        i, j = (int(index) for index in rng.integers(len(positions), size=2))
        dx, dy = positions[j][0] - positions[i][0], positions[j][1] - positions[i][1]
        distance = (dx * dx + dy * dy) ** 0.5
        if not max(separation[0], 1e-9) <= distance <= separation[1]:
            continue
        first = (normals[i][0] * dx + normals[i][1] * dy) / distance
        second = -(normals[j][0] * dx + normals[j][1] * dy) / distance
        found += first >= limit and second >= limit
    return found


def _papers_policy() -> GraspPolicy:
    """GQ-CNN 2.0 and the cross-entropy method with the paper's numbers (S II). Untrained: it is as slow."""
    network = GQCNN(GQCNN_2_PAPER).eval()
    network.image_std.fill_(0.1)
    model = make_quality_model(network)
    view = TrainingView.of(network.crop_size, None)
    config = CemConfig(seeds=100, iterations=3, elite_share=0.25, components=3, resamples=50)
    return CemPolicy(NetworkQuality(model, view, "gqcnn_2_paper"), config)


def _time_plans(frame: DepthFrame, plans: int, seed: int, policy: GraspPolicy) -> dict[str, Any]:
    from rich.console import Console
    from rich.progress import track

    config, totals, reports = PlannerConfig(), [], []
    # The first plan loads and warms what it needs.
    plan_grasps(frame, GRIPPER, config, np.random.default_rng(seed), policy=policy)
    for number in track(range(plans), policy.name, console=Console(stderr=True), transient=True):
        start = time.perf_counter()
        result = plan_grasps(frame, GRIPPER, config, np.random.default_rng(seed + number), policy=policy)
        totals.append(time.perf_counter() - start)
        reports.append(result.report)
    stages = {name: float(np.median([r.stages[name] for r in reports]) * 1e3) for name in reports[0].stages}
    scoring = [r.stages.get("dense scoring", 0.0) + r.stages.get("scoring", 0.0) for r in reports]
    return {
        "plans": plans,
        "p50": float(np.percentile(totals, 50) * 1e3),
        "p95": float(np.percentile(totals, 95) * 1e3),
        "stages_p50": stages,
        "grasps_sampled": reports[-1].sampled,
        "grasps_scored": reports[-1].scored,
        "grasps_scored_per_s": float(
            np.median([r.scored / s for r, s in zip(reports, scoring, strict=True) if s] or [0.0])
        ),
        "grasps_returned": len(result.grasps),
    }


def _time_sampler(frame: DepthFrame, options: BenchmarkOptions) -> dict[str, Any]:
    """Both draw uniformly from the same contacts and apply the same test; only the way of doing it
    differs.
    """
    config, rng = PlannerConfig(), np.random.default_rng(options.seed)
    table = fit_table(frame, config.table, rng)
    heights = table.height_image(frame)
    contacts = find_contacts(
        frame, table, heights, segment_objects(frame, heights, config.segmentation), config.edges
    )
    friction, limits = 0.4, (config.sampler.min_separation, GRIPPER.max_opening)
    start, found, batch = time.perf_counter(), 0, config.sampler.batch
    for begin in range(0, options.draws, batch):
        first, second = rng.integers(len(contacts), size=(2, min(batch, options.draws - begin)))
        found += int((required_friction(contacts, first, second, *limits) <= friction).sum())
    vectorised = time.perf_counter() - start
    start = time.perf_counter()
    found_singly = count_antipodal_pairs_singly(contacts, options.reference_draws, friction, limits, rng)
    singly = time.perf_counter() - start
    rates = options.draws / vectorised, options.reference_draws / singly
    return {
        "contacts": len(contacts),
        "pairs_tested_per_s": rates[0],
        "pairs_tested_per_s_one_at_a_time": rates[1],
        "ratio": rates[0] / rates[1],
        "antipodal_share": found / options.draws,
        "antipodal_share_one_at_a_time": found_singly / options.reference_draws,
    }


def _print_table(document: dict[str, Any]) -> None:
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
    if _PAPER in plan:
        ratio = plan[_PAPER]["p50"] / plan["cem"]["p50"]
        print(f"cem is {ratio:.1f} times as fast as GQ-CNN 2.0 with the paper's CEM in this run")
    print(
        f"sampler: {sampler['pairs_tested_per_s'] / 1e6:.1f} M pairs/s, one at a time "
        f"{sampler['pairs_tested_per_s_one_at_a_time'] / 1e6:.2f} M pairs/s: {sampler['ratio']:.0f} times as "
        "fast"
    )
