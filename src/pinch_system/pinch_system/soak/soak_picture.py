# SPDX-License-Identifier: Apache-2.0
"""The picks of a soak over time: what failed on purpose, how the pick ended, and what followed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from pinch_core.atomic_file import write_file
from pinch_core.report.palette import GREEN, ORANGE, VERMILION
from pinch_system.soak.soak_pick import SoakPick

PICKED, STOPPED, LOST = "picked all the same", "ended with its code, recovered", "hung, or not recovered"
_LOOKS = {PICKED: ("o", GREEN), STOPPED: ("s", ORANGE), LOST: ("X", VERMILION)}
_ROW_INCHES, _FRAME_INCHES, _WIDTH_INCHES = 0.32, 1.1, 9.0


def draw_soak(picks: Sequence[SoakPick], path: Path) -> None:
    """A PNG: a row for each fault, a mark for each pick at the minute in which it ended."""
    from pinch_core.report.plots import one_plot, png

    rows = sorted({pick.fault for pick in picks}, reverse=True)
    minutes = np.cumsum([pick.wall_s for pick in picks]) / 60.0
    figure, axis = one_plot(
        "minutes", "", width=_WIDTH_INCHES, height=_FRAME_INCHES + _ROW_INCHES * max(1, len(rows))
    )
    for ending, (marker, color) in _LOOKS.items():
        mine = [i for i, pick in enumerate(picks) if _ending(pick) == ending]
        if mine:
            height = [rows.index(picks[i].fault) for i in mine]
            axis.scatter(minutes[mine], height, marker=marker, c=color, label=f"{ending}: {len(mine)}")
    axis.set_yticks(range(len(rows)), [row.replace("_", " ") for row in rows])
    axis.set_xlim(0.0, None)
    if picks:
        figure.legend(loc="outside upper center", ncols=len(_LOOKS), frameon=False)
    write_file(path, png(figure, dpi=110))


def _ending(pick: SoakPick) -> str:
    if pick.hung or not pick.recovered:
        return LOST
    return PICKED if pick.succeeded else STOPPED
