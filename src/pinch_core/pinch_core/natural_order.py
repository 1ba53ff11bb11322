# SPDX-License-Identifier: Apache-2.0
"""Natural sort order of file names."""

from __future__ import annotations

import re


def natural_order(name: str) -> list[tuple[int, str]]:
    """A key to sort names by: digits compare as numbers, so that frame 2 comes before frame 10."""
    # Decimals only: a superscript is a digit too, but not a number.
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", name)]
