# SPDX-License-Identifier: Apache-2.0
"""The colours of all reports, plots and annotated images, as ``#rrggbb``."""

from __future__ import annotations

from collections.abc import Iterable

# Colours that everybody can tell apart (Okabe and Ito).
BLUE, ORANGE, VERMILION, GREEN = "#0072B2", "#E69F00", "#D55E00", "#009E73"
PURPLE, SKY = "#CC79A7", "#56B4E9"

# Text, text of less weight, lines between cells, the page and what stands out from it.
INK, SOFT, LINE, PAPER, CARD = "#222222", "#5b6875", "#d9dfe5", "#f6f8fa", "#ffffff"
GREY = "#8c8c8c"

# Where a depth image has no return.
NO_RETURN = "#46328c"

# Annotations of depth images, which are drawn in greys: brighter than the colours of plots.
BEST, WORST, OTHER, OUTLINE = "#3cdc5a", "#dc3c32", "#3ca0eb", "#fabe3c"
CAPTION, CAPTION_DETAIL, SHADE = "#f5f5f5", "#bebebe", "#141619"

SERIES_COLORS = (BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY, INK)
SERIES_DASHES = ("-", "--", "-.", ":")


def line_styles(names: Iterable[str]) -> dict[str, dict[str, str]]:
    """Line style of each series of a plot: colours first, then the dashes change too."""
    styles = {}
    for k, name in enumerate(names):
        dashes = SERIES_DASHES[k // len(SERIES_COLORS) % len(SERIES_DASHES)]
        styles[name] = {"color": SERIES_COLORS[k % len(SERIES_COLORS)], "linestyle": dashes}
    return styles


def bgr(color: str) -> tuple[int, int, int]:
    """Blue, green, red in [0, 255], as OpenCV takes them."""
    red, green, blue = bytes.fromhex(color[1:])
    return blue, green, red
