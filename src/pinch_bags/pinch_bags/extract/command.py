# SPDX-License-Identifier: Apache-2.0
"""Take frames out of a recording as files, and attempts as data for fine-tuning.

``./pinch plan --depth OUT/depth_000000.npy --camera OUT/camera.json`` and the replay of folders read the
frames, ``./pinch finetune --attempts OUT/attempts.csv`` reads the attempts.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import field
from pathlib import Path

from pinch_core.cli.__main__ import DAMAGED_DATA, DONE, FELL_SHORT
from pinch_core.cli.places import split_places
from pinch_core.cli.settings import parse
from pinch_core.config import configclass, setting
from pinch_core.depth_format import DepthFormat

USAGE = "pinch bag extract BAG OUT"


@configclass
class ExtractOptions:
    """What is taken out."""

    every: int = setting(
        default=1, help="of so many frames one is taken; those of attempts always", lower=1, upper=1_000_000
    )
    attempts_only: bool = setting(default=False, help="only the frames of attempts")
    png: bool = setting(default=False, help="16-bit PNG in millimetres in place of .npy in metres")
    depth_topic: str = setting(
        default="", help="depth images; empty: the only topic with 'depth' in its name"
    )
    info_topic: str = setting(default="", help="their camera info; empty: camera_info beside them")
    camera: Path | None = setting(default=None, help="camera file in place of the camera info")
    depth_format: DepthFormat = field(default_factory=DepthFormat)
    grasp_topic: str = setting(
        default="", help="each grasp as it is tried; empty: the only topic of that type"
    )
    outcome_topic: str = setting(
        default="", help="whether it held (std_msgs/Bool); empty: the only such topic"
    )


def main(argv: Sequence[str]) -> int:
    """``pinch bag extract BAG OUT``: 1 without any frame, 3 up to where the recording is damaged."""
    (path, out), rest = split_places(argv, 2, USAGE)
    options = parse(ExtractOptions, rest, USAGE, (__doc__ or "").strip())
    from pinch_bags.attempts import attempt_topics
    from pinch_bags.depth_stream import find_depth_stream
    from pinch_bags.extract.frames_and_attempts import FrameChoice, extract
    from pinch_ros.bags import Bag

    bag = Bag(path)
    stream = find_depth_stream(
        bag, options.depth_topic, options.info_topic, options.camera, depth_format=options.depth_format
    )
    attempts = attempt_topics(bag, options.grasp_topic, options.outcome_topic)
    choice = FrameChoice(options.every, options.attempts_only)
    extracted = extract(bag, stream, attempts, choice, out, as_png=options.png)
    for note in extracted.notes:
        print(f"note: {note}", file=sys.stderr)
    print(f"{out}: {extracted.frames} frames, {extracted.attempts} attempts")
    if extracted.fault:
        print(f"pinch: {extracted.fault}", file=sys.stderr)
        return DAMAGED_DATA
    return DONE if extracted.frames else FELL_SHORT
