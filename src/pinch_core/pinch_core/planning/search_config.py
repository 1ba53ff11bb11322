# SPDX-License-Identifier: Apache-2.0
"""Settings of the searches for grasps. It imports no algorithm, so that reading settings loads none."""

from __future__ import annotations

from pinch_core.config import configclass, setting


@configclass
class CemConfig:
    """How the search narrows; the paper has 100 seeds, 3 rounds, a quarter kept, k = 3, 50 resamples."""

    seeds: int = setting(default=700, help="sampled grasps that are scored first", lower=4, upper=100_000)
    iterations: int = setting(default=2, help="rounds of resampling", lower=0, upper=100)
    elite_share: float = setting(
        default=0.15,
        help="share of the first population that the mixture is fitted to",
        lower=0.01,
        upper=1.0,
    )
    components: int = setting(default=3, help="Gaussians of the mixture", lower=1, upper=50)
    resamples: int = setting(default=75, help="grasps sampled from it in each round", lower=1, upper=100_000)

    @property
    def elites(self) -> int:
        return max(self.components, round(self.elite_share * self.seeds))


@configclass
class DenseConfig:
    """How finely the objects are searched."""

    angles: int = setting(default=16, help="closing axes, spread over half a turn", lower=1, upper=180)
    depths: int = setting(default=8, help="depths between the objects' top and the table", lower=1, upper=64)
    closer_look: int = setting(
        default=800, help="best cells to centre, filter and score again", lower=1, upper=100_000
    )


@configclass
class ApproachConfig:
    """Straight motions before and after a grasp. The grasp carries them, and executors follow them."""

    approach_distance: float = setting(
        default=0.10,
        unit="m",
        help="length of the straight approach, along the grasp's approach direction",
        lower=0.02,
        upper=0.3,
    )
    retreat_distance: float = setting(
        default=0.10,
        unit="m",
        help="length of the straight retreat with the object, away from the table",
        lower=0.02,
        upper=0.4,
    )


@configclass
class FailureMemoryConfig:
    """How far a failed grasp keeps others away, as long as the scene around it has not changed."""

    distance: float = setting(
        default=0.02,
        unit="m",
        help="distance of TCPs, per failure there, below which a grasp is like the failed one",
        lower=0.0,
        upper=0.2,
    )
    angle: float = setting(
        default=0.5,
        unit="rad",
        help="and angle of closing axes below which it is; after a second failure all angles are",
        lower=0.0,
        upper=1.6,
    )
    tries: int = setting(
        default=2,
        help="failed grasps on one object after which all of it is left alone",
        lower=1,
        upper=1000,
    )
    height_change: float = setting(
        default=0.006,
        unit="m",
        help="a height that differs by more has changed",
        lower=0.001,
        upper=0.1,
    )
    changed_share: float = setting(
        default=0.04,
        help="the scene has changed where this share of the heights around a failed grasp has",
        lower=0.0,
        upper=1.0,
    )


@configclass
class PushConfig:
    """How objects are pushed, and when a push is worth it."""

    distances: tuple[float, ...] = setting(
        default=(0.03, 0.05, 0.08),
        unit="m",
        help="how far an object is pushed; the best of them is taken",
        lower=0.005,
        upper=0.3,
    )
    directions: int = setting(default=16, help="directions that are tried for each object", lower=4, upper=72)
    room: float = setting(
        default=0.022,
        unit="m",
        help="free space beside an object that a finger needs",
        lower=0.001,
        upper=0.2,
    )
    clearance: float = setting(
        default=0.006,
        unit="m",
        help="the fingertips stay this far above table or floor",
        lower=0.001,
        upper=0.1,
    )
    run_up: float = setting(
        default=0.008, unit="m", help="distance to the object at which a push begins", lower=0.0, upper=0.1
    )
    min_gain: float = setting(
        default=0.12,
        help="share of the outline that must gain room for a finger",
        lower=0.0,
        upper=1.0,
    )
    no_push_above: float = setting(
        default=0.5,
        help="where a grasp of this quality or better exists, no push is expected to help",
        lower=0.0,
        upper=1.0,
    )
