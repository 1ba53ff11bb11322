# SPDX-License-Identifier: Apache-2.0
"""Which frames a reader should look at. Free of ROS."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from heapq import nlargest
from pathlib import Path

from pinch_bags.evaluate.records import FrameRecord, read_records
from pinch_bags.evaluate.stability import Step
from pinch_bags.evaluate.stillness import is_still

# Frames of each kind, and of all kinds.
_OF_A_KIND, _AT_MOST = 2, 10


@dataclass(frozen=True)
class Shown:
    """A frame and one sentence on what is special about it."""

    number: int
    why: str


def frames_to_show(folder: Path) -> list[Shown]:
    """Failures, disagreements, jumps of the best grasp, and the ordinary, each frame once."""
    remarks: dict[str, list[tuple[float, Shown]]] = {}
    for kind, weight, shown in _remarks(folder):
        # A recording may have 100,000 frames: only the few of each kind are kept.
        remarks[kind] = nlargest(
            _OF_A_KIND, [*remarks.get(kind, []), (weight, shown)], key=lambda item: item[0]
        )
    found: dict[int, Shown] = {}
    for kind in ("none", "failed", "jump", "differ", "best"):
        for _, shown in remarks.get(kind, []):
            found.setdefault(shown.number, shown)
    return list(found.values())[:_AT_MOST]


def _remarks(folder: Path) -> Iterator[tuple[str, float, Shown]]:
    before: FrameRecord | None = None
    for record in read_records(folder):
        if record.error:
            continue
        for plan in record.plans:
            if not plan.grasps:
                reason = plan.error or plan.why_empty
                yield "none", 0.0, Shown(record.number, f"{plan.contender} finds no grasp: {reason}")
                continue
            best = plan.grasps[0]
            if best.verdict is not None and not best.verdict.success:
                what = "hits something" if best.verdict.collides else "is not robust"
                yield (
                    "failed",
                    best.quality,
                    Shown(
                        record.number,
                        f"the best grasp of {plan.contender}, q {best.quality:.2f}, {what} in the "
                        "true scene.",
                    ),
                )
            previous = before.plan_of(plan.contender) if before is not None else None
            if (
                before is not None
                and previous
                and previous.grasps
                and is_still(before.thumbnail, record.thumbnail)
            ):
                step = Step.between(previous.grasps[0], best)
                if not step.is_same:
                    yield (
                        "jump",
                        step.distance,
                        Shown(
                            record.number,
                            f"nothing moved since frame {before.number}, but the best grasp of "
                            f"{plan.contender} "
                            f"is {step.distance * 1e3:.0f} mm away.",
                        ),
                    )
            yield "best", best.quality, Shown(record.number, f"q {best.quality:.2f} of {plan.contender}.")
        yield from _disagreement(record)
        before = record


def _disagreement(record: FrameRecord) -> Iterator[tuple[str, float, Shown]]:
    planned = [plan for plan in record.plans if plan.grasps]
    for other in planned[1:]:
        step = Step.between(planned[0].grasps[0], other.grasps[0])
        if not step.is_same:
            apart = f"{step.distance * 1e3:.0f} mm"
            yield (
                "differ",
                step.distance,
                Shown(
                    record.number,
                    f"the best grasps of {planned[0].contender} and {other.contender} are {apart} apart.",
                ),
            )
