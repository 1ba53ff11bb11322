# SPDX-License-Identifier: Apache-2.0
"""Settings of parallel-jaw candidates. It imports no algorithm, so that reading settings loads none."""

from __future__ import annotations

from dataclasses import field, replace

from pinch_core.config import configclass, setting
from pinch_core.perception.config import EdgeConfig


@configclass
class AntipodalSamplerConfig:
    """How contact pairs are sampled."""

    count: int = setting(default=500, help="antipodal pairs to sample", lower=1, upper=100000)
    friction: tuple[float, ...] = setting(
        default=(0.4, 0.6, 0.8, 1.0),
        help="friction coefficients to try in turn until there are enough pairs",
        lower=0.01,
        upper=10.0,
    )
    batch: int = setting(default=16384, help="pairs sampled and tested at once", lower=100, upper=10_000_000)
    batches: int = setting(
        default=6, help="batches per friction coefficient before the next one is tried", lower=1, upper=1000
    )
    min_separation: float = setting(
        default=0.003,
        unit="m",
        help="contacts closer than this are noise of one edge, not two sides",
        lower=0.0,
        upper=0.1,
    )


@configclass
class UniformSamplerConfig:
    """How grasps are sampled without depth edges."""

    count: int = setting(default=2000, help="grasps to sample", lower=1, upper=100_000)


@configclass
class GraspDepthConfig:
    """How closing axes become grasps."""

    step: float = setting(
        default=0.01, unit="m", help="distance between the depths tried for one pair", lower=0.001, upper=0.1
    )
    table_clearance: float = setting(
        default=0.003, unit="m", help="the fingertips stay this far above the table", lower=0.0, upper=0.1
    )
    palm_clearance: float = setting(
        default=0.004,
        unit="m",
        help="the palm stays this far above the highest point below it",
        lower=0.0,
        upper=0.1,
    )
    opening_margin: float = setting(
        default=0.006,
        unit="m",
        help="free space between object and each pad on the approach",
        lower=0.0,
        upper=0.05,
    )
    finger_margin: float = setting(
        default=0.002,
        unit="m",
        help="the fingers are enlarged by this much to absorb pose errors",
        lower=0.0,
        upper=0.05,
    )


@configclass
class FilterConfig:
    """Limits that every grasp must respect."""

    min_opening_margin: float = setting(
        default=0.002,
        unit="m",
        help="free space that must remain between object and each pad on the approach",
        lower=0.0,
        upper=0.05,
    )
    collision_tolerance: float = setting(
        default=0.001,
        unit="m",
        help="how far measured points may reach above fingertips or palm; absorbs noise",
        lower=0.0,
        upper=0.05,
    )
    min_overlap: float = setting(
        default=0.004,
        unit="m",
        help="how far the fingertips must reach below the contacts",
        lower=0.0,
        upper=0.1,
    )
    max_hidden: float = setting(
        default=0.2,
        help="share of a fingertip that may be in space occluded from the camera",
        lower=0.0,
        upper=1.0,
    )
    max_unseen: float = setting(
        default=0.5,
        help="share of a finger's outline that may lie on pixels without return",
        lower=0.0,
        upper=1.0,
    )
    border: int = setting(
        default=4, unit="px", help="TCP and pads stay this far inside the image", lower=0, upper=500
    )
    max_approach_tilt: float = setting(
        default=0.8,
        unit="rad",
        help="largest angle between the approach and the optical axis",
        lower=0.0,
        upper=1.5,
    )


@configclass
class ImageQualityConfig:
    """Weights of the image-based baseline: how much of the quality a grasp loses at most, per criterion; with
    all 0, only centring counts.
    """

    depth_offset: float = setting(
        default=0.02,
        unit="m",
        help="preferred depth of the fingertips below the object's top",
        lower=0.0,
        upper=0.2,
    )
    friction_weight: float = setting(
        default=0.5, help="share lost by a grasp that holds only at friction 1", lower=0.0, upper=1.0
    )
    depth_weight: float = setting(
        default=0.3,
        help="share lost by a grasp that misses the preferred depth completely",
        lower=0.0,
        upper=1.0,
    )
    width_weight: float = setting(
        default=0.4,
        help="share lost by a grasp that needs the largest opening",
        lower=0.0,
        upper=1.0,
    )
    contact_weight: float = setting(
        default=1.0,
        help="share lost if the pads meet the object elsewhere than at the sampled contacts",
        lower=0.0,
        upper=1.0,
    )


@configclass
class ParallelJawConfig:
    """How parallel-jaw grasps are proposed, limited and, by the baseline, judged."""

    edges: EdgeConfig = field(default_factory=EdgeConfig)
    sampler: AntipodalSamplerConfig = field(default_factory=AntipodalSamplerConfig)
    depths: GraspDepthConfig = field(default_factory=GraspDepthConfig)
    filters: FilterConfig = field(default_factory=FilterConfig)
    quality: ImageQualityConfig = field(default_factory=ImageQualityConfig)


# Limits of the last resort: half of the usual ones.
_CLOSER = 0.5


def closer_limits(config: ParallelJawConfig) -> ParallelJawConfig:
    """The same with half of the margins beside the object and below its contacts; those to the table, to
    neighbours and to what the camera did not see stay.
    """
    filters = replace(
        config.filters,
        min_opening_margin=_CLOSER * config.filters.min_opening_margin,
        min_overlap=_CLOSER * config.filters.min_overlap,
    )
    return replace(config, filters=filters)
