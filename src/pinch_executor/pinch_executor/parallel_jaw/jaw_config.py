# SPDX-License-Identifier: Apache-2.0
"""Settings of a parallel jaw."""

from __future__ import annotations

from pinch_core.config import configclass, setting


@configclass
class JawConfig:
    """How the fingers close, and what their opening tells. How far they open is the grasp's affair."""

    force: float = setting(
        default=30.0, unit="N", help="closing force, at most the gripper's own limit", lower=0.1, upper=1000.0
    )
    empty_opening: float = setting(
        default=0.002,
        unit="m",
        help="closed to within this of the least opening, nothing is held",
        lower=0.0,
        upper=0.05,
    )
    least_travel: float = setting(
        default=5e-4,
        unit="m",
        help="fingers that move by less than this when told to are taken to be stuck",
        lower=0.0,
        upper=0.02,
    )
    drop_opening: float = setting(
        default=0.006,
        unit="m",
        help="fingers that close by this much further, and by drop_share, have lost the object",
        lower=5e-4,
        upper=0.05,
    )
    drop_share: float = setting(
        default=0.4,
        help="of the opening on the object; less is an object that turned between the fingers",
        lower=0.0,
        upper=0.9,
    )
    check_released: bool = setting(
        default=True, help="close once after a place, so that an object that sticks to a finger is noticed"
    )
    position_tolerance: float = setting(
        default=0.004,
        unit="m",
        help="widest miss of a commanded opening that is accepted; each finger takes half of it",
        lower=1e-4,
        upper=0.05,
    )
