# SPDX-License-Identifier: Apache-2.0
"""Is quality a probability, in physics? Success against the planner's own quality."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from pinch_benchmark.run.trial import TrialRecord
from pinch_core.atomic_file import write_file
from pinch_core.share import Share

BINS = (0.0, 0.25, 0.5, 0.75, 0.85, 0.95, 1.0)
FEWEST = 3


def plot_success_against_quality(records: Sequence[TrialRecord], path: Path) -> None:
    """A PNG: for each method with a probability, success in bins of quality, with Wilson intervals."""
    from pinch_core.report.palette import line_styles
    from pinch_core.report.plots import add_legend, diagonal, one_plot, png

    figure, axis = one_plot("quality of the planned grasp", "success rate in physics", width=6.0, height=5.0)
    diagonal(axis)
    for method, style in line_styles(dict.fromkeys(record.method for record in records)).items():
        rated = [r for r in records if r.method == method and np.isfinite(r.quality)]
        points = []
        for low, high in itertools.pairwise(BINS):
            inside = [r for r in rated if low < r.quality <= high]
            if len(inside) >= FEWEST:
                share = Share(sum(r.held for r in inside), len(inside))
                points.append((np.mean([r.quality for r in inside]), share.value, *share.interval))
        if points:
            quality, value, lowest, highest = np.array(points).T
            axis.errorbar(
                quality,
                value,
                [value - lowest, highest - value],
                marker="o",
                capsize=3,
                label=method,
                **style,
            )
    axis.set(xlim=(0, 1.02), ylim=(0, 1.02))
    add_legend(axis, loc="lower right")
    write_file(path, png(figure, dpi=110))
