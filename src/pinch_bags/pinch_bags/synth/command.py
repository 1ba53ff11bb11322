# SPDX-License-Identifier: Apache-2.0
"""Make a recording of simulated scenes with ground truth: objects, poses, masks, and attempts to grasp.

The same options give the same messages. OUT.mcap and OUT.db3 become one file, another name the folder of a
rosbag2 recording.
"""

from __future__ import annotations

from collections.abc import Sequence

from pinch_bags.synth.bag_config import SimulatedBagConfig
from pinch_core.cli.places import split_places
from pinch_core.cli.settings import parse

USAGE = "pinch bag synth OUT"


def main(argv: Sequence[str]) -> int:
    """``pinch bag synth OUT``."""
    (out,), rest = split_places(argv, 1, USAGE)
    options = parse(SimulatedBagConfig, rest, USAGE, (__doc__ or "").strip())
    from pinch_bags.synth.simulated_bag import write_simulated_bag

    print(write_simulated_bag(out, options))
    return 0
