# SPDX-License-Identifier: Apache-2.0
"""Line styles of models."""

from __future__ import annotations

from collections.abc import Iterable

from pinch_core.pictures.palette import BLUE, GREEN, INK, ORANGE, PURPLE, SKY, VERMILION

MODEL_COLORS = (BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY, INK)
MODEL_DASHES = ("-", "--", "-.", ":")


def model_styles(models: Iterable[str]) -> dict[str, dict[str, str]]:
    """Line style of each model: colours first, then the dashes change too."""
    styles = {}
    for k, model in enumerate(models):
        dashes = MODEL_DASHES[k // len(MODEL_COLORS) % len(MODEL_DASHES)]
        styles[model] = {"color": MODEL_COLORS[k % len(MODEL_COLORS)], "linestyle": dashes}
    return styles
