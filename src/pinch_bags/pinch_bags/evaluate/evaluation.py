# SPDX-License-Identifier: Apache-2.0
"""A bag from its first to its last frame, and all that is written of it."""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pinch_bags.attempts import attempt_topics, read_attempts
from pinch_bags.evaluate.command import EvaluateOptions
from pinch_bags.evaluate.contenders import Contender, PlannerSettings, find_contenders
from pinch_bags.evaluate.frame_job import FrameJob, FrameSettings
from pinch_bags.evaluate.frame_pool import run_frame_jobs
from pinch_bags.evaluate.frame_source import FrameSource
from pinch_bags.evaluate.grasp_bag import write_grasp_bag
from pinch_bags.evaluate.grasp_table import write_grasp_table
from pinch_bags.evaluate.pictures import PICTURES, picture_path, write_video
from pinch_bags.evaluate.records import append_record, read_records
from pinch_bags.evaluate.report import write_report
from pinch_bags.evaluate.summary import summarize
from pinch_bags.ground_truth import objects_topic
from pinch_camera.calibration.calibration_file import load_calibration
from pinch_core.atomic_file import write_file
from pinch_core.config import load_yaml, to_mapping
from pinch_core.depth_files import read_intrinsics
from pinch_core.errors import ConfigError, DamagedFileError
from pinch_core.networks.weights import weights_digest
from pinch_core.resources import find_config, load_gripper
from pinch_datagen.datagen_config import DatagenConfig
from pinch_ros.bags import Bag, DepthTopics, FramePairing, choose_depth_topics
from pinch_ros.bags.recorded_transforms import RecordedTransforms, begin_with_static_transforms
from pinch_ros.conversions import transform_to_message

SETTINGS, SUMMARY = "settings.json", "summary.json"
# These decide how results are written, not what they are.
_NOT_OF_THE_RESULT = ("out", "json", "workers", "video", "bag")


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


def evaluate_bag(path: Path, options: EvaluateOptions) -> Evaluation:
    """Plan on the frames that an earlier run has not, then write all results.

    Raises:
        DamagedFileError: nothing of the bag can be read.
        PinchError: topics, files or names are not there; the results are of other settings.
    """
    bag = Bag(path)
    gripper = load_gripper(options.gripper)
    contenders = find_contenders(options.policy, options.model, gripper)
    topics = choose_depth_topics(
        bag, options.depth_topic, options.info_topic, needs_info=options.camera is None
    )
    _claim(options.out, bag, topics, options, contenders)
    source = _source(bag, topics, options)
    settings = _frame_settings(options, contenders)
    done = {record.number for record in read_records(options.out)}
    workers = options.workers or len(os.sched_getaffinity(0))
    fault = ""
    try:
        for result in run_frame_jobs(_new(source, done), settings, workers):
            if result.picture is not None:
                write_file(picture_path(options.out, result.record.number), result.picture)
            append_record(options.out, result.record)
    except DamagedFileError as error:
        fault = str(error)
    if bag.fault and not fault:
        fault = bag.fault
    document = {
        "bag": str(path),
        "depth_topic": topics.image,
        "policy": options.policy,
        "gripper": options.gripper,
        "seed": options.seed,
        "every": options.every,
        "workers": workers,
        "fault": fault,
        "notes": source.notes,
        **summarize(options.out, contenders),
    }
    write_file(options.out / SUMMARY, (json.dumps(document, indent=2) + "\n").encode())
    write_grasp_table(options.out)
    if options.video:
        write_video(options.out)
    if options.bag:
        write_grasp_bag(bag, topics, options.out, gripper, with_info=options.camera is None)
    write_report(options.out, document)
    return Evaluation(document, source.notes, fault)


def _source(bag: Bag, topics: DepthTopics, options: EvaluateOptions) -> FrameSource:
    transforms = begin_with_static_transforms(bag)
    if options.camera_pose is not None:
        _place_camera(transforms, options.camera_pose)
    workspace = options.planner.workspace
    if workspace.enabled and not options.base_frame:
        raise ConfigError(
            "planner.workspace.enabled is set but --base-frame is not; name the robot's base frame that the "
            "box is given in."
        )
    truth, attempts = objects_topic(bag), attempt_topics(bag)
    return FrameSource(
        bag,
        topics,
        FramePairing(topics, with_info=options.camera is None),
        transforms,
        base_frame=options.base_frame if workspace.enabled else "",
        truth_topic=truth.name if truth else "",
        attempts=read_attempts(bag, attempts) if attempts else {},
        every=options.every,
    )


def _place_camera(transforms: RecordedTransforms, path: Path) -> None:
    pose = load_calibration(path)
    transforms.add(transform_to_message(pose.T_parent_child, 0, pose.parent, pose.child), str(path))


def _frame_settings(options: EvaluateOptions, contenders: tuple[Contender, ...]) -> FrameSettings:
    return FrameSettings(
        PlannerSettings(options.gripper, options.planner, options.seed, contenders),
        None if options.camera is None else read_intrinsics(options.camera),
        rectified=not options.raw_images,
        judged=options.judged,
        quality=load_yaml(DatagenConfig, find_config("datagen", "pinch")).quality,
        pictures=options.pictures,
    )


def _new(source: FrameSource, done: set[int]) -> Iterator[FrameJob]:
    return (job for job in source.jobs() if job.frame.number not in done)


def _claim(
    out: Path, bag: Bag, topics: DepthTopics, options: EvaluateOptions, contenders: tuple[Contender, ...]
) -> None:
    """Say what the folder's results are of, or hold the folder to what it says.

    Raises:
        ConfigError: the results in the folder are of other settings.
    """
    chosen = {key: value for key, value in to_mapping(options).items() if key not in _NOT_OF_THE_RESULT}
    digests = {one.name: weights_digest(one.model) for one in contenders if one.model is not None}
    settings = {"bag": str(bag.path.resolve()), **dataclasses.asdict(topics), "networks": digests, **chosen}
    text = json.dumps(settings, indent=2, default=str) + "\n"
    path = out / SETTINGS
    if not path.exists():
        (out / PICTURES).mkdir(parents=True, exist_ok=True)
        write_file(path, text.encode())
    elif path.read_text(encoding="utf-8") != text:
        raise ConfigError(
            f"{out} holds results of another recording or of other settings ({path.name}); name another "
            "folder with --out, or remove it."
        )
