# SPDX-License-Identifier: Apache-2.0
"""Record rosbags, simulate them, look into them, evaluate the planner on them, take data out of them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module

from pinch_core.cli.__main__ import DONE
from pinch_core.errors import UnknownNameError

USAGE = """\
usage: pinch bag record OUT       write live topics into a recording, until Ctrl-C
       pinch bag synth OUT        make a recording of simulated scenes with ground truth
       pinch bag info BAG         what a planner needs, and whether it is there
       pinch bag evaluate BAG     plan on the frames of a recording, with one network or several
       pinch bag extract BAG OUT  frames as files, and attempts as data for fine-tuning
       pinch bag <action> --help  say what can be set"""

ACTIONS = ("record", "synth", "info", "evaluate", "extract")


def main(argv: Sequence[str]) -> int:
    """``pinch bag <action>``."""
    if argv and argv[0] in ACTIONS:
        action = import_module(f"pinch_bringup.bag.{argv[0]}.command")
        return int(action.main(argv[1:]))
    if list(argv) in (["-h"], ["--help"]):
        print(USAGE)
        return DONE
    print(USAGE, file=sys.stderr)
    given = f"'{argv[0]}' is no action of pinch bag" if argv else "the action of pinch bag is missing"
    raise UnknownNameError(f"{given}; name one of {', '.join(ACTIONS)}.")
