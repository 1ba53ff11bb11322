# SPDX-License-Identifier: Apache-2.0
"""Every planner on every scene, judged; sums over the scenes, and how planners differ on the same ones."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pinch_datagen.benchmark.grasp_judge import GraspJudge
from pinch_datagen.benchmark.planner_under_test import PlannerUnderTest
from pinch_datagen.benchmark.random_scenes import JudgedScene
from pinch_datagen.random_streams import RandomStreams

Bool = NDArray[np.bool_]
Float64 = NDArray[np.float64]
Int64 = NDArray[np.int64]

# A robot would try no more of one image's grasps.
GRASPS_OF_A_SCENE = 10
RESAMPLES = 2000
COVERAGE = 0.95


@dataclass(frozen=True, eq=False)
class Trials:
    """One planner on N scenes, a row each.

    ``returned``, ``colliding``: Int64[N], grasps, and those that hit something. Of the best grasp:
    ``best_collides`` Bool[N], ``robust_epsilon`` Float64[N], ``robust`` Bool[N]; False and 0 without a grasp.
    ``planning_s``: Float64[N] [s].
    """

    name: str
    returned: Int64
    colliding: Int64
    best_collides: Bool
    robust_epsilon: Float64
    robust: Bool
    planning_s: Float64

    def __getitem__(self, rows: Int64) -> Trials:
        return Trials(
            self.name,
            self.returned[rows],
            self.colliding[rows],
            self.best_collides[rows],
            self.robust_epsilon[rows],
            self.robust[rows],
            self.planning_s[rows],
        )


@dataclass(frozen=True)
class Summary:
    """Figures of one planner; shares of grasps are NaN where there is none.

    ``executed``: the best grasp of each scene that has one. ``success``: of all scenes, those whose executed
    grasp is robust and hits nothing, which labels call a good grasp.
    """

    name: str
    scenes: int
    scenes_with_grasp: int
    executed_colliding: float
    returned_colliding: float
    executed_robust_epsilon: float
    executed_robust: float
    success: float
    planning_ms: float


@dataclass(frozen=True)
class Difference:
    """``value``: figure of ``name`` less that of ``reference``, on the same scenes; 95 % of resamples of the
    scenes lie between ``low`` and ``high``.
    """

    figure: str
    name: str
    reference: str
    value: float
    low: float
    high: float


def run_trials(
    planners: Sequence[PlannerUnderTest], scenes: Iterable[JudgedScene], judge: GraspJudge, seed: int
) -> list[Trials]:
    """All planners on each scene in turn, with equal random numbers for all of them."""
    streams = RandomStreams(seed, "planner trials")
    rows: list[list[tuple[float, ...]]] = [[] for _ in planners]
    for position, scene in enumerate(scenes):
        for planner, out in zip(planners, rows, strict=True):
            if position == 0:  # the first plan loads and warms what it needs
                planner(scene.frame, judge.gripper, streams.of("planning", scene.number))
            out.append(_trial(planner, scene, judge, streams))
    trials = []
    for planner, out in zip(planners, rows, strict=True):
        returned, colliding, best_collides, epsilon, robust, seconds = np.reshape(out, (-1, 6)).T
        trials.append(
            Trials(
                planner.name,
                returned.astype(np.int64),
                colliding.astype(np.int64),
                best_collides > 0,
                epsilon,
                robust > 0,
                seconds,
            )
        )
    return trials


def _trial(
    planner: PlannerUnderTest, scene: JudgedScene, judge: GraspJudge, streams: RandomStreams
) -> tuple[float, ...]:
    """A row of :class:`Trials`."""
    rng = streams.of("planning", scene.number)
    start = time.perf_counter()
    grasps = planner(scene.frame, judge.gripper, rng)[:GRASPS_OF_A_SCENE]
    seconds = time.perf_counter() - start
    if not grasps:
        return 0, 0, False, 0.0, False, seconds
    collides = judge.collisions(scene, grasps)
    epsilon = judge.robust_epsilon(scene, grasps[0], streams.of("judging", scene.number))
    return len(grasps), int(collides.sum()), bool(collides[0]), epsilon, judge.is_robust(epsilon), seconds


def summarize(trials: Trials) -> Summary:
    """The figures of a table's row."""
    has_grasp = trials.returned > 0
    return Summary(
        name=trials.name,
        scenes=len(has_grasp),
        scenes_with_grasp=int(has_grasp.sum()),
        executed_colliding=_ratio(trials.best_collides.sum(), has_grasp.sum()),
        returned_colliding=_ratio(trials.colliding.sum(), trials.returned.sum()),
        executed_robust_epsilon=_ratio(trials.robust_epsilon.sum(), has_grasp.sum()),
        executed_robust=_ratio(trials.robust.sum(), has_grasp.sum()),
        success=_ratio((trials.robust & ~trials.best_collides).sum(), len(has_grasp)),
        planning_ms=_ratio(1e3 * trials.planning_s.sum(), len(has_grasp)),
    )


# What is compared, and how it is had from trials.
COMPARED: dict[str, Callable[[Summary], float]] = {
    "executed colliding": lambda summary: summary.executed_colliding,
    "returned colliding": lambda summary: summary.returned_colliding,
    "robust epsilon": lambda summary: summary.executed_robust_epsilon,
    "robust": lambda summary: summary.executed_robust,
    "success": lambda summary: summary.success,
}


def compare(trials: Trials, reference: Trials, rng: np.random.Generator) -> list[Difference]:
    """Every figure of one planner less the reference's, with bootstrap intervals over the scenes they share.

    A resample takes the same scenes of both, so what makes a scene hard for both cancels.
    """
    count = len(trials.returned)
    everywhere = np.arange(count)
    value = _differences(trials, reference, everywhere)
    resampled = np.array(
        [_differences(trials, reference, rng.integers(count, size=count)) for _ in range(RESAMPLES)]
    )
    tails = 50 * (1 - COVERAGE), 50 * (1 + COVERAGE)
    low, high = np.percentile(resampled, tails, axis=0)
    return [
        Difference(figure, trials.name, reference.name, *map(float, numbers))
        for figure, *numbers in zip(COMPARED, value, low, high, strict=True)
    ]


def _differences(trials: Trials, reference: Trials, rows: Int64) -> Float64:
    one, other = summarize(trials[rows]), summarize(reference[rows])
    return np.array([figure(one) - figure(other) for figure in COMPARED.values()])


def _ratio(part: float, whole: float) -> float:
    return float(part / whole) if whole else float("nan")
