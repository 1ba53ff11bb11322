# SPDX-License-Identifier: Apache-2.0
"""How far from a grasp its straight motions begin and end."""

from __future__ import annotations

from pinch_core.config import configclass, setting


@configclass
class ApproachConfig:
    """Straight motions before and after a grasp; they travel in the grasp, executors follow them."""

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
