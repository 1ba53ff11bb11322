# SPDX-License-Identifier: Apache-2.0
"""Write live topics into a recording until Ctrl-C: all that evaluation and fine-tuning need.

By default depth images with their camera info, colour images, TF, joint states, grasps, the executor's
state and attempts, whatever their names. OUT.mcap and OUT.db3 become one file, another name the folder of a
rosbag2 recording.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from pinch_core.cli.__main__ import DONE, FELL_SHORT
from pinch_core.cli.places import split_places
from pinch_core.cli.settings import parse
from pinch_core.config import configclass, setting

USAGE = "pinch bag record OUT"


@configclass
class RecordOptions:
    """What is recorded, and for how long."""

    topics: tuple[str, ...] = setting(default=(), help="topics to record in place of the default ones")
    also: tuple[str, ...] = setting(default=(), help="topics to record beside the default ones")
    seconds: float = setting(
        default=0.0, unit="s", help="from the first message on; 0: until Ctrl-C", lower=0.0, upper=1e7
    )
    compress: bool = setting(default=False, help="with zstd")


def main(argv: Sequence[str]) -> int:
    """``pinch bag record OUT``: 1 where nothing came."""
    (out,), rest = split_places(argv, 1, USAGE)
    options = parse(RecordOptions, rest, USAGE, (__doc__ or "").strip())
    from pinch_bags.record.recorder import record
    from pinch_bags.record.topic_choice import TopicChoice

    choice = TopicChoice(options.topics, options.also)
    counts = record(out, choice, seconds=options.seconds, compress=options.compress)
    for topic, count in sorted(counts.items()):
        print(f"{count:8d}  {topic}")
    print(f"{out}: {sum(counts.values())} messages", file=sys.stderr)
    return DONE if sum(counts.values()) else FELL_SHORT
