# SPDX-License-Identifier: Apache-2.0
"""What is kept of rounds: a line of JSON each, with which an interrupted run goes on."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from pinch_benchmark.errors import BenchmarkError
from pinch_core.atomic_file import append_line
from pinch_core.geometry.transform import Transform
from pinch_core.plain_text import parse_json

ROUNDS = "rounds.jsonl"
# Place and quaternion x, y, z, w; none of an object that is not there.
Pose = tuple[float, ...] | None


class End(str, Enum):
    """Why a round ended."""

    EMPTY = "empty"
    NO_GRASP = "no_grasp"  # the planner refused
    FAILURES = "failures"  # too many in a row
    ATTEMPTS = "attempts"  # too many in all


@dataclass(frozen=True)
class AttemptRecord:
    """One attempt; objects by their numbers in the round.

    ``refusal``: why no grasp was executed, empty if one was. ``quality``: the method's own, NaN where it has
    none. ``target``: the object at the TCP, -1 if none. ``lenient``, ``picked``, ``outcome``: see
    :class:`Verdict`. ``force``, ``wall_force`` [N], ``pushed`` [m], ``pushed_object``, ``lifted``, ``held``:
    see :class:`HeapExecution`. ``taken``: out of the scene from now on; ``fell_out``: left it otherwise.
    ``planning_s``, ``physics_s``: seconds of this machine; ``simulated_s``: of the gripper's motion.
    ``grasp``, ``opening``, ``before``: what was executed, and where the objects were, to do it again.
    ``push``: whether something was pushed instead.
    """

    refusal: str
    quality: float
    target: int
    lenient: bool
    picked: bool
    outcome: str
    force: float
    wall_force: float
    pushed: float
    pushed_object: int
    lifted: tuple[int, ...]
    held: tuple[int, ...]
    taken: tuple[int, ...]
    fell_out: tuple[int, ...]
    planning_s: float
    physics_s: float
    simulated_s: float
    grasp: Pose
    opening: float
    before: tuple[Pose, ...]
    push: bool = False

    @property
    def strict(self) -> bool:
        """A success by the strict rule."""
        return self.outcome == "held"


@dataclass(frozen=True)
class RoundRecord:
    """One round of one method; ``objects``: names, ``liftable``: see :class:`RoundScene`; ``end``: why."""

    scene: str
    method: str
    number: int
    objects: tuple[str, ...]
    liftable: tuple[bool, ...]
    attempts: tuple[AttemptRecord, ...]
    end: str

    @property
    def taken(self) -> frozenset[int]:
        """Numbers of all objects that were taken."""
        return frozenset(k for attempt in self.attempts for k in attempt.taken)

    @property
    def executed(self) -> tuple[AttemptRecord, ...]:
        """The attempts with a grasp."""
        return tuple(attempt for attempt in self.attempts if not attempt.refusal)


def pose_of(transform: Transform | None) -> Pose:
    """For a record."""
    if transform is None:
        return None
    return tuple(float(value) for value in (*transform.translation, *transform.quaternion))


def transform_of(pose: Pose) -> Transform | None:
    """From a record."""
    return None if pose is None else Transform.from_quaternion(pose[3:], pose[:3])


def append_round(folder: Path, record: RoundRecord) -> None:
    """Add a line to the folder's rounds; it is whole or not there."""
    append_line(folder / ROUNDS, json.dumps(asdict(record)).encode())


def read_rounds(folder: Path) -> list[RoundRecord]:
    """Rounds of an earlier run, none where there was none; without a last line that was torn off.

    Raises:
        BenchmarkError: a whole line is no record.
    """
    path = folder / ROUNDS
    if not path.exists():
        return []
    *whole, _ = path.read_text(encoding="utf-8").split("\n")
    records = []
    for number, line in enumerate(whole, 1):
        try:
            records.append(_round(parse_json(line)))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise BenchmarkError(
                f"{path}:{number} is no record of a round ({error}); delete the line or the file."
            ) from error
    return records


def _round(stored: Any) -> RoundRecord:
    attempts = tuple(
        AttemptRecord(**{name: _tuples(value) for name, value in each.items()}) for each in stored["attempts"]
    )
    rest = {name: _tuples(value) for name, value in stored.items() if name != "attempts"}
    return RoundRecord(**rest, attempts=attempts)


def _tuples(value: Any) -> Any:
    return tuple(_tuples(each) for each in value) if isinstance(value, list) else value


def scenes_of(records: Sequence[RoundRecord]) -> tuple[str, ...]:
    """Names of the scenes in the order of the records."""
    return tuple(dict.fromkeys(record.scene for record in records))
