# SPDX-License-Identifier: Apache-2.0
"""Clears bins of the simulated cell, one by one: share cleared, failures, picks per simulated hour."""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from pinch_core.cli.settings import parse
from pinch_core.config import configclass, setting
from pinch_core.machine_facts import machine_facts
from pinch_system.bins.bin_record import BinRecord
from pinch_system.bins.demo_bin import bin_client, bin_goal


@configclass
class BinBenchmarkOptions:
    """How many bins, how full, how fast."""

    bins: int = setting(default=5, help="bins to clear, one after the other", lower=1, upper=10000)
    objects: int = setting(default=10, help="objects dropped into each", lower=1, upper=100)
    seed: int = setting(default=1000, help="seed of the first bin; the next ones count up", lower=0)
    place_area: str = setting(default="right", help="named place area of config/executor.yaml")
    real_time_factor: float = setting(
        default=1.0, help="simulated seconds per second", lower=0.01, upper=1000.0
    )
    json: bool = setting(default=False, help="print one JSON document instead of a few lines")


def main(argv: Sequence[str]) -> int:
    """``pinch benchmark bin``; exit code 1 where a bin was not cleared."""
    options = parse(BinBenchmarkOptions, argv, "pinch benchmark bin", (__doc__ or "").strip())
    console = Console(stderr=True, highlight=False)
    records: list[BinRecord] = []
    with (
        tempfile.TemporaryDirectory(prefix="pinch_bins_") as logs,
        bin_client(Path(logs), options.real_time_factor) as client,
    ):
        for seed in range(options.seed, options.seed + options.bins):
            record = client.fill(seed, options.objects)
            client.clear(record, bin_goal(options.place_area))
            records.append(record)
            console.print(f"seed {seed}: {record.sentence}")
    document = {"benchmark": "bin", "seed": options.seed, **bins_summary(records), "machine": machine_facts()}
    if options.json:
        print(json.dumps(document, indent=2))
    else:
        for key, value in document.items():
            console.print(f"{key}: {value}")
    return 0 if all(record.cleared for record in records) else 1


def bins_summary(records: Sequence[BinRecord]) -> dict[str, Any]:
    """Sums over bins. ``reliability``: placed objects, as the simulator saw, over attempts;
    ``share_cleared``: over the objects that were in the bins.
    """
    objects = sum(len(record.objects) for record in records)
    placed = sum(record.placed for record in records)
    attempts = sum(record.attempts for record in records)
    failures: Counter[str] = Counter()
    for record in records:
        failures.update(record.failures)
    seconds = sum(record.total_s for record in records)
    return {
        "bins": len(records),
        "bins_cleared": sum(record.cleared for record in records),
        "objects": objects,
        "placed": placed,
        "share_cleared": round(placed / objects, 4) if objects else 0.0,
        "attempts": attempts,
        "reliability": round(placed / attempts, 4) if attempts else 0.0,
        "pushes": sum(record.pushes for record in records),
        "failures": dict(failures),
        "double_picks": sum(record.double_picks for record in records),
        "wall_contacts": sum(record.wall_contacts for record in records),
        "wall_force_n": max((record.wall_force_n for record in records), default=0.0),
        "fell_out": sum(len(record.fell_out) for record in records),
        "placed_per_simulated_hour": round(3600.0 * placed / seconds, 1) if seconds else 0.0,
        "not_cleared": [
            f"seed {record.seed}: {record.error_msg or record.sentence}"
            for record in records
            if not record.cleared
        ],
    }
