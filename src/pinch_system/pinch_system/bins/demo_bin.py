# SPDX-License-Identifier: Apache-2.0
"""Fill the bin of the simulated cell and clear it, through the whole ROS 2 graph."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from pinch_interfaces.action import ClearBin
from rich.console import Console

from pinch_core.machine_facts import machine_facts
from pinch_core.resources import config_directory
from pinch_sim.cell_file import load_cell_config
from pinch_system.bins.bin_film import BinFilm
from pinch_system.bins.bin_record import BinRecord
from pinch_system.bins.clear_bin import ClearBinClient, Step
from pinch_system.client.cell_client import CellClient
from pinch_system.client.pick_record import write_summary
from pinch_system.graph import CELL_WITH_BIN, simulated_graph

# The file of config/bins that the cell's bin is made of.
BIN = "cell"


def clear_bins(
    out: Path, count: int, seeds: range, place_area: str, real_time_factor: float, console: Console
) -> Iterator[BinRecord]:
    """Start the graph with a bin; for each seed fill it with ``count`` objects, have it cleared, and write
    film and contact sheet in place of those of an earlier run.
    """
    console.print("starting the simulated cell with a bin, camera, planner and executor ...")
    with bin_client(out / "logs", real_time_factor) as client:
        for seed in seeds:
            for stale in out.glob(f"bin{seed}_*"):
                stale.unlink()
            record = client.fill(seed, count)
            console.print(f"[bold]seed {seed}[/]: {', '.join(record.objects)}")
            log = client.clear(record, bin_goal(place_area), lambda step: _tell(console, step))
            console.print(f"  -> [bold]{record.sentence}[/]")
            if record.error_msg:
                console.print(f"  {record.error_msg}")
            film = BinFilm(load_cell_config(config_directory() / CELL_WITH_BIN), client.watch, log, record)
            if not film.is_empty:
                console.print("  drawing the film ...")
                video, sheet = out / f"bin{seed}_cleared.mp4", out / f"bin{seed}_cleared.png"
                film.write(video, sheet)
                record.pictures = [video.name, sheet.name]
            yield record


def bin_goal(place_area: str, max_picks: int = 0) -> ClearBin.Goal:
    """Clear the cell's bin; ``max_picks`` 0: until it is empty."""
    goal = ClearBin.Goal(place_area=place_area, max_picks=max_picks, may_push=True)
    goal.request.bin = BIN
    return goal


@contextmanager
def bin_client(log_folder: Path, real_time_factor: float) -> Iterator[ClearBinClient]:
    """The graph of the cell with a bin, and a client of it."""
    with (
        simulated_graph(log_folder, real_time_factor=real_time_factor, cell=CELL_WITH_BIN) as graph,
        CellClient(watch=False) as cell_client,
    ):
        cell_client.wait_until_ready(lambda: graph.dead)
        client = ClearBinClient(cell_client)
        try:
            yield client
        finally:
            client.close()


def write_bin_summary(records: list[BinRecord], command: str, bins: int, path: Path) -> dict[str, object]:
    """summary.json of ``bins`` that were asked for; fewer records say that the run was cut short."""
    summary: dict[str, object] = {
        "command": command,
        "bins": bins,
        "cleared": sum(record.cleared for record in records),
        "objects": sum(len(record.objects) for record in records),
        "picked": sum(record.picked for record in records),
        "attempts": sum(record.attempts for record in records),
        "pushes": sum(record.pushes for record in records),
        "double_picks": sum(record.double_picks for record in records),
        "wall_contacts": sum(record.wall_contacts for record in records),
        "fell_out": sum(len(record.fell_out) for record in records),
        "machine": machine_facts(),
        "records": [asdict(record) for record in records],
    }
    write_summary(summary, path)
    return summary


def summary_text(summary: dict[str, object]) -> str:
    """As one JSON document."""
    return json.dumps(summary, indent=2)


def _tell(console: Console, step: Step) -> None:
    if step.stage in ("detect", "push"):
        console.print(f"  attempt {step.attempt} ({step.picked} placed)")
