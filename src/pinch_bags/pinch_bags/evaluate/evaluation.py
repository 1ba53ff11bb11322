# SPDX-License-Identifier: Apache-2.0
"""A bag from its first to its last frame, and all that is written of it."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pinch_bags.evaluate.frame_job import FrameSettings
from pinch_bags.evaluate.frame_pool import run_frame_jobs
from pinch_bags.evaluate.frame_source import FrameJob, FrameSource
from pinch_bags.evaluate.grasp_bag import write_grasp_bag
from pinch_bags.evaluate.grasp_table import write_grasp_table
from pinch_bags.evaluate.pictures import picture_path, write_video
from pinch_bags.evaluate.records import append_record, read_records
from pinch_bags.evaluate.report import write_report
from pinch_bags.evaluate.result_folder import SUMMARY, ResultFolder
from pinch_bags.evaluate.summary import summarize
from pinch_core.atomic_file import write_file
from pinch_core.config import to_mapping
from pinch_core.errors import DamagedFileError
from pinch_core.networks.weights import weights_digest
from pinch_core.resources import load_gripper


@dataclass(frozen=True)
class Evaluation:
    """``document``: summary.json. ``fault``: where the recording is damaged, empty where it is not."""

    document: dict[str, Any]
    notes: list[str]
    fault: str

    @property
    def found_grasps(self) -> bool:
        """Whether any contender found a grasp on any frame."""
        return any(line["frames_with_grasp"] for line in self.document["contenders"])


def evaluate_bag(
    source: FrameSource, settings: FrameSettings, results: ResultFolder, workers: int
) -> Evaluation:
    """Plan on the frames that an earlier run has not, then write all results.

    Args:
        source: the frames, in one pass over their bag.
        settings: what is the same for all frames.
        results: where results are written; goes on with what it has.
        workers: processes that plan.

    Raises:
        DamagedFileError: nothing of the bag can be read.
        PinchError: networks are not there; the results are of other settings.
    """
    results.claim(_decisive(source, settings))
    fault = _plan_on_new_frames(source, settings, results, workers) or source.bag.fault
    planner, folder = settings.planner, results.path
    document = {
        "bag": str(source.bag.path),
        "depth_topic": settings.stream.topics.image,
        "policy": planner.contenders[0].policy,
        "gripper": planner.gripper,
        "seed": planner.seed,
        "every": source.every,
        "workers": workers,
        "fault": fault,
        "notes": source.notes,
        **summarize(folder, planner.contenders),
    }
    write_file(folder / SUMMARY, (json.dumps(document, indent=2) + "\n").encode())
    write_grasp_table(folder)
    if results.video:
        write_video(folder)
    if results.bag:
        write_grasp_bag(source.bag, settings.stream, folder, load_gripper(planner.gripper))
    write_report(folder, document)
    return Evaluation(document, source.notes, fault)


def _plan_on_new_frames(
    source: FrameSource, settings: FrameSettings, results: ResultFolder, workers: int
) -> str:
    """Add the record of each frame that has none; where the bag is damaged, empty where it is not."""
    done = {record.number for record in read_records(results.path)}
    new: Iterator[FrameJob] = (job for job in source.jobs() if job.frame.number not in done)
    try:
        for result in run_frame_jobs(new, settings, workers):
            if result.picture is not None:
                write_file(picture_path(results.path, result.record.number), result.picture)
            append_record(results.path, result.record)
    except DamagedFileError as error:
        return str(error)
    return ""


def _decisive(source: FrameSource, settings: FrameSettings) -> dict[str, Any]:
    """All that decides what the results are, as plain data; not where and by how many processes."""
    stream, planner = settings.stream, settings.planner
    return {
        "bag": str(source.bag.path.resolve()),
        **dataclasses.asdict(stream.topics),
        "calibration": repr(stream.calibration),
        "depth_format": to_mapping(stream.depth_format),
        "every": source.every,
        "base_frame": source.base_frame,
        "camera_pose": str(source.camera_pose or ""),
        "gripper": planner.gripper,
        "planner": to_mapping(planner.config),
        "seed": planner.seed,
        "policy": planner.contenders[0].policy,
        "networks": {one.name: weights_digest(one.model) for one in planner.contenders if one.model},
        "judged": settings.judging.count,
        "pictures": settings.pictures,
    }
