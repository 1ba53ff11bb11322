# SPDX-License-Identifier: Apache-2.0
"""Record rosbags, simulate them, look into them, evaluate the planner on them, take data out of them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from importlib import import_module

from pinch_core.cli.actions import run_action

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
    return run_action(argv, "pinch bag", USAGE, {name: partial(_run, name) for name in ACTIONS})


def _run(action: str, argv: Sequence[str]) -> int:
    """Actions are imported when they are needed: some take seconds."""
    return int(import_module(f"pinch_bags.{action}.command").main(argv))
