# SPDX-License-Identifier: Apache-2.0
"""Plan on the frames of a recording offline: what would the planner do, and is the new network better?

Writes frames.jsonl (a line a frame; the same command goes on where it was interrupted), grasps.csv,
summary.json, report.html, annotated images and a recording of the grasps beside the images. Where the
recording holds ground truth or executed attempts, their success is told too.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import field
from pathlib import Path

from pinch_core.cli.__main__ import DAMAGED_DATA, DONE, FELL_SHORT
from pinch_core.cli.places import split_places
from pinch_core.cli.settings import parse
from pinch_core.config import configclass, setting
from pinch_core.planner_config import PlannerConfig

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
    camera: Path | None = setting(default=None, help="intrinsics file in place of the camera info")
    raw_images: bool = setting(default=False, help="the images are not rectified: K and D apply, not P")
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


def main(argv: Sequence[str]) -> int:
    """``pinch bag evaluate BAG``: 1 without any grasp, 3 where the recording is damaged."""
    (path,), rest = split_places(argv, 1, USAGE)
    options = parse(EvaluateOptions, _gathered(rest, "--model"), USAGE, (__doc__ or "").strip())
    from rich.console import Console

    from pinch_bags.evaluate.evaluation import evaluate_bag
    from pinch_bags.evaluate.tables import print_summary

    evaluation = evaluate_bag(path, options)
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
