# SPDX-License-Identifier: Apache-2.0
"""What each stage of a goal may take, and how often what it asks for may be asked again."""

from __future__ import annotations

from dataclasses import dataclass, field

from pinch_core.config import configclass, setting


@configclass
class StageLimits:
    """Of one stage; 0 retries: what fails once has failed."""

    timeout: float = setting(
        default=60.0,
        unit="s",
        help="longest time of the stage, whatever it waits for",
        lower=0.1,
        upper=3600.0,
    )
    retries: int = setting(
        default=1,
        help="how often it asks again where it was refused before anything moved",
        lower=0,
        upper=20,
    )


def _once() -> StageLimits:
    return StageLimits(retries=0)


@dataclass(frozen=True)
class StagesConfig:
    """By the stages' names. Those that only ask the grasp planner (detect) or the motion planner (choose,
    plan) ask once: another attempt of a pick, another grasp and other random seeds are retries already.
    """

    look: StageLimits = field(default_factory=StageLimits)
    detect: StageLimits = field(default_factory=_once)
    choose: StageLimits = field(default_factory=_once)
    plan: StageLimits = field(default_factory=_once)
    pre_grasp: StageLimits = field(default_factory=StageLimits)
    approach: StageLimits = field(default_factory=StageLimits)
    close: StageLimits = field(default_factory=StageLimits)
    verify: StageLimits = field(default_factory=_once)
    lift: StageLimits = field(default_factory=StageLimits)
    transfer: StageLimits = field(default_factory=StageLimits)
    lower: StageLimits = field(default_factory=StageLimits)
    open: StageLimits = field(default_factory=StageLimits)
    retreat: StageLimits = field(default_factory=StageLimits)
    push: StageLimits = field(default_factory=StageLimits)
    stop: StageLimits = field(default_factory=_once)
    home: StageLimits = field(default_factory=StageLimits)

    def of(self, stage: str) -> StageLimits:
        """The limits of a stage by the name that clients are told."""
        limits = getattr(self, stage.replace("-", "_"))
        assert isinstance(limits, StageLimits)
        return limits
