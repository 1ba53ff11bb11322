# SPDX-License-Identifier: Apache-2.0
"""What is kept of one pick of a soak."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SoakPick:
    """One pick: the fault and after which stage it came, how the pick ended, and whether the cell came back.

    ``came``: whether the stage ended, so that the fault was made. ``hung``: what did not answer in time,
    empty where all did. ``recovered``: a later pick succeeded.
    """

    seed: int
    fault: str
    stage: str
    came: bool
    succeeded: bool
    error_code: int
    error: str
    hung: str
    recovery_tries: int
    recovered: bool
    wall_s: float
