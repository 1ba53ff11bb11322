# SPDX-License-Identifier: Apache-2.0
"""What is tried on which objects: every method on the same scenes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pinch_benchmark.benchmark_config import GraspBenchmarkConfig
from pinch_benchmark.methods.registry import check_method
from pinch_benchmark.run.arm import with_arm
from pinch_benchmark.run.run_trials import Job
from pinch_benchmark.scenes.object_set import ObjectSet
from pinch_datagen.cache import cache_folder
from pinch_datagen.physics.convex_parts import default_cache

# Scenes begun, at most, for each that is wanted.
SPARE = 4


@dataclass(frozen=True)
class Experiment:
    """``objects``: folder of meshes, None for ``generated`` different ones. ``trials``: scenes that are
    wanted. ``gripper_error``: standard deviation of the gripper's position along each axis [m]. ``arm``: also
    with an arm.
    """

    objects: Path | None
    generated: int
    trials: int
    methods: tuple[str, ...]
    gripper: str
    seed: int
    gripper_error: float
    arm: bool

    @property
    def name(self) -> str:
        """For titles."""
        return "generated objects" if self.objects is None else self.objects.name

    @property
    def arm_methods(self) -> tuple[str, ...]:
        """Names of the methods as an arm does them.

        Raises:
            BenchmarkError: an arm is wanted, but can do none of them.
        """
        return with_arm(self.methods) if self.arm else ()

    @property
    def rows(self) -> tuple[str, ...]:
        """All that is tried: the methods, and what an arm does of them."""
        return (*self.methods, *self.arm_methods)

    @property
    def identity(self) -> dict[str, object]:
        """What records of one folder have in common."""
        return {
            "objects": str(self.objects or ""),
            "generated": self.generated,
            "gripper": self.gripper,
            "seed": self.seed,
            "gripper_error": self.gripper_error,
        }

    @property
    def config(self) -> GraspBenchmarkConfig:
        """The protocol of a trial."""
        return GraspBenchmarkConfig().with_gripper_error(self.gripper_error)

    def jobs(self) -> list[Job]:
        """More scenes than are wanted, since not every object will do; each with all methods.

        Raises:
            UnknownMethodError, MissingWeightsError, NoObjectsError: it cannot be tried.
        """
        for name in self.methods:
            check_method(name)
        objects = (
            ObjectSet.generated_objects(self.generated)
            if self.objects is None
            else ObjectSet.of_folder(self.objects, self.config.objects.preparation)
        )
        config, parts, learned = self.config, default_cache(), cache_folder("methods")
        return [
            Job(ref, number, objects, self.methods, self.gripper, config, self.seed, parts, learned)
            for number, ref in enumerate(objects.drawn(SPARE * self.trials, self.seed))
        ]
