# SPDX-License-Identifier: Apache-2.0
"""What is kept of each frame: a line of JSON, from which all results are made. Free of ROS."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from pinch_core.atomic_file import append_line
from pinch_core.config import from_mapping
from pinch_core.errors import DamagedFileError, PinchError
from pinch_core.geometry.transform import Transform
from pinch_core.grasp import Grasp, GripperTranslation, ImageGrasp
from pinch_core.plain_text import parse_json

RECORDS = "frames.jsonl"


@dataclass(frozen=True)
class Verdict:
    """What the truth says of a grasp. ``success``: robust, and nothing is hit."""

    collides: bool
    robust_epsilon: float
    success: bool


@dataclass(frozen=True)
class TranslationRecord:
    """See :class:`pinch_core.grasp.GripperTranslation`."""

    direction: tuple[float, float, float]
    distance: float

    @classmethod
    def of(cls, motion: GripperTranslation) -> TranslationRecord:
        """A record of a motion, from which its equal is made."""
        x, y, z = (float(value) for value in motion.direction)
        return cls((x, y, z), float(motion.distance))

    @property
    def motion(self) -> GripperTranslation:
        """The motion."""
        return GripperTranslation(np.array(self.direction), self.distance)


@dataclass(frozen=True)
class GraspRecord:
    """A planned grasp: see :class:`pinch_core.grasp.Grasp`; ``matrix``: rows of ``T_cam_tcp``."""

    quality: float
    width: float
    opening: float
    column: float
    row: float
    angle: float
    depth: float
    matrix: tuple[float, ...]
    approach: TranslationRecord
    retreat: TranslationRecord
    gripper: str
    source: str
    id: str
    verdict: Verdict | None = None

    @classmethod
    def of(cls, grasp: Grasp, verdict: Verdict | None = None) -> GraspRecord:
        """A record of a grasp, from which its equal is made."""
        image = grasp.image
        return cls(
            quality=float(grasp.quality),
            width=float(grasp.width),
            opening=float(grasp.opening),
            column=float(image.column),
            row=float(image.row),
            angle=float(image.angle),
            depth=float(image.depth),
            matrix=tuple(float(value) for value in grasp.T_cam_tcp.matrix.ravel()),
            approach=TranslationRecord.of(grasp.approach),
            retreat=TranslationRecord.of(grasp.retreat),
            gripper=grasp.gripper,
            source=grasp.source,
            id=grasp.id,
            verdict=verdict,
        )

    @property
    def grasp(self) -> Grasp:
        """The grasp."""
        return Grasp(
            T_cam_tcp=Transform.from_matrix(np.reshape(self.matrix, (4, 4))),
            width=self.width,
            opening=self.opening,
            approach=self.approach.motion,
            retreat=self.retreat.motion,
            quality=self.quality,
            image=ImageGrasp(self.column, self.row, self.angle, self.depth),
            gripper=self.gripper,
            source=self.source,
            id=self.id,
        )


@dataclass(frozen=True)
class AttemptRecord:
    """A grasp that was executed on this frame, and what the contender thinks of it, None if it cannot say."""

    held: bool
    quality: float | None


@dataclass(frozen=True)
class PlanRecord:
    """One plan. ``seconds`` of this machine; ``error``: why there is no plan; ``why_empty``: no grasp."""

    contender: str
    seconds: float
    grasps: tuple[GraspRecord, ...] = ()
    sampled: int = 0
    scored: int = 0
    rejected: dict[str, int] | None = None
    warnings: tuple[str, ...] = ()
    error: str = ""
    why_empty: str = ""
    attempts: tuple[AttemptRecord, ...] = ()


@dataclass(frozen=True)
class FrameRecord:
    """One depth image of the recording. ``thumbnail``: see stillness; ``error``: why it cannot be used."""

    number: int
    stamp_ns: int
    time_ns: int
    hole_ratio: float | None
    thumbnail: str
    plans: tuple[PlanRecord, ...]
    error: str = ""

    def plan_of(self, contender: str) -> PlanRecord | None:
        """The plan of one contender."""
        return next((plan for plan in self.plans if plan.contender == contender), None)


def append_record(folder: Path, record: FrameRecord) -> None:
    """Add a line; it is whole or not there.

    Raises:
        OutputError: the disk is full.
    """
    append_line(folder / RECORDS, json.dumps(asdict(record), allow_nan=False).encode())


def read_records(folder: Path) -> Iterator[FrameRecord]:
    """Records of this or an earlier run, one in memory; without a last line that was torn off.

    Raises:
        DamagedFileError: a whole line is no record.
    """
    path = folder / RECORDS
    if not path.exists():
        return
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            if not line.endswith("\n"):
                return
            try:
                yield from_mapping(FrameRecord, parse_json(line), f"{path}, line {number}")
            except (ValueError, PinchError) as error:
                raise DamagedFileError(
                    f"{path}, line {number} is no record of a frame; remove the folder and evaluate again."
                ) from error
