# SPDX-License-Identifier: Apache-2.0
"""Colours of the pictures; all of them can be told apart by colour-blind people."""

from __future__ import annotations

from collections.abc import Iterable

# Okabe & Ito's palette without its yellow, which is lost on white.
BLUE, VERMILION, GREEN, ORANGE = "#0072B2", "#D55E00", "#009E73", "#E69F00"
PURPLE, SKY = "#CC79A7", "#56B4E9"

GREY = "#8c8c8c"
INK = "#222222"
NO_RETURN = "#33507a"  # a pixel without depth

MODEL_COLORS = (BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY, INK)
MODEL_DASHES = ("-", "--", "-.", ":")


def model_styles(models: Iterable[str]) -> dict[str, dict[str, str]]:
    """Line style of each model: colours first, then the dashes change too."""
    styles = {}
    for k, model in enumerate(models):
        dashes = MODEL_DASHES[k // len(MODEL_COLORS) % len(MODEL_DASHES)]
        styles[model] = {"color": MODEL_COLORS[k % len(MODEL_COLORS)], "linestyle": dashes}
    return styles
