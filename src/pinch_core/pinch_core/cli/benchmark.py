# SPDX-License-Identifier: Apache-2.0
"""Measure how fast pinch is on this machine."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from pinch_core.cli.__main__ import BENCHMARKS, find_entry_point, find_entry_points, summary
from pinch_core.errors import UnknownNameError


def main(argv: Sequence[str]) -> int:
    """``pinch benchmark <name> [options]``, or ``all``; without a name, lists the benchmarks."""
    if argv and argv[0] == "all":
        from pinch_core.cli import benchmark_all

        return benchmark_all.main(argv[1:])
    if argv and not argv[0].startswith("-"):
        return int(find_entry_point(BENCHMARKS, argv[0], "benchmark").load()(list(argv[1:])))
    listing = ["usage: pinch benchmark <name> [--json] [options]", ""]
    listing += [f"  {name}  {summary(entry)}" for name, entry in find_entry_points(BENCHMARKS).items()]
    listing += ["  all  Every one of them in short form, beside the run before"]
    if list(argv) in (["-h"], ["--help"]):
        print("\n".join(listing))
        return 0
    print("\n".join(listing), file=sys.stderr)
    raise UnknownNameError("a benchmark's name is missing before its options; name one of those above.")
