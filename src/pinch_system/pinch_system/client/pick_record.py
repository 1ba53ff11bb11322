# SPDX-License-Identifier: Apache-2.0
"""What is written down of each pick, and the summary of a demo."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from pinch_core.machine_facts import machine_facts


@dataclass
class PickRecord:
    """One pick-and-place from reset to result.

    ``stage_ms``: simulated milliseconds spent in each stage of the executor, in the order they first came.
    ``plan_ms``: milliseconds of each stage of the last grasp plan, by wall clock. ``lifted``: the simulator
    itself saw the object off the table between the fingers. ``held``: the executor said so after its last
    check.
    """

    seed: int
    object_name: str = ""
    success: bool = False
    attempts: int = 0
    lifted: bool = False
    held: bool = False
    placed: bool = False
    error_code: int = 0
    error_msg: str = ""
    quality: float = 0.0
    width_mm: float = 0.0
    total_s: float = 0.0
    wall_s: float = 0.0
    stage_ms: dict[str, float] = field(default_factory=dict)
    plan_ms: dict[str, float] = field(default_factory=dict)
    pictures: list[str] = field(default_factory=list)

    def add_stage_time(self, stage: str, seconds: float) -> None:
        """Stages that are entered again (retries) add up."""
        self.stage_ms[stage] = round(self.stage_ms.get(stage, 0.0) + 1e3 * seconds, 1)


def summarise(records: list[PickRecord], command: str, picks: int) -> dict[str, object]:
    """The content of summary.json; ``picks`` were asked for, fewer records say that the run was cut short."""
    return {
        "command": command,
        "attempts": sum(record.attempts for record in records),
        "picks": picks,
        "successes": sum(record.success for record in records),
        "seeds": [record.seed for record in records],
        "machine": machine_facts(),
        "records": [asdict(record) for record in records],
    }


def write_summary(summary: dict[str, object], path: Path) -> None:
    """Write whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(summary, indent=2) + "\n", encoding="utf-8")
    partial.replace(path)
