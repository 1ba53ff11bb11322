# SPDX-License-Identifier: Apache-2.0
"""What a planner needs of a recording, and whether it is there.

Exit code 1 where no frame can be planned on, 3 where the recording is damaged.
"""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Sequence
from dataclasses import field

from pinch_core.cli.__main__ import DAMAGED_DATA, DONE, FELL_SHORT
from pinch_core.cli.places import split_places
from pinch_core.cli.settings import parse
from pinch_core.config import configclass, setting
from pinch_core.depth_format import DepthFormat

USAGE = "pinch bag info BAG"


@configclass
class InfoOptions:
    """What is asked of a recording."""

    base_frame: str = setting(default="", help="robot's base frame; empty: the root of each camera's frames")
    json: bool = setting(default=False, help="print one JSON document instead of tables")
    depth_format: DepthFormat = field(default_factory=DepthFormat)


def main(argv: Sequence[str]) -> int:
    """``pinch bag info BAG``."""
    (path,), rest = split_places(argv, 1, USAGE)
    options = parse(InfoOptions, rest, USAGE, (__doc__ or "").strip())
    from rich.console import Console

    from pinch_bags.info.survey import survey_bag
    from pinch_bags.info.tables import print_survey
    from pinch_ros.bags import Bag

    survey = survey_bag(Bag(path), options.base_frame, options.depth_format)
    if options.json:
        print(json.dumps(dataclasses.asdict(survey), indent=2))
    else:
        print_survey(Console(), survey)
    if survey.fault:
        print(f"pinch: {survey.fault}", file=sys.stderr)
        return DAMAGED_DATA
    return DONE if any(camera.can_be_planned_on for camera in survey.cameras) else FELL_SHORT
