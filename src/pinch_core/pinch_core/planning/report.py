# SPDX-License-Identifier: Apache-2.0
"""The report of a plan: candidates, rejections by filter, time per stage."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from pinch_core.errors import PlanCancelled
from pinch_core.grasp import Grasp

ProgressCallback = Callable[[str, int, "Grasp | None"], None]


@dataclass(frozen=True)
class PlanReport:
    """Counts are of grasps. ``rejected``: reason -> count, each grasp counted once, in the order of the
    filters.
    ``stages``: name -> seconds, in order. ``hole_ratio``: share of pixels without return.
    ``nothing_sampled``: the gripper type's sentence for a scene without any sample. ``no_return``: reason ->
    pixels of the stored image. ``changed_since_failure``: ids of failed grasps around which the scene has
    changed.
    """

    sampled: int
    scored: int
    rejected: dict[str, int]
    stages: dict[str, float]
    hole_ratio: float
    warnings: tuple[str, ...]
    nothing_sampled: str
    no_return: Mapping[str, int] = field(default_factory=dict)
    changed_since_failure: tuple[str, ...] = ()

    @property
    def seconds(self) -> float:
        """Time of all stages."""
        return sum(self.stages.values())

    def why_empty(self) -> str:
        """One sentence on why there is no grasp."""
        if not self.sampled:
            return self.nothing_sampled
        reasons = ", ".join(f"{count} by {name}" for name, count in self.rejected.items() if count)
        most = max(self.rejected, key=lambda name: self.rejected[name], default="")
        remedy = (
            "no setting allows grasps in the table: check the table that was given, or move the object"
            if most == "below_table"
            else "relax what rejects most or move the object"
        )
        return f"all {self.sampled} sampled grasps were rejected: {reasons}; {remedy}."


@dataclass
class PlanRecorder:
    """Collects a report while a plan runs, reports progress, and handles cancellation.

    ``entered``: how often each stage was begun. ``best``: the best grasp found so far, if any.
    ``time_budget`` [s] counts from ``started``.
    """

    on_progress: ProgressCallback | None = None
    should_stop: Callable[[], bool] | None = None
    sampled: int = 0
    scored: int = 0
    rejected: dict[str, int] = field(default_factory=dict)
    stages: dict[str, float] = field(default_factory=dict)
    entered: dict[str, int] = field(default_factory=dict)
    best: Grasp | None = None
    warnings: list[str] = field(default_factory=list)
    changed_since_failure: tuple[str, ...] = ()
    time_budget: float = math.inf
    started: float = field(default_factory=time.perf_counter)

    def is_out_of_time(self) -> bool:
        """The time budget [s] is spent."""
        return time.perf_counter() - self.started > self.time_budget

    def warn_out_of_time(self, when: str) -> None:
        """Warn that a search ended early."""
        self.warn(
            f"the time budget of {self.time_budget * 1e3:g} ms ended the search {when}; "
            "the best grasps found until then are returned."
        )

    def warn(self, sentence: str) -> None:
        """Put a warning into the report, once."""
        if sentence not in self.warnings:
            self.warnings.append(sentence)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time a stage; cancellation is checked before and after it."""
        self.check()
        number = self.entered.get(name, 0)
        self.entered[name] = number + 1
        if self.on_progress is not None:
            self.on_progress(name, number, self.best)
        start = time.perf_counter()
        try:
            yield
        finally:
            self.stages[name] = self.stages.get(name, 0.0) + time.perf_counter() - start
        self.check()

    def check(self) -> None:
        """Stop here if the caller cancelled.

        Raises:
            PlanCancelled: ``should_stop`` says so.
        """
        if self.should_stop is not None and self.should_stop():
            raise PlanCancelled("planning was cancelled; no grasp was returned.")

    def reject(self, name: str, count: int) -> None:
        self.rejected[name] = self.rejected.get(name, 0) + count

    def report(
        self, hole_ratio: float, nothing_sampled: str, no_return: Mapping[str, int] | None = None
    ) -> PlanReport:
        return PlanReport(
            self.sampled,
            self.scored,
            dict(self.rejected),
            dict(self.stages),
            hole_ratio,
            tuple(self.warnings),
            nothing_sampled,
            dict(no_return or {}),
            self.changed_since_failure,
        )
