# SPDX-License-Identifier: Apache-2.0
"""The published 4.0 parallel-jaw network, imported, plans on frames of the camera it was trained for, where
the machine has both.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from pinch_core.depth_files import load_frame, read_segmask
from pinch_core.grasp_types import bind_grasp_type
from pinch_core.networks.quality_model import make_quality_model
from pinch_core.parallel_jaw.testing import turned_across, with_tips_at
from pinch_core.planner_config import PlannerConfig
from pinch_core.planning.cem_policy import CemPolicy
from pinch_core.planning.grasp_policy import ScoredGrasps, Search
from pinch_core.planning.network_quality import NetworkQuality
from pinch_core.planning.plan import SceneHints, plan_grasps
from pinch_core.planning.training_view import TrainingView
from pinch_core.resources import load_gripper
from pinch_training.model_import.model_folder import read_published_model
from pinch_training.model_import.torch_model import to_gqcnn

SHARED = Path(__file__).resolve().parents[4] / "shared" / "data"
MODEL, FRAMES = SHARED / "gqcnn_models" / "GQCNN-4.0-PJ", SHARED / "real_depth" / "phoxi"
pytestmark = pytest.mark.skipif(
    not (MODEL.is_dir() and FRAMES.is_dir()), reason=f"{MODEL} and {FRAMES} are not both there"
)
CONFIG = PlannerConfig()


@dataclasses.dataclass(frozen=True)
class Remembering(CemPolicy):
    """Keeps what it searched and found."""

    def search(self, search: Search) -> ScoredGrasps:
        found = super().search(search)
        self.__dict__["seen"] = (search.scene, found)
        return found


@pytest.fixture(scope="module")
def quality() -> NetworkQuality:
    network = to_gqcnn(read_published_model(MODEL))
    return NetworkQuality(make_quality_model(network), TrainingView.of(network.crop_size, None), "published")


@pytest.mark.parametrize("number", range(2))
def test_it_is_sure_of_a_grasp_and_no_longer_when_that_is_lifted_or_turned(
    number: int, quality: NetworkQuality
) -> None:
    frame = load_frame(FRAMES / f"depth_{number}.npy", FRAMES / "phoxi.intr")
    mask = read_segmask(FRAMES / f"segmask_{number}.png")
    policy = Remembering(quality, CONFIG.cem)
    gripper = load_gripper("yumi")
    grasp_type, hints = bind_grasp_type(gripper, CONFIG), SceneHints(mask)
    result = plan_grasps(frame, grasp_type, CONFIG, np.random.default_rng(0), hints=hints, policy=policy)
    best = result.grasps[0]
    assert best.quality > 0.7
    assert mask[round(best.image.row), round(best.image.column)] > 0
    scene, found = policy.__dict__["seen"]
    (grasp,) = np.flatnonzero(found.quality == best.quality)[:1]
    chosen = found.candidates.select(np.array([grasp]))
    lifted, turned = with_tips_at(chosen, chosen.tip_height + 0.06), turned_across(chosen)
    assert quality.score(scene, lifted)[0] < 0.05
    assert quality.score(scene, turned)[0] < 0.1
    for one in grasp_type.filters():
        assert one.keep(scene, chosen).all()
