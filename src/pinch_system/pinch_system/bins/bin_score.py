# SPDX-License-Identifier: Apache-2.0
"""From the executor's result and the simulator's events to the record of a bin."""

from __future__ import annotations

from collections.abc import Sequence

from pinch_interfaces.action import ClearBin
from pinch_interfaces.msg import CellEvents

from pinch_sim.event_watch import IN_BIN, IN_GRIPPER, OUTSIDE
from pinch_system.bins.bin_record import BinRecord


def note_result(record: BinRecord, result: ClearBin.Result) -> None:
    """What the executor says."""
    record.picked, record.attempts = int(result.picked), int(result.attempts)
    record.pushes, record.empty = int(result.pushes), bool(result.empty)
    record.failures = dict(zip(map(str, result.reasons), map(int, result.counts), strict=True))
    record.picks_per_hour = round(float(result.picks_per_hour), 1)
    record.error_code, record.error_msg = int(result.error_code), str(result.error_msg)


def note_events(
    record: BinRecord, events: Sequence[tuple[float, CellEvents]], began_s: float, place_area: str
) -> None:
    """What the simulator saw: ``events`` with the cell's time of each, ``began_s`` of the goal."""
    if not events:
        return
    last = events[-1][1]
    places = dict(zip(last.objects, last.places, strict=True))
    record.placed = sum(place == place_area for place in places.values())
    record.fell_out = sorted(name for name, place in places.items() if place == OUTSIDE)
    record.left = sorted(name for name, place in places.items() if place == IN_BIN)
    record.lifts, record.double_picks = int(last.lifts), int(last.double_picks)
    record.wall_contacts, record.wall_force_n = int(last.wall_contacts), round(float(last.wall_force), 1)
    for attempt in record.each:
        ended_s = attempt.ended_s or record.total_s
        attempt.objects = sorted(
            {
                str(name)
                for time_s, seen in events
                if attempt.began_s <= time_s - began_s <= ended_s
                for name, place in zip(seen.objects, seen.places, strict=True)
                if place == IN_GRIPPER
            }
        )
        attempt.placed = any(places.get(name) == place_area for name in attempt.objects)
