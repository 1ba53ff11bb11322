# SPDX-License-Identifier: Apache-2.0
"""Pick objects up in the simulated cell, from depth image to held object, through the whole ROS 2 graph."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from pinch_interfaces.action import PickAndPlace
from rich.console import Console

from pinch_core.cli.settings import parse
from pinch_core.config import configclass, setting
from pinch_system.bins.bin_record import BinRecord
from pinch_system.bins.demo_bin import clear_bins, summary_text, write_bin_summary
from pinch_system.client.cell_client import CellClient
from pinch_system.client.pick_record import PickRecord, summarise, write_summary
from pinch_system.graph import simulated_graph


@configclass
class DemoOptions:
    """What is picked, how often, and where the pictures go."""

    picks: int = setting(
        default=1, help="number of picks, each with a scene of its own", lower=1, upper=100000
    )
    seed: int = setting(
        default=0, help="seed of the first scene; the next ones count up", lower=0, upper=2**32 - 1
    )
    bin: int = setting(
        default=0,
        help="fill a bin with that many objects and clear it, instead of single picks; --picks is the number "
        "of bins then",
        lower=0,
        upper=100,
    )
    object: str = setting(default="", help="name of a library object; empty draws one per scene")
    place_area: str = setting(
        default="right", help="named place area of config/executor.yaml to put the object into"
    )
    attempts: int = setting(default=3, help="grasps tried per pick before giving up", lower=1, upper=100)
    real_time_factor: float = setting(
        default=1.0, help="simulated seconds per second", lower=0.01, upper=1000.0
    )
    out: Path = setting(
        default=Path("results/demo"), help="folder for pictures, films, logs and summary.json"
    )
    json: bool = setting(default=False, help="print the summary as one JSON document")


def main(argv: list[str]) -> int:
    """Exit codes: 0 every pick succeeded, 1 some did not, 2 bad input or the graph did not start."""
    options = parse(DemoOptions, argv, "pinch demo", (__doc__ or "").strip())
    console = Console(stderr=True, highlight=False)
    options.out.mkdir(parents=True, exist_ok=True)
    if options.bin:
        return _clear_bins(options, " ".join(["pinch demo", *argv]), console)
    records: list[PickRecord] = []
    try:
        for record in run(options, console):
            records.append(record)
    finally:  # what was done is kept, whatever ended the run
        summary = summarise(records, " ".join(["pinch demo", *argv]), options.picks)
        write_summary(summary, options.out / "summary.json")
    successes = sum(record.success for record in records)
    console.print(
        f"[bold]{successes} of {options.picks} picks succeeded[/]; pictures and summary in {options.out}"
    )
    if options.json:
        json.dump(summary, sys.stdout, indent=2)
        print()
    return 0 if successes == options.picks else 1


def _clear_bins(options: DemoOptions, command: str, console: Console) -> int:
    """Exit codes as of main: 0 every bin was cleared."""
    records: list[BinRecord] = []
    seeds = range(options.seed, options.seed + options.picks)
    try:
        for record in clear_bins(
            options.out, options.bin, seeds, options.place_area, options.real_time_factor, console
        ):
            records.append(record)
    finally:
        summary = write_bin_summary(records, command, options.picks, options.out / "summary.json")
    cleared = sum(record.cleared for record in records)
    console.print(f"[bold]{cleared} of {options.picks} bins cleared[/]; film and summary in {options.out}")
    if options.json:
        print(summary_text(summary))
    return 0 if cleared == options.picks else 1


def run(options: DemoOptions, console: Console) -> Iterator[PickRecord]:
    """Start the graph, do the picks one after the other, stop the graph."""
    console.print("starting the simulated cell, camera, planner and executor ...")
    with (
        simulated_graph(options.out / "logs", real_time_factor=options.real_time_factor) as graph,
        CellClient() as client,
    ):
        client.wait_until_ready(lambda: graph.dead)
        for seed in range(options.seed, options.seed + options.picks):
            yield one_pick(client, options, seed, console)


def one_pick(client: CellClient, options: DemoOptions, seed: int, console: Console) -> PickRecord:
    """Reset the cell to a seed, pick and place, write the pictures in place of those of an earlier run."""
    for stale in options.out.glob(f"seed{seed}_*"):
        stale.unlink()
    record = PickRecord(seed=seed, object_name=client.reset(seed, options.object))
    console.print(f"[bold]seed {seed}[/]: {record.object_name}")
    goal = PickAndPlace.Goal(max_attempts=options.attempts, place_area=options.place_area)
    film = client.pick_and_place(
        record, goal, options.out, lambda stage, seconds: console.print(f"  {stage:<12} {seconds:6.2f} s")
    )
    outcome = (
        "picked, held and placed"
        if record.success
        else f"failed: {record.error_msg or 'the object was not seen lifted'}"
    )
    console.print(
        f"  -> [bold]{outcome}[/] in {record.total_s:.1f} s of robot time, {record.attempts} attempt(s), "
        f"width {record.width_mm:.0f} mm, quality {record.quality:.2f}"
    )
    if record.error_code != 0:
        client.recover()
    if not film.is_empty:
        sheet, video = f"seed{seed}_pick.png", f"seed{seed}_pick.mp4"
        film.write_contact_sheet(options.out / sheet, f"seed {seed}: {record.object_name}, {outcome}")
        film.write_video(options.out / video)
        record.pictures += [sheet, video]
    return record
