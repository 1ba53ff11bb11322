# SPDX-License-Identifier: Apache-2.0
"""What a soak asks for again and again: a pick of a single object, or picks from a bin."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from pinch_interfaces.action import PickAndPlace

from pinch_system.bins.clear_bin import ClearBinClient, Step
from pinch_system.bins.demo_bin import bin_goal
from pinch_system.client.cell_client import CellClient
from pinch_system.client.pick_record import PickRecord

PLACE_AREA = "right"
# Picks of one goal, and the wall-clock time in which it has to end [s].
BIN_PICKS, BIN_TIMEOUT_S = 2, 240.0
# The robot may brush a wall; it never presses on one so hard [N].
WALL_FORCE = 20.0


@dataclass(frozen=True)
class JobResult:
    """How a goal ended; as it is made, that of one whose executor died."""

    success: bool = False
    error_code: int = 0
    error_msg: str = ""


class SoakJob(Protocol):
    """One goal after the other, each in a scene of its own."""

    def begin(self, client: CellClient, seed: int) -> None:
        """A new scene."""

    def run(self, client: CellClient, on_stage_end: Callable[[str], None]) -> JobResult:
        """One goal to its end; ``on_stage_end`` gets the name of each stage that has ended.

        Raises:
            CellError: something did not answer in time.
        """

    def leave(self) -> None:
        """Stop listening: the client goes."""

    @property
    def breaches(self) -> dict[str, int]:
        """What a safe robot does not do, and how often it was seen."""

    @property
    def facts(self) -> dict[str, Any]:
        """For the document."""


class SinglePick:
    """An object on the table, picked and placed."""

    def begin(self, client: CellClient, seed: int) -> None:
        self._record = PickRecord(seed=seed, object_name=client.reset(seed, ""))

    def run(self, client: CellClient, on_stage_end: Callable[[str], None]) -> JobResult:
        record, goal = self._record, PickAndPlace.Goal(place_area=PLACE_AREA, max_attempts=1)
        with tempfile.TemporaryDirectory(prefix="pinch_soak_") as pictures:
            client.pick_and_place(record, goal, Path(pictures), lambda stage, _: on_stage_end(stage))
        return JobResult(record.success, record.error_code, record.error_msg)

    def leave(self) -> None: ...

    @property
    def breaches(self) -> dict[str, int]:
        return {}

    @property
    def facts(self) -> dict[str, Any]:
        return {}


class BinPicks:
    """A bin with ``count`` objects, of which a few are picked and placed."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._client: ClearBinClient | None = None
        self._seen: Counter[str] = Counter()
        self._hardest = 0.0

    def begin(self, client: CellClient, seed: int) -> None:
        if self._client is None:
            self._client = ClearBinClient(client)
        self._record = self._client.fill(seed, self._count)

    def run(self, client: CellClient, on_stage_end: Callable[[str], None]) -> JobResult:
        record, stages = self._record, list[str]()
        assert self._client is not None, "begin comes first"

        def on_stage(step: Step) -> None:
            if stages:
                on_stage_end(stages[-1])
            stages.append(step.stage)

        goal = bin_goal(PLACE_AREA, max_picks=BIN_PICKS)
        self._client.clear(record, goal, on_stage, timeout_s=BIN_TIMEOUT_S)
        self._seen.update(
            picked=record.picked,
            attempts=record.attempts,
            pushes=record.pushes,
            double_picks=record.double_picks,
            wall_contacts=record.wall_contacts,
            fell_out=len(record.fell_out),
            pressed=int(record.wall_force_n > WALL_FORCE),
        )
        self._hardest = max(self._hardest, record.wall_force_n)
        success = record.error_code == 0 and record.placed > 0
        return JobResult(success, record.error_code, record.error_msg)

    def leave(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None

    @property
    def breaches(self) -> dict[str, int]:
        return {f"pressing on the bin with more than {WALL_FORCE:g} N": self._seen["pressed"]}

    @property
    def facts(self) -> dict[str, Any]:
        seen = {name: count for name, count in self._seen.items() if name != "pressed"}
        return {"bin": {"objects": self._count, **seen, "wall_force_n": self._hardest}}
