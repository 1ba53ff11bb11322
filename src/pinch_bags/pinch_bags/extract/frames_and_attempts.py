# SPDX-License-Identifier: Apache-2.0
"""Frames of a bag as files, and the attempts on them as a table."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pinch_bags.attempts import ExecutedGrasp, attempt_topics, read_attempts
from pinch_bags.extract.command import ExtractOptions
from pinch_core.depth_files import read_intrinsics, write_depth_npy, write_depth_png, write_intrinsics
from pinch_core.depth_frame import DepthFrame
from pinch_core.errors import DamagedFileError, OutputError, PinchError
from pinch_core.geometry.camera import CameraIntrinsics
from pinch_ros.bags import Bag, FramePairing, RawFrame, choose_depth_topics

CAMERA, ATTEMPTS, INDEX = "camera.json", "attempts.csv", "frames.csv"


@dataclass
class Extracted:
    """``notes``: what was left out and why. ``fault``: where the recording is damaged."""

    frames: int = 0
    attempts: int = 0
    notes: list[str] = field(default_factory=list)
    fault: str = ""


def extract(path: Path, out: Path, options: ExtractOptions) -> Extracted:
    """Write the files into a new folder, one frame in memory.

    Raises:
        OutputError: there is something in the folder, or it cannot be written.
        PinchError: topics or files are not there.
    """
    bag = Bag(path)
    topics = choose_depth_topics(
        bag, options.depth_topic, options.info_topic, needs_info=options.camera is None
    )
    named = attempt_topics(bag, options.grasp_topic, options.outcome_topic)
    attempts = read_attempts(bag, named) if named else {}
    _make_folder(out)
    extracted = Extracted()
    pairing = FramePairing(topics, with_info=options.camera is None)
    given = None if options.camera is None else read_intrinsics(options.camera)
    with (
        (out / INDEX).open("w", newline="") as index_file,
        (out / ATTEMPTS).open("w", newline="") as tried_file,
    ):
        files = _Files(out, options, csv.writer(index_file), csv.writer(tried_file))
        try:
            for raw in bag.messages((topics.image, topics.info)):
                frame = pairing.add(raw)
                if frame is not None and _is_wanted(frame, attempts, options):
                    _extract_frame(frame, attempts.pop(frame.stamp_ns, []), files, given, extracted)
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

    def __init__(self, out: Path, options: ExtractOptions, index: Any, tried: Any) -> None:
        self.out, self.options, self._index, self._tried = out, options, index, tried
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
        path = self.out / f"depth_{number:06d}{'.png' if self.options.png else '.npy'}"
        (write_depth_png if self.options.png else write_depth_npy)(path, frame)
        self._index.writerow((path.name, number, frame.stamp_ns, frame.frame_id))
        for one in attempts:
            self._tried.writerow((path.name, one.column, one.row, one.angle, one.depth, int(one.held)))


def _extract_frame(
    raw: RawFrame,
    attempts: Sequence[ExecutedGrasp],
    files: _Files,
    given: CameraIntrinsics | None,
    extracted: Extracted,
) -> None:
    try:
        # Attempts are in the undistorted image, as plans are.
        frame = raw.decode(given, rectified=not files.options.raw_images).rectified()
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


def _is_wanted(frame: RawFrame, attempts: dict[int, list[ExecutedGrasp]], options: ExtractOptions) -> bool:
    return frame.stamp_ns in attempts or (not options.attempts_only and frame.number % options.every == 0)


def _make_folder(out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
        taken = any(out.iterdir())
    except OSError as error:
        raise OutputError(f"{out} cannot be written ({error.strerror}); name another folder.") from error
    if taken:
        raise OutputError(f"{out} is not empty; name another folder, or empty it.")
