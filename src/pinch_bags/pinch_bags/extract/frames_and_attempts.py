# SPDX-License-Identifier: Apache-2.0
"""Frames of a bag as files, and the attempts on them as a table."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pinch_bags.attempts import AttemptTopics, ExecutedGrasp, read_attempts
from pinch_bags.depth_stream import DepthStream
from pinch_core.depth_files import write_depth_npy, write_depth_png, write_intrinsics
from pinch_core.depth_frame import DepthFrame
from pinch_core.errors import DamagedFileError, OutputError, PinchError
from pinch_core.geometry.camera import CameraIntrinsics
from pinch_ros.bags import Bag, RawFrame

CAMERA, ATTEMPTS, INDEX = "camera.json", "attempts.csv", "frames.csv"


@dataclass
class Extracted:
    """``notes``: what was left out and why. ``fault``: where the recording is damaged."""

    frames: int = 0
    attempts: int = 0
    notes: list[str] = field(default_factory=list)
    fault: str = ""


@dataclass(frozen=True)
class FrameChoice:
    """Which frames are taken beside those of attempts: one of ``every``, or none."""

    every: int = 1
    attempts_only: bool = False

    def takes(self, frame: RawFrame) -> bool:
        """Whether the frame is taken, attempts on it aside."""
        return not self.attempts_only and frame.number % self.every == 0


def extract(
    bag: Bag,
    stream: DepthStream,
    tried: AttemptTopics | None,
    choice: FrameChoice,
    out: Path,
    *,
    as_png: bool = False,
) -> Extracted:
    """Write the files into a new folder, one frame in memory.

    Args:
        tried: topics of attempts; None where there are none.
        as_png: 16-bit PNG [mm] in place of .npy [m].

    Raises:
        OutputError: there is something in the folder, or it cannot be written.
        PinchError: topics are not there.
    """
    topics, pairing = stream.topics, stream.pairing()
    attempts = read_attempts(bag, tried) if tried else {}
    _make_folder(out)
    extracted = Extracted(notes=list(bag.notes), fault=bag.fault)
    with (
        (out / INDEX).open("w", newline="") as index_file,
        (out / ATTEMPTS).open("w", newline="") as tried_file,
    ):
        files = _Files(out, csv.writer(index_file), csv.writer(tried_file), as_png=as_png)
        try:
            for raw in bag.messages((topics.image, topics.info)):
                frame = pairing.add(raw)
                if frame is not None and (frame.stamp_ns in attempts or choice.takes(frame)):
                    _extract_frame(frame, attempts.pop(frame.stamp_ns, []), files, stream, extracted)
        except DamagedFileError as error:
            extracted.fault = str(error)
    if not extracted.attempts:
        (out / ATTEMPTS).unlink()
    missing = sum(map(len, attempts.values()))
    if missing:
        extracted.notes.append(
            f"{missing} attempts have no image of their stamp on {topics.image} and were left "
            "out; record the "
            "images that grasps are planned on."
        )
    return extracted


class _Files:
    """Where frames and rows go. All frames share one intrinsics file."""

    def __init__(self, out: Path, index: Any, tried: Any, *, as_png: bool) -> None:
        self.out, self._index, self._tried, self._as_png = out, index, tried, as_png
        self._intrinsics: CameraIntrinsics | None = None
        index.writerow(("file", "number", "stamp_ns", "frame_id"))
        tried.writerow(("image", "column", "row", "angle", "depth", "outcome"))

    def add(self, number: int, frame: DepthFrame, attempts: Sequence[ExecutedGrasp]) -> None:
        if self._intrinsics is None:
            self._intrinsics = frame.intrinsics
            write_intrinsics(self.out / CAMERA, frame.intrinsics)
        elif frame.intrinsics != self._intrinsics:
            raise PinchError(
                f"image {number} has other intrinsics than those before it, but the files of a folder share "
                f"{CAMERA}; extract with --camera FILE."
            )
        path = self.out / f"depth_{number:06d}{'.png' if self._as_png else '.npy'}"
        (write_depth_png if self._as_png else write_depth_npy)(path, frame)
        self._index.writerow((path.name, number, frame.stamp_ns, frame.frame_id))
        for one in attempts:
            self._tried.writerow((path.name, one.column, one.row, one.angle, one.depth, int(one.held)))


def _extract_frame(
    raw: RawFrame,
    attempts: Sequence[ExecutedGrasp],
    files: _Files,
    stream: DepthStream,
    extracted: Extracted,
) -> None:
    try:
        # Attempts are in the undistorted image, as plans are.
        frame = stream.decode(raw).rectified()
        files.add(raw.number, frame, attempts)
    except OSError as error:
        raise OutputError(
            f"{files.out} cannot be written ({error.strerror}); free space on its disk."
        ) from error
    except PinchError as error:
        extracted.notes.append(f"image {raw.number} was left out: {error}")
        return
    extracted.frames += 1
    extracted.attempts += len(attempts)


def _make_folder(out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
        taken = any(out.iterdir())
    except OSError as error:
        raise OutputError(f"{out} cannot be written ({error.strerror}); name another folder.") from error
    if taken:
        raise OutputError(f"{out} is not empty; name another folder, or empty it.")
