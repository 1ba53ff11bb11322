# SPDX-License-Identifier: Apache-2.0
"""The summary as a table for a terminal. Free of ROS."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from pinch_bags.evaluate.wording import NOTHING, percent, share, spread


def print_summary(console: Console, document: dict[str, Any]) -> None:
    """One column a contender."""
    contenders = document["contenders"]
    table = Table(
        title=f"{document['bag']}: {document['frames']} frames of {document['depth_topic']}, "
        f"{document['scenes']} scenes",
        caption=f"holes: {spread(document['hole_ratio'], percent)}",
    )
    table.add_column("")
    for contender in contenders:
        table.add_column(contender["name"], justify="right")
    for title, cells in rows(document):
        table.add_row(*map(escape, (title, *cells)))
    console.print(table)


def rows(document: dict[str, Any]) -> list[tuple[str, list[str]]]:
    """Title, and a cell for each contender."""
    contenders = document["contenders"]
    found = [
        ("frames with a grasp", [f"{c['frames_with_grasp']} of {c['frames']}" for c in contenders]),
        ("grasps per frame", [_number(c["grasps_per_frame"], ".1f") for c in contenders]),
        ("best q, median (5 to 95 %)", [spread(c["best_quality"]) for c in contenders]),
        ("planning [ms]", [spread(c["planning_ms"], lambda v: f"{v:.0f}") for c in contenders]),
        ("same best grasp in the next frame", [share(c["stability"]["same_grasp"]) for c in contenders]),
        (
            "best grasp moves by [mm]",
            [spread(c["stability"]["distance_mm"], lambda v: f"{v:.1f}") for c in contenders],
        ),
    ]
    if any("truth" in c for c in contenders):
        truth = [c["truth"] for c in contenders]
        found += [
            ("success of the best grasp (truth)", [share(t["success"]) for t in truth]),
            ("precision at q > 0.5 (truth)", [share(t["precision"]) for t in truth]),
            ("calibration error (truth)", [_number(t["expected_calibration_error"]) for t in truth]),
        ]
    if any("attempts" in c for c in contenders):
        tried = [c.get("attempts") for c in contenders]
        found += [
            ("executed grasps that held", [share(t["held"]) if t else NOTHING for t in tried]),
            ("precision at q > 0.5 (executed)", [share(t["precision"]) if t else NOTHING for t in tried]),
            (
                "average precision (executed)",
                [_number(t["average_precision"]) if t else NOTHING for t in tried],
            ),
            (
                "calibration error (executed)",
                [_number(t["expected_calibration_error"]) if t else NOTHING for t in tried],
            ),
        ]
    return found


def _number(value: float | None, form: str = ".3f") -> str:
    return NOTHING if value is None else format(value, form)
