# SPDX-License-Identifier: Apache-2.0
"""Every grasp as a row of CSV. Free of ROS."""

from __future__ import annotations

import csv
import os
from pathlib import Path

from pinch_bags.evaluate.records import read_records

TABLE = "grasps.csv"
COLUMNS = (
    "frame", "stamp_s", "contender", "rank", "quality", "width_m", "opening_m", "column", "row", "angle_rad",
    "depth_m", "x_m", "y_m", "z_m", "collides", "robust_epsilon", "success",
)  # fmt: skip


def write_grasp_table(folder: Path) -> None:
    """Positions are in the optical frame; the last three columns are empty where no truth is known."""
    temporary = folder / f"{TABLE}.tmp"
    with temporary.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(COLUMNS)
        for record in read_records(folder):
            stamp = f"{record.stamp_ns // 10**9}.{record.stamp_ns % 10**9:09d}"
            for plan in record.plans:
                for rank, one in enumerate(plan.grasps, 1):
                    verdict = one.verdict
                    truth = ("", "", "") if verdict is None else (
                        int(verdict.collides), verdict.robust_epsilon, int(verdict.success)
                    )  # fmt: skip
                    table.writerow(
                        (record.number, stamp, plan.contender, rank, one.quality, one.width, one.opening,
                         one.column, one.row, one.angle, one.depth, one.matrix[3], one.matrix[7],
                         one.matrix[11], *truth)
                    )  # fmt: skip
    os.replace(temporary, folder / TABLE)
