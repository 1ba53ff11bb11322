# SPDX-License-Identifier: Apache-2.0
"""Plan on the frames of a recording offline: what would the planner do, and is the new network better?

Writes frames.jsonl (a line a frame; the same command goes on where it was interrupted), grasps.csv,
summary.json, report.html, annotated images and a recording of the grasps beside the images. Where the
recording holds ground truth or executed attempts, their success is told too.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING

from pinch_core.cli.__main__ import DAMAGED_DATA, DONE, FELL_SHORT
from pinch_core.cli.places import split_places
from pinch_core.cli.settings import parse
from pinch_core.config import configclass, setting
from pinch_core.depth_format import DepthFormat
from pinch_core.errors import ConfigError
from pinch_core.planner_config import PlannerConfig

if TYPE_CHECKING:
    from pinch_bags.evaluate.evaluation import Evaluation

USAGE = "pinch bag evaluate BAG"


@configclass
class EvaluateOptions:
    """Which frames, which planners, and what is written."""

    out: Path = setting(default=Path("results/bag"), help="folder of the results; goes on with what it has")
    model: tuple[str, ...] = setting(
        default=(), help="networks side by side: shipped names or files; none = the one for these jaws"
    )
    policy: str = setting(default="cem", help="how grasps are searched for: cem, rank, dense, igq or random")
    gripper: str = setting(default="panda", help="name in config/grippers, or a YAML file")
    every: int = setting(default=1, help="of so many frames one is planned on", lower=1, upper=1_000_000)
    seed: int = setting(default=0, help="seed of each plan, as of the node", lower=0, upper=2**31 - 1)
    depth_topic: str = setting(
        default="", help="depth images; empty: the only topic with 'depth' in its name"
    )
    info_topic: str = setting(default="", help="their camera info; empty: camera_info beside them")
    camera: Path | None = setting(default=None, help="camera file in place of the camera info")
    depth_format: DepthFormat = field(default_factory=DepthFormat)
    camera_pose: Path | None = setting(
        default=None, help="calibration file (easy_handeye2's or plain YAML) in place of missing transforms"
    )
    base_frame: str = setting(default="", help="robot's base frame, in which planner.workspace is given")
    judged: int = setting(
        default=3, help="best grasps of a frame that ground truth judges", lower=1, upper=100
    )
    pictures: bool = setting(default=True, help="write an annotated image of each frame")
    video: bool = setting(default=False, help="write the annotated images as annotated.mp4 too")
    bag: bool = setting(default=True, help="write a recording of the grasps beside the images")
    workers: int | None = setting(
        default=None, help="processes; by default one for each core", lower=1, upper=1024
    )
    json: bool = setting(default=False, help="print one JSON document instead of a table")
    planner: PlannerConfig = field(default_factory=PlannerConfig)

    def __post_init__(self) -> None:
        if self.planner.workspace.enabled and not self.base_frame:
            raise ConfigError(
                "planner.workspace.enabled is set but --base-frame is not; name the robot's base frame that "
                "the box is given in."
            )


def main(argv: Sequence[str]) -> int:
    """``pinch bag evaluate BAG``: 1 without any grasp, 3 where the recording is damaged."""
    (path,), rest = split_places(argv, 1, USAGE)
    options = parse(EvaluateOptions, _gathered(rest, "--model"), USAGE, (__doc__ or "").strip())
    from rich.console import Console

    from pinch_bags.evaluate.tables import print_summary

    evaluation = _evaluate(path, options)
    if options.json:
        print(json.dumps(evaluation.document, indent=2))
    else:
        print_summary(Console(), evaluation.document)
        print(f"report: {options.out / 'report.html'}")
    for note in evaluation.notes:
        print(f"note: {note}", file=sys.stderr)
    if evaluation.fault:
        print(f"pinch: {evaluation.fault}", file=sys.stderr)
        return DAMAGED_DATA
    return DONE if evaluation.found_grasps else FELL_SHORT


def _evaluate(path: Path, options: EvaluateOptions) -> Evaluation:
    """Each stage gets what it needs of the options, and nobody below knows them."""
    from pinch_bags.depth_stream import find_depth_stream
    from pinch_bags.evaluate.contenders import PlannerSettings, find_contenders
    from pinch_bags.evaluate.evaluation import evaluate_bag
    from pinch_bags.evaluate.frame_job import FrameSettings
    from pinch_bags.evaluate.frame_source import FrameSource
    from pinch_bags.evaluate.judging import Judging
    from pinch_bags.evaluate.result_folder import ResultFolder
    from pinch_core.resources import load_gripper
    from pinch_ros.bags import Bag

    bag = Bag(path)
    contenders = find_contenders(options.policy, options.model, load_gripper(options.gripper))
    stream = find_depth_stream(
        bag, options.depth_topic, options.info_topic, options.camera, depth_format=options.depth_format
    )
    source = FrameSource.of_bag(
        bag,
        stream,
        every=options.every,
        base_frame=options.base_frame if options.planner.workspace.enabled else "",
        camera_pose=options.camera_pose,
    )
    settings = FrameSettings(
        stream,
        PlannerSettings(options.gripper, options.planner, options.seed, contenders),
        Judging.as_training_data(options.judged, options.seed),
        options.pictures,
    )
    results = ResultFolder(options.out, options.video, options.bag)
    return evaluate_bag(source, settings, results, options.workers or len(os.sched_getaffinity(0)))


def _gathered(argv: Sequence[str], option: str) -> list[str]:
    """``--model A --model B`` as ``--model A B``, which the parser knows."""
    values: list[str] = []
    others: list[str] = []
    words = iter(argv)
    target = others
    for word in words:
        if word.startswith("-"):
            target = values if word == option else others
            if target is values:
                continue
        target.append(word)
    return [*others, option, *values] if values else others
