# SPDX-License-Identifier: Apache-2.0
"""Colours that everybody can tell apart (Okabe and Ito), the same in all pictures."""

from __future__ import annotations

BLUE, ORANGE, VERMILION, GREEN = "#0072B2", "#E69F00", "#D55E00", "#009E73"
PURPLE, SKY = "#CC79A7", "#56B4E9"
INK = "#222222"
GREY = "#8c8c8c"
NO_RETURN = "#33507a"
