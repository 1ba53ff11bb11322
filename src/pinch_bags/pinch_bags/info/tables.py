# SPDX-License-Identifier: Apache-2.0
"""A survey as tables for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from pinch_bags.evaluate.wording import NOTHING

if TYPE_CHECKING:
    from pinch_bags.info.camera_survey import CameraSurvey
    from pinch_bags.info.survey import BagSurvey


def print_survey(console: Console, survey: BagSurvey) -> None:
    """Topics, then each camera, then what is missing and what to do about it."""
    table = Table(title=f"{survey.path}: {survey.messages} messages in {survey.seconds:.1f} s")
    for name in ("topic", "type"):
        table.add_column(name, overflow="fold")
    for name in ("count", "Hz", "longest gap"):
        table.add_column(name, justify="right", overflow="fold")
    for topic in survey.topics:
        table.add_row(
            escape(topic.name),
            topic.type.replace("/msg/", "/") + ("" if topic.is_installed else " (not installed)"),
            str(topic.count),
            NOTHING if topic.rate is None else f"{topic.rate:.1f}",
            NOTHING if topic.longest_gap is None else f"{topic.longest_gap:.3f} s",
        )
    console.print(table)
    for camera in survey.cameras:
        console.print(_camera(camera))
    has = [
        name
        for name, there in (("ground truth", survey.ground_truth), ("executed grasps", survey.attempts))
        if there
    ]
    if has:
        console.print(f"It holds {' and '.join(has)}: success, precision and calibration can be told.")
    for sentence in survey.missing:
        console.print(f"missing: {escape(sentence)}")


def _camera(camera: CameraSurvey) -> Table:
    table = Table(title=camera.image_topic, show_header=False)
    table.add_column()
    table.add_column()
    size = camera.size or (camera.intrinsics and tuple(int(side) for side in camera.intrinsics[:2]))
    table.add_row(
        "images", f"{camera.images}, {camera.encoding}" + (f", {size[0]} x {size[1]}" if size else "")
    )
    table.add_row(
        "camera info",
        escape(
            f"{camera.pairs} of the images' stamps on {camera.info_topic}" if camera.info_topic else "none"
        ),
    )
    if camera.intrinsics is not None:
        _, _, fx, fy, cx, cy = camera.intrinsics
        table.add_row("intrinsics", f"fx {fx:.2f}, fy {fy:.2f}, cx {cx:.2f}, cy {cy:.2f} px")
    if camera.median_depth is not None:
        table.add_row(
            "first frame", f"median {camera.median_depth:.3f} m, {camera.hole_ratio or 0:.1%} without return"
        )
    table.add_row("frames of TF", escape(" in ".join(camera.chain) or "none"))
    for sentence in camera.missing:
        table.add_row("missing", escape(sentence))
    table.add_row("can be planned on", "yes" if camera.can_be_planned_on else "no")
    return table
