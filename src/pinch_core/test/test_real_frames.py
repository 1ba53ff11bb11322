# SPDX-License-Identifier: Apache-2.0
"""Recorded frames with two robot arms in view, where the machine has them: the grasp belongs on the
object.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from pinch_core.depth_files import load_frame, read_segmask
from pinch_core.grasp_types import bind_grasp_type
from pinch_core.networks.pretrained import find_network
from pinch_core.parallel_jaw.gripper import ParallelJawGripper
from pinch_core.planner_config import PlannerConfig
from pinch_core.planning.loaded_network import LoadedNetwork
from pinch_core.planning.plan import SceneHints, plan_grasps
from pinch_core.planning.policies import policy_kind

FRAMES = Path(__file__).resolve().parents[3] / ".." / "shared" / "data" / "real_depth"
pytestmark = pytest.mark.skipif(not FRAMES.is_dir(), reason=f"recorded frames are not there: {FRAMES}")


CONFIG = PlannerConfig()


@pytest.fixture(scope="module")
def network() -> LoadedNetwork:
    return LoadedNetwork(find_network("compact_85mm"), "compact_85mm")


@pytest.mark.parametrize("policy", ["cem", "rank", "dense", "igq"])
@pytest.mark.parametrize("with_mask", [False, True])
@pytest.mark.parametrize("number", range(5))
def test_single_objects_are_grasped_inside_their_mask(
    number: int, with_mask: bool, policy: str, gripper: ParallelJawGripper, network: LoadedNetwork
) -> None:
    folder = FRAMES / "primesense"
    frame = load_frame(folder / f"depth_{number}.npy", folder / "primesense.intr")
    mask = read_segmask(folder / f"segmask_{number}.png") > 0
    kind = policy_kind(policy)
    grasp_type = bind_grasp_type(gripper, CONFIG)
    result = plan_grasps(
        frame,
        grasp_type,
        CONFIG,
        np.random.default_rng(0),
        hints=SceneHints(mask if with_mask else None),
        policy=kind.make(CONFIG, grasp_type, network if kind.needs_network else None),
    )
    best = result.grasps[0]
    assert mask[round(best.image.row), round(best.image.column)]
    assert math.degrees(result.table.tilt) == pytest.approx(12.6, abs=0.5)
    rows, columns = np.nonzero(mask)
    spread, axes = np.linalg.eigh(np.cov(np.stack([columns, rows])))
    if spread[1] > 4 * spread[0]:  # an elongated object is closed on across its narrow side
        closing = np.array([math.cos(best.image.angle), math.sin(best.image.angle)])
        assert abs(closing @ axes[:, 0]) > math.cos(math.radians(35))


@pytest.mark.parametrize("number", range(2))
def test_a_heap_with_many_holes_is_grasped_where_it_was_seen(
    number: int, gripper: ParallelJawGripper
) -> None:
    folder = FRAMES / "phoxi"
    frame = load_frame(folder / f"depth_{number}.npy", folder / "phoxi.intr")
    mask = read_segmask(folder / f"segmask_{number}.png")
    grasp_type, hints = bind_grasp_type(gripper, CONFIG), SceneHints(mask)
    result = plan_grasps(frame, grasp_type, CONFIG, np.random.default_rng(0), hints=hints)
    assert result.report.hole_ratio == pytest.approx(0.32, abs=0.01)
    for grasp in result.grasps:
        assert frame.valid[round(grasp.image.row), round(grasp.image.column)]
    assert result.grasps
