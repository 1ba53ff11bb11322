# SPDX-License-Identifier: Apache-2.0
"""What is kept of one pick of a soak."""

from __future__ import annotations

from dataclasses import dataclass

NO_FAULT = "none"


@dataclass(frozen=True)
class SoakPick:
    """One pick: the fault and after which stage it came, how the pick ended, and whether the cell came back.

    ``fault`` is NO_FAULT where none was planned, or where the stage did not end so that none was made.
    ``hung``: what did not answer in time, empty where all did. ``recovered``: a later pick succeeded.
    """

    seed: int
    fault: str
    stage: str
    succeeded: bool
    error_code: int
    error: str
    hung: str
    recovery_tries: int
    recovered: bool
    wall_s: float
