# SPDX-License-Identifier: Apache-2.0
"""Grasp policies by the names that goals use."""

from __future__ import annotations

from collections.abc import Callable

from pinch_core.planning.image_quality import ImageQuality
from pinch_core.planning.planner_config import PlannerConfig
from pinch_core.planning.scorer import GraspScorer
from pinch_gqcnn.errors import ModelError, UnknownPolicyError

# The image-based baseline needs no network, so no policy takes a model yet.
_SCORERS: dict[str, Callable[[PlannerConfig], GraspScorer]] = {
    "igq": lambda config: ImageQuality(config.quality)
}


def make_scorer(policy: str, model: str, config: PlannerConfig) -> GraspScorer:
    """The scorer of a policy.

    Raises:
        UnknownPolicyError, ModelError: the name is not known here.
    """
    if policy not in _SCORERS:
        raise UnknownPolicyError(
            f"policy = '{policy}' is not known; this node has: {', '.join(sorted(_SCORERS))}."
        )
    if model:
        raise ModelError(
            f"model = '{model}' is not loaded: policy '{policy}' uses no network; leave model empty."
        )
    return _SCORERS[policy](config)
