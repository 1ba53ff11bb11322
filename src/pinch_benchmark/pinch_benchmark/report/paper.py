# SPDX-License-Identifier: Apache-2.0
"""What Mahler et al. 2017 report of their robot, for comparison."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PaperRow:
    """Shares in percent, None where none is given; ``planning_s`` seconds."""

    table: str
    method: str
    success: float
    precision: float | None
    robust: float | None
    planning_s: float | None


PAPER_ROWS = (
    PaperRow("III: 8 adversarial objects, 80 trials", "random", 58, None, None, None),
    PaperRow("III: 8 adversarial objects, 80 trials", "igq", 70, None, None, 1.9),
    PaperRow("III: 8 adversarial objects, 80 trials", "ML-RF", 75, 100, 5, 0.8),
    PaperRow("III: 8 adversarial objects, 80 trials", "REG", 95, None, None, 2.6),
    PaperRow("III: 8 adversarial objects, 80 trials", "GQ-CNN", 93, 94, 43, 0.8),
    PaperRow("IV: 10 novel household objects, 50 trials", "igq", 60, None, None, None),
    PaperRow("IV: 10 novel household objects, 50 trials", "REG", 52, None, None, 3.4),
    PaperRow("IV: 10 novel household objects, 50 trials", "GQ-CNN", 80, 100, 58, 0.8),
    PaperRow("40 household objects", "GQ-CNN, cem", 94, 99, None, 2.5),
)
