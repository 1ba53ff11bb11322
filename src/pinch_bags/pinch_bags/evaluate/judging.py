# SPDX-License-Identifier: Apache-2.0
"""What the recorded truth says of planned grasps, by the measures that label training data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from pinch_bags.evaluate.frame_source import Truth
from pinch_bags.evaluate.records import Verdict
from pinch_bags.ground_truth import objects_from_markers
from pinch_core.config import load_yaml
from pinch_core.depth_frame import DepthFrame
from pinch_core.grasp import Grasp
from pinch_core.gripper import Gripper
from pinch_core.parallel_jaw.gripper import as_parallel_jaw
from pinch_core.resources import find_config
from pinch_datagen.benchmark.grasp_judge import GraspJudge
from pinch_datagen.benchmark.random_scenes import JudgedScene
from pinch_datagen.datagen_config import DatagenConfig
from pinch_datagen.parallel_jaw.robust_quality import QualityConfig
from pinch_datagen.random_streams import RandomStreams
from pinch_datagen.scene.placed_object import PlacedObject
from pinch_ros.bags import RawMessage


@dataclass(frozen=True)
class Judging:
    """``count``: best grasps of a frame that are judged. ``seed``: of the pose errors that are drawn."""

    count: int
    seed: int
    quality: QualityConfig

    @classmethod
    def as_training_data(cls, count: int, seed: int) -> Judging:
        """By the metric of the shipped configuration of data generation."""
        return cls(count, seed, load_yaml(DatagenConfig, find_config("datagen", "pinch")).quality)

    def verdicts(
        self,
        frame: DepthFrame,
        number: int,
        grasps: Sequence[Grasp],
        gripper: Gripper,
        truth: Truth | None,
    ) -> list[Verdict | None]:
        """One for each grasp, best first; None without truth and beyond ``count``.

        Args:
            number: of the frame in its bag; with ``seed`` it decides what is drawn.
        """
        found: list[Verdict | None] = [None] * len(grasps)
        if truth is None:
            return found
        best = grasps[: self.count]
        scene = JudgedScene(number, frame, _objects(truth.objects), truth.T_cam_table)
        jaws = as_parallel_jaw(gripper, "judging grasps by the recorded truth")
        judge, streams = GraspJudge(jaws, self.quality), RandomStreams(self.seed, "bag")
        for rank, (grasp, hit) in enumerate(zip(best, judge.collisions(scene, best), strict=True)):
            epsilon = judge.robust_epsilon(scene, grasp, streams.of(f"judging {rank}", number))
            found[rank] = Verdict(bool(hit), epsilon, bool(judge.is_robust(epsilon) and not hit))
        return found


@lru_cache(maxsize=2)
def _objects(raw: RawMessage) -> tuple[PlacedObject, ...]:
    """Kept for the next frames of the scene: their meshes need a search tree for rays."""
    return tuple(objects_from_markers(raw.decode(), raw.where))
