# SPDX-License-Identifier: Apache-2.0
"""The measurements of ``pinch benchmark plan``: plans of each policy, and pairs tested by the sampler."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from pinch_core.benchmark_scene import CAMERA, GRIPPER, benchmark_scene
from pinch_core.depth_frame import DepthFrame
from pinch_core.grasp_types import bind_grasp_type
from pinch_core.machine_facts import machine_facts
from pinch_core.networks.architecture import GQCNN_2_PAPER
from pinch_core.networks.gqcnn import GQCNN
from pinch_core.networks.quality_model import make_quality_model
from pinch_core.parallel_jaw.antipodal_pairs import required_friction
from pinch_core.parallel_jaw.contacts import Contacts, find_contacts
from pinch_core.perception.segmentation import segment_objects
from pinch_core.perception.table import fit_table
from pinch_core.planner_config import PlannerConfig
from pinch_core.planning.cem_policy import CemPolicy
from pinch_core.planning.grasp_policy import GraspPolicy
from pinch_core.planning.loaded_network import LoadedNetwork
from pinch_core.planning.network_quality import NetworkQuality
from pinch_core.planning.plan import plan_grasps
from pinch_core.planning.policies import POLICIES
from pinch_core.planning.search_config import CemConfig
from pinch_core.planning.training_view import TrainingView

# Name of GQ-CNN 2.0 with the paper's CEM among the policies.
PAPER = "gqcnn-2.0 cem"

GRASP_TYPE = bind_grasp_type(GRIPPER, PlannerConfig())


def measure(
    model: str, seed: int, plans: int, paper_plans: int, draws: int, reference_draws: int
) -> dict[str, Any]:
    """The document of ``pinch benchmark plan``; the arguments are its options."""
    frame = benchmark_scene(seed)
    network = LoadedNetwork.find(model, GRIPPER)
    timed = {
        name: _time_plans(frame, plans, seed, kind.make(PlannerConfig(), GRASP_TYPE, network))
        for name, kind in POLICIES.items()
    }
    if paper_plans:
        timed[PAPER] = _time_plans(frame, paper_plans, seed, _papers_policy())
    return {
        "benchmark": "plan",
        "seed": seed,
        "image": [CAMERA.width, CAMERA.height],
        "model": network.name,
        "engine": network.engine,
        "plan_ms": timed,
        "sampler": _time_sampler(frame, seed, draws, reference_draws),
        "machine": machine_facts(),
    }


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
    plan_grasps(frame, GRASP_TYPE, config, np.random.default_rng(seed), policy=policy)
    for number in track(range(plans), policy.name, console=Console(stderr=True), transient=True):
        start = time.perf_counter()
        result = plan_grasps(frame, GRASP_TYPE, config, np.random.default_rng(seed + number), policy=policy)
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


def _time_sampler(frame: DepthFrame, seed: int, draws: int, reference_draws: int) -> dict[str, Any]:
    """Both sample uniformly from the same contacts and apply the same test; only the implementation
    differs.
    """
    config, rng = PlannerConfig(), np.random.default_rng(seed)
    jaw, table = config.parallel_jaw, fit_table(frame, config.table, rng)
    heights = table.height_image(frame)
    contacts = find_contacts(
        frame, table, heights, segment_objects(frame, heights, config.segmentation), jaw.edges
    )
    friction, limits = 0.4, (jaw.sampler.min_separation, GRIPPER.max_opening)
    start, found, batch = time.perf_counter(), 0, jaw.sampler.batch
    for begin in range(0, draws, batch):
        first, second = rng.integers(len(contacts), size=(2, min(batch, draws - begin)))
        found += int((required_friction(contacts, first, second, *limits) <= friction).sum())
    vectorised = time.perf_counter() - start
    start = time.perf_counter()
    found_singly = count_antipodal_pairs_singly(contacts, reference_draws, friction, limits, rng)
    singly = time.perf_counter() - start
    rates = draws / vectorised, reference_draws / singly
    return {
        "contacts": len(contacts),
        "pairs_tested_per_s": rates[0],
        "pairs_tested_per_s_one_at_a_time": rates[1],
        "ratio": rates[0] / rates[1],
        "antipodal_share": found / draws,
        "antipodal_share_one_at_a_time": found_singly / reference_draws,
    }


def count_antipodal_pairs_singly(
    contacts: Contacts, draws: int, friction: float, separation: tuple[float, float], rng: np.random.Generator
) -> int:
    """The reference: sample and test one pair at a time, as the algorithm is usually written."""
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
