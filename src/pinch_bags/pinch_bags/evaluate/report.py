# SPDX-License-Identifier: Apache-2.0
"""One HTML page of everything, without a file beside it. Free of ROS."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

import cv2

from pinch_bags.evaluate.gallery import Shown, frames_to_show
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

REPORT = "report.html"
# Pixels across one contender's picture in the page.
_PICTURE_WIDTH = 460
_STYLE = """
:root { color-scheme: light; --ink: #1f2933; --soft: #5b6875; --line: #d9dfe5; --back: #f6f8fa; }
* { box-sizing: border-box; }
body { font: 15px/1.5 system-ui, "Segoe UI", "DejaVu Sans", sans-serif; margin: 0;
  color: var(--ink); background: var(--back); }
main { max-width: 1080px; margin: 0 auto; padding: 28px 24px 60px; }
h1 { font-size: 24px; margin: 0 0 2px; } h2 { font-size: 18px; margin: 36px 0 10px; }
h3 { font-size: 14px; margin: 0 0 6px; color: var(--soft); font-weight: 600; }
p { margin: 6px 0; max-width: 78ch; } .soft { color: var(--soft); }
.card { background: #fff; border: 1px solid var(--line); border-radius: 8px; padding: 14px 16px; }
.grid { display: grid; grid-template-columns: repeat(auto-fit, minmax(420px, 1fr)); gap: 14px; }
.wide { grid-column: 1 / -1; } svg { width: 100%; height: auto; display: block; }
.card:not(.wide) > svg { max-width: 540px; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { padding: 6px 10px; border-bottom: 1px solid var(--line); text-align: right; vertical-align: top; }
th:first-child, td:first-child { text-align: left; } th { color: var(--soft); font-weight: 600; }
tr:last-child td { border-bottom: 0; }
.note { border-left: 4px solid #d97706; } .fault { border-left: 4px solid #b91c1c; }
.note, .fault { margin: 10px 0; }
figure { margin: 0; } figure img { width: 100%; display: block; border-radius: 4px; }
figcaption { font-size: 13px; color: var(--soft); padding-top: 6px; } code { font-size: 13px; }
"""


def write_report(folder: Path, document: dict[str, Any]) -> None:
    """Write the page.

    Args:
        document: as in summary.json.

    Raises:
        OutputError: it cannot be written.
    """
    body = "\n".join(
        [*_head(document), *_notes(document), *_comparison(document), *_figures(document),
         *_outcomes(document), *_reasons(document), *_gallery(folder, document), *_how(document)]
    )  # fmt: skip
    page = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(Path(document['bag']).name)}: grasps</title><style>{_STYLE}</style></head>"
        f"<body><main>\n{body}\n</main></body></html>\n"
    )
    write_file(folder / REPORT, page.encode())


def _head(document: dict[str, Any]) -> Iterator[str]:
    yield f"<h1>Grasps planned on {escape(Path(document['bag']).name)}</h1>"
    seconds = document["seconds_of_recording"]
    every = (
        "every frame"
        if document["every"] == 1
        else f"one frame of {document['every']}, and those of executed grasps"
    )
    yield (
        f'<p class="soft">{document["frames"]} frames of '
        f"<code>{escape(document['depth_topic'])}</code> ({every}) "
        f"over {seconds:.1f} s, {document['scenes']} scenes; policy "
        f"<b>{escape(document['policy'])}</b>, gripper "
        f"<b>{escape(document['gripper'])}</b>, seed {document['seed']}. "
        f"Pixels without return: {spread(document['hole_ratio'], percent)}.</p>"
    )


def _notes(document: dict[str, Any]) -> Iterator[str]:
    if document["fault"]:
        yield f'<div class="card fault"><b>The recording is damaged.</b> {escape(document["fault"])}</div>'
    for note in document["notes"]:
        yield f'<div class="card note">{escape(note)}</div>'
    for sentence, count in document["unusable_frames"].items():
        yield f'<div class="card note">{count} frames could not be used: {escape(sentence)}</div>'


def _comparison(document: dict[str, Any]) -> Iterator[str]:
    names = [contender["name"] for contender in document["contenders"]]
    yield "<h2>Side by side</h2>"
    yield '<div class="card"><table><tr><th></th>' + "".join(f"<th>{escape(n)}</th>" for n in names) + "</tr>"
    for title, cells in rows(document):
        yield (
            f"<tr><td>{escape(title)}</td>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>"
        )
    yield "</table></div>"
    yield (
        '<p class="soft">Medians, with the 5th to 95th percentile in parentheses; shares with '
        "their 95 % Wilson "
        "interval. The best grasp of the next frame of a still scene is the same one if it is "
        "within 10 mm and "
        "15 degrees.</p>"
    )


def _figures(document: dict[str, Any]) -> Iterator[str]:
    timeline, contenders = document["timeline"], document["contenders"]
    best = {name: [q for q in values if q is not None] for name, values in timeline["best"].items()}
    moves = {one["name"]: one["stability"]["distances_mm"] for one in contenders}
    numbers, changes = timeline["numbers"], timeline["scene_changes"]
    holes = {"without return": timeline["hole_ratio"]}
    yield "<h2>Frame by frame</h2><div class='grid'>"
    yield _card("Quality of the best grasp", over_frames(numbers, timeline["best"], "q", changes), wide=True)
    yield _card("How good the best grasps are", quality_histogram(best))
    yield _card(
        "How far the best grasp moves to the next frame of a still scene", cumulative(moves, "distance [mm]")
    )
    yield _card("Grasps found", over_frames(numbers, timeline["grasps"], "grasps", changes), wide=True)
    yield _card(
        "Holes in the depth image", over_frames(numbers, holes, "share of the pixels", changes), wide=True
    )
    yield "</div>"
    yield '<p class="soft">Vertical lines: the scene changed.</p>'


def _outcomes(document: dict[str, Any]) -> Iterator[str]:
    """What the truth, or a robot that tried, says of quality."""
    contenders = document["contenders"]
    truth = {c["name"]: c["truth"]["reliability"] for c in contenders if "truth" in c}
    tried = {c["name"]: c["attempts"]["reliability"] for c in contenders if "attempts" in c}
    if not truth and not tried:
        return
    yield "<h2>Is quality a probability?</h2><div class='grid'>"
    if truth:
        yield _card("Planned grasps, judged by the true scene", reliability(truth, "robust and free"))
    if tried:
        yield _card("Executed grasps", reliability(tried, "held"))
    yield "</div>"
    yield (
        '<p class="soft">On the dashed line quality is the share of grasps that succeed; the '
        "size of a dot tells "
        "how many grasps it stands for. The true scene judges by the measure that labels "
        "training data: robust "
        "epsilon above its threshold, and nothing hit on the way.</p>"
    )


def _reasons(document: dict[str, Any]) -> Iterator[str]:
    contenders = document["contenders"]
    counts = {one["name"]: one["rejected"] for one in contenders}
    yield "<h2>Why grasps were rejected</h2><div class='grid'>"
    yield _card("Filters", rejections(counts, {c["name"]: c["frames"] for c in contenders}))
    sentences = [(c["name"], s, n) for c in contenders for s, n in {**c["errors"], **c["warnings"]}.items()]
    if sentences:
        lines = "".join(
            f"<tr><td>{escape(name)}</td><td style='text-align:left'>{escape(text)}</td><td>{count}</td></tr>"
            for name, text, count in sentences
        )
        yield _card("Errors and warnings, and on how many frames", f"<table>{lines}</table>")
    yield "</div>"


def _gallery(folder: Path, document: dict[str, Any]) -> Iterator[str]:
    shown = [one for one in frames_to_show(folder) if picture_path(folder, one.number).exists()]
    if not shown:
        return
    yield "<h2>Frames to look at</h2><div class='grid'>"
    for one in shown:
        yield from _picture(folder, one, len(document["contenders"]))
    yield "</div>"
    yield (
        '<p class="soft">Grey: height above the table; violet: no return; yellow: taken for '
        "objects; red to green: "
        "quality found there; green: the best grasp and its fingertips; blue: the others.</p>"
    )


def _picture(folder: Path, shown: Shown, contenders: int) -> Iterator[str]:
    image = cv2.imread(str(picture_path(folder, shown.number)))
    if image is None:
        return
    width = min(image.shape[1], _PICTURE_WIDTH * contenders)
    height = round(image.shape[0] * width / image.shape[1])
    small = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
    _, content = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, 82])
    data = base64.b64encode(content.tobytes()).decode()
    caption = f"Frame {shown.number}: {shown.why}"
    yield (
        f'<figure class="card{" wide" if contenders > 1 else ""}"><img alt="{escape(caption)}" '
        f'src="data:image/jpeg;base64,{data}"><figcaption>{escape(caption)}</figcaption></figure>'
    )


def _how(document: dict[str, Any]) -> Iterator[str]:
    yield "<h2>How this was made</h2>"
    yield (
        f"<p><code>pinch bag evaluate</code> on {escape(document['bag'])}, {document['workers']} "
        "processes of one "
        "thread each; planning times are those of this machine while all processes were busy. "
        "The same seed gives "
        "the same grasps in the planner node.</p>"
    )


def _card(title: str, content: str, *, wide: bool = False) -> str:
    return f'<div class="card{" wide" if wide else ""}"><h3>{escape(title)}</h3>{content}</div>'
