# SPDX-License-Identifier: Apache-2.0
"""One HTML page of everything, without a file beside it. Free of ROS."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2

from pinch_bags.evaluate.gallery import frames_to_show
from pinch_bags.evaluate.pictures import picture_path
from pinch_bags.evaluate.plots import (
    cumulative,
    over_frames,
    quality_histogram,
    rejections,
    reliability,
)
from pinch_bags.evaluate.tables import rows
from pinch_bags.evaluate.wording import percent, spread
from pinch_core.atomic_file import write_file
from pinch_core.report.page import Chart, Picture, render_page

REPORT = "report.html"
# Pixels across one contender's picture in the page.
_PICTURE_WIDTH = 460


def write_report(folder: Path, document: dict[str, Any]) -> None:
    """Write the page.

    Args:
        document: as in summary.json.

    Raises:
        OutputError: it cannot be written.
    """
    contenders = document["contenders"]
    rejected = rejections(
        {one["name"]: one["rejected"] for one in contenders},
        {one["name"]: one["frames"] for one in contenders},
    )
    page = render_page(
        "pinch_bags.evaluate",
        "report.html.jinja",
        name=Path(document["bag"]).name,
        document=document,
        holes=spread(document["hole_ratio"], percent),
        rows=rows(document),
        by_frame=list(_by_frame(document)),
        outcomes=list(_outcomes(contenders)),
        filters=Chart("Filters", rejected),
        sentences=[
            (one["name"], sentence, count)
            for one in contenders
            for sentence, count in {**one["errors"], **one["warnings"]}.items()
        ],
        shown=list(_pictures(folder, len(contenders))),
    )
    write_file(folder / REPORT, page.encode())


def _by_frame(document: dict[str, Any]) -> Iterator[Chart]:
    timeline, contenders = document["timeline"], document["contenders"]
    best = {name: [q for q in values if q is not None] for name, values in timeline["best"].items()}
    moves = {one["name"]: one["stability"]["distances_mm"] for one in contenders}
    numbers, changes = timeline["numbers"], timeline["scene_changes"]
    holes = {"without return": timeline["hole_ratio"]}
    yield Chart("Quality of the best grasp", over_frames(numbers, timeline["best"], "q", changes), wide=True)
    yield Chart("How good the best grasps are", quality_histogram(best))
    yield Chart("How far the best grasp moves in a still scene", cumulative(moves, "distance [mm]"))
    yield Chart("Grasps found", over_frames(numbers, timeline["grasps"], "grasps", changes), wide=True)
    yield Chart(
        "Holes in the depth image", over_frames(numbers, holes, "share of the pixels", changes), wide=True
    )


def _outcomes(contenders: list[dict[str, Any]]) -> Iterator[Chart]:
    """What the truth, or a robot that tried, says of quality."""
    truth = {one["name"]: one["truth"]["reliability"] for one in contenders if "truth" in one}
    tried = {one["name"]: one["attempts"]["reliability"] for one in contenders if "attempts" in one}
    if truth:
        yield Chart("Planned grasps, judged by the true scene", reliability(truth, "robust and free"))
    if tried:
        yield Chart("Executed grasps", reliability(tried, "held"))


def _pictures(folder: Path, contenders: int) -> Iterator[Picture]:
    for shown in frames_to_show(folder):
        path = picture_path(folder, shown.number)
        image = cv2.imread(str(path)) if path.exists() else None
        if image is None:
            continue
        width = min(image.shape[1], _PICTURE_WIDTH * contenders)
        height = round(image.shape[0] * width / image.shape[1])
        small = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
        _, content = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, 82])
        yield Picture(f"Frame {shown.number}: {shown.why}", content.tobytes(), wide=contenders > 1)
