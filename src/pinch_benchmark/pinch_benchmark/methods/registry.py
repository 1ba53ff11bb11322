# SPDX-License-Identifier: Apache-2.0
"""Methods by the names that users call them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from pinch_benchmark.errors import MissingWeightsError, UnknownMethodError
from pinch_benchmark.methods.method import GraspMethod, MethodSetting
from pinch_benchmark.methods.paper_constraints import PaperConstraints
from pinch_benchmark.methods.policy_method import PolicyMethod
from pinch_benchmark.methods.true_geometry import TrueGeometry
from pinch_core.grasp_types import bind_grasp_type
from pinch_core.parallel_jaw.config import ImageQualityConfig
from pinch_core.parallel_jaw.gripper import ParallelJawGripper
from pinch_core.parallel_jaw.image_quality import ImageQuality
from pinch_core.planner_config import PlannerConfig
from pinch_core.planning.grasp_policy import GraspPolicy
from pinch_core.planning.policies import POLICIES, make_policy
from pinch_core.planning.rank_policy import RandomPolicy, RankPolicy

# Centred pairs at a fixed depth below the object's top, as the paper has them; no other taste.
IGQ_OF_THE_PAPER = ImageQualityConfig(
    friction_weight=0.0, depth_weight=1.0, width_weight=0.0, contact_weight=0.0
)
# A policy of pinch with a network of one's own: "cem:PATH".
OF_NETWORK = ":"
# The paper's network: asked for by name, and not shipped.
WITHOUT_WEIGHTS = "gqcnn-2.0"


def _policy(name: str, gripper: ParallelJawGripper, model: str = "") -> PolicyMethod:
    config = PlannerConfig()
    return PolicyMethod(
        f"{name}{OF_NETWORK}{model}" if model else name,
        make_policy(name, model, config, bind_grasp_type(gripper, config)),
        config,
    )


def _without_probability(name: str, policy: GraspPolicy) -> PolicyMethod:
    return PolicyMethod(name, policy, PlannerConfig(), gives_probability=False)


def _random(_: MethodSetting) -> GraspMethod:
    return _without_probability("random", PaperConstraints(RandomPolicy(), "random"))


def _igq(made_for: MethodSetting) -> GraspMethod:
    policy = RankPolicy(ImageQuality(made_for.gripper, IGQ_OF_THE_PAPER), "igq")
    return _without_probability("igq", PaperConstraints(policy, "igq"))


def _checked(name: str) -> Callable[[MethodSetting], GraspMethod]:
    return lambda made_for: _without_probability(
        f"{name}_checked",
        make_policy(name, "", PlannerConfig(), bind_grasp_type(made_for.gripper, PlannerConfig())),
    )


def _network(name: str) -> Callable[[MethodSetting], GraspMethod]:
    return lambda made_for: _policy(name, made_for.gripper)


def _registration(made_for: MethodSetting) -> GraspMethod:
    from pinch_benchmark.methods.registration_method import Registration
    from pinch_benchmark.registration.known_objects import known_objects

    return Registration(known_objects(made_for))


def _learn_objects(made_for: MethodSetting, workers: int) -> None:
    from pinch_benchmark.registration.known_objects import known_objects

    known_objects(made_for, workers)


def _random_forest(made_for: MethodSetting) -> GraspMethod:
    from pinch_benchmark.methods.learned_forest import random_forest_quality

    policy = RankPolicy(random_forest_quality(made_for), "ml_rf")
    return PolicyMethod("ml_rf", PaperConstraints(policy, "ml_rf"), PlannerConfig())


def _grow_forest(made_for: MethodSetting, workers: int) -> None:
    from pinch_benchmark.methods.learned_forest import random_forest

    notes = ", ".join(f"{name}: {value}" for name, value in random_forest(made_for, workers).notes.items())
    print(f"ml_rf: {notes}", file=sys.stderr)


@dataclass(frozen=True)
class MethodKind:
    """``make`` makes the method; ``prepare`` computes, with so many processes, what it keeps in the cache."""

    make: Callable[[MethodSetting], GraspMethod]
    prepare: Callable[[MethodSetting, int], None] = lambda made_for, workers: None


# "_checked": with all filters of pinch, not only the constraints of the paper.
METHODS: Mapping[str, MethodKind] = MappingProxyType(
    {
        "random": MethodKind(_random),
        "igq": MethodKind(_igq),
        "random_checked": MethodKind(_checked("random")),
        "igq_checked": MethodKind(_checked("igq")),
        "ml_rf": MethodKind(_random_forest, _grow_forest),
        "reg": MethodKind(_registration, _learn_objects),
        "rank": MethodKind(_network("rank")),
        "cem": MethodKind(_network("cem")),
        "dense": MethodKind(_network("dense")),
        "truth": MethodKind(lambda made_for: TrueGeometry(made_for.config.quality)),
    }
)


def check_method(name: str) -> None:
    """Whether there is such a method, without making it.

    Raises:
        UnknownMethodError: there is none.
        MissingWeightsError: there is, but for its weights.
    """
    kind, separator, model = name.partition(OF_NETWORK)
    if name == WITHOUT_WEIGHTS:
        raise MissingWeightsError(
            f"method '{name}' has no weights: pinch ships none of that network; train it (pinch train "
            "--train.network gqcnn_2_released) or import published ones (pinch model import), then try "
            "rank:FILE or cem:FILE (no image-wide form of it is exact, so not dense)."
        )
    if separator and kind in POLICIES and POLICIES[kind].needs_network and model:
        return
    if separator or name not in METHODS:
        raise UnknownMethodError(
            f"method '{name}' is not known; there are {', '.join(METHODS)}, and cem:MODEL, rank:MODEL, "
            "dense:MODEL with the name or file of a network."
        )


def prepare_method(name: str, made_for: MethodSetting, workers: int) -> None:
    """Compute what the method keeps in the cache, so that no worker has to."""
    check_method(name)
    if name in METHODS:
        METHODS[name].prepare(made_for, workers)


def make_method(name: str, made_for: MethodSetting) -> GraspMethod:
    """The method of that name, or a policy with a network: ``cem:MODEL``.

    Raises:
        UnknownMethodError: there is none.
        NetworkError, DamagedWeightsError: its network will not do.
    """
    check_method(name)
    kind, separator, model = name.partition(OF_NETWORK)
    return _policy(kind, made_for.gripper, model) if separator else METHODS[name].make(made_for)
