# SPDX-License-Identifier: Apache-2.0
"""The planner with its settings and gripper: one immutable set, replaced as a whole by a change."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from pinch_interfaces.msg import FailedGrasp as FailedGraspMessage
from pinch_interfaces.msg import KeepOutBox as KeepOutBoxMessage

from pinch_core.depth_frame import DepthFrame
from pinch_core.errors import ConfigError, UnknownNameError
from pinch_core.grasp_types import bind_grasp_type
from pinch_core.gripper import Gripper
from pinch_core.networks.errors import NetworkError
from pinch_core.perception.region import RegionOfInterest
from pinch_core.placed_bin import PlacedBin
from pinch_core.planner_config import PlannerConfig
from pinch_core.planning import policies as core
from pinch_core.planning.grasp_policy import GraspPolicy
from pinch_core.planning.grasp_type import GraspType
from pinch_core.planning.loaded_network import LoadedNetwork
from pinch_core.planning.plan import PlanResult, SceneHints, plan_grasps
from pinch_core.planning.policies import policy_kind
from pinch_core.planning.report import ProgressCallback
from pinch_core.resources import load_bin, load_gripper
from pinch_gqcnn.errors import ModelError, UnknownBinError, UnknownGripperError, UnknownPolicyError
from pinch_gqcnn.network_store import NetworkStore
from pinch_gqcnn.node_config import PlannerNodeConfig


@dataclass(frozen=True)
class PlanRequest:
    """What is asked of one frame. Empty names: the node's own policy, model and bin; no grippers: any.
    ``failed``, ``keep_out``: as they came, in frames of their own. ``with_surroundings``: the result shall
    hold what the camera saw.
    """

    max_grasps: int
    min_quality: float = 0.0
    policy: str = ""
    model: str = ""
    grippers: tuple[str, ...] = ()
    roi: RegionOfInterest | None = None
    bin: str = ""
    failed: tuple[FailedGraspMessage, ...] = ()
    keep_out: tuple[KeepOutBoxMessage, ...] = ()
    with_surroundings: bool = False


@dataclass(frozen=True)
class Planner:
    """Settings and gripper that a plan is made with."""

    node: PlannerNodeConfig
    config: PlannerConfig
    grasp_type: GraspType[Any]
    networks: Mapping[str, LoadedNetwork]

    @classmethod
    def load(cls, node: PlannerNodeConfig, config: PlannerConfig, networks: NetworkStore) -> Planner:
        """Load what the settings name.

        Raises:
            ConfigError, UnknownNameError, UnknownPolicyError: a file or name does not exist or is not valid.
            NetworkError, DamagedWeightsError: a network cannot be loaded.
        """
        gripper = load_gripper(node.gripper)
        if config.workspace.enabled and not node.base_frame:
            raise ConfigError(
                "workspace.enabled is set but base_frame is empty; name the robot's base frame that the box "
                "is given in."
            )
        grasp_type = bind_grasp_type(gripper, config)
        planner = cls(node, config, grasp_type, networks.load(node.models, gripper))
        planner.check(PlanRequest(config.max_grasps))
        return planner

    @property
    def gripper(self) -> Gripper:
        """The gripper that grasps are planned for."""
        return self.grasp_type.gripper

    def check(self, request: PlanRequest) -> None:
        """Find out before waiting for a frame whether the names in a request are known.

        Raises:
            UnknownGripperError, UnknownPolicyError, UnknownBinError, ModelError: one is not.
        """
        if request.grippers and self.gripper.name not in request.grippers:
            raise UnknownGripperError(
                f"the goal allows only {_quoted(request.grippers)}, but this node plans for the gripper "
                f"'{self.gripper.name}'; add it to request.grippers, or leave them empty for any gripper."
            )
        self._policy(request)
        self.bin(request)

    def bin(self, request: PlanRequest) -> PlacedBin | None:
        """The bin that a request is about; None: whatever stands on the table.

        Raises:
            UnknownBinError: there is no such bin.
        """
        name = request.bin or self.node.bin
        if not name:
            return None
        try:
            return load_bin(name)
        except (UnknownNameError, ConfigError) as error:
            raise UnknownBinError(str(error)) from error

    def _policy(self, request: PlanRequest) -> GraspPolicy:
        name = request.policy or self.node.policy
        try:
            kind = policy_kind(name)
        except core.UnknownPolicyError as error:
            raise UnknownPolicyError(str(error)) from error
        if not kind.needs_network:
            if request.model:
                raise ModelError(
                    f"model = '{request.model}' is given, but policy '{name}' uses no network; leave it out."
                )
            return kind.make(self.config, self.grasp_type, None)
        if not self.networks:
            raise ModelError(
                f"policy '{name}' needs a network for grippers of type '{self.gripper.type}', and this node "
                "has none; name the file of one in the parameter models, or choose the policy igq."
            )
        model = request.model or next(iter(self.networks), "")
        if model not in self.networks:
            raise ModelError(
                f"model = '{model}' is not loaded; this node has: {', '.join(self.networks)}. Leave it "
                "out for the first, or name it in the parameter models."
            )
        try:
            return kind.make(self.config, self.grasp_type, self.networks[model])
        except NetworkError as error:
            raise ModelError(str(error)) from error

    def plan(
        self,
        frame: DepthFrame,
        request: PlanRequest,
        hints: SceneHints,
        *,
        on_progress: ProgressCallback | None = None,
        should_stop: Callable[[], bool] | None = None,
    ) -> PlanResult:
        """Plan on one frame, with the errors of ``plan_grasps``. The same input gives the same grasps."""
        config = dataclasses.replace(
            self.config,
            max_grasps=request.max_grasps,
            min_quality=max(request.min_quality, self.config.min_quality),
        )
        return plan_grasps(
            frame,
            self.grasp_type,
            config,
            np.random.default_rng(self.node.seed),
            hints=hints,
            policy=self._policy(request),
            on_progress=on_progress,
            should_stop=should_stop,
        )


# Names that an error repeats; a goal may carry any number of any length.
_SHOWN_NAMES, _SHOWN_CHARACTERS = 4, 40


def _quoted(names: Sequence[str]) -> str:
    shown = [f"'{name[:_SHOWN_CHARACTERS]}'" for name in names[:_SHOWN_NAMES]]
    further = len(names) - len(shown)
    return ", ".join(shown) + (f" and {further} more" if further else "")
