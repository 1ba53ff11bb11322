# SPDX-License-Identifier: Apache-2.0
"""Letters, counters and small pictures on a picture; negative coordinates count from the right and from
below."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

UInt8 = NDArray[np.uint8]
Colour = tuple[int, int, int]

# BGR.
WHITE, GREY, BLACK = (250, 250, 250), (200, 200, 200), (20, 20, 20)
GREEN, RED = (130, 215, 120), (110, 110, 245)
PANEL_AT = (24, 96)
_FONT = cv2.FONT_HERSHEY_DUPLEX


class Canvas:
    """Writes into ``image`` UInt8[H, W, 3] BGR."""

    def __init__(self, image: UInt8) -> None:
        self.image = image

    def strip(self, height: int) -> None:
        """Darken the lower edge, so that letters can be read."""
        self.image[-height:] = (self.image[-height:] * 0.28).astype(np.uint8)

    def text(
        self, at: tuple[int, int], text: str, scale: float, colour: Colour, *, shadow: bool = False
    ) -> None:
        """One line whose lower left corner is ``at`` (column, row)."""
        place = self._at(at)
        if shadow:
            for dx, dy in ((1, 1), (2, 2), (-1, 1), (1, -1)):
                behind = (place[0] + dx, place[1] + dy)
                cv2.putText(self.image, text, behind, _FONT, scale, BLACK, 1, cv2.LINE_AA)
        cv2.putText(self.image, text, place, _FONT, scale, colour, 1, cv2.LINE_AA)

    def dots(self, at: tuple[int, int], total: int, filled: int) -> None:
        """A row of circles from ``at`` on, the first ``filled`` of them full."""
        x, y = self._at(at)
        for number in range(total):
            middle = (x + 26 * number, y)
            if number < filled:
                cv2.circle(self.image, middle, 9, GREEN, -1, cv2.LINE_AA)
            else:
                cv2.circle(self.image, middle, 9, GREY, 1, cv2.LINE_AA)

    def inset(self, picture: UInt8, width: int, caption: str) -> None:
        """A small picture at the upper right, with a line below."""
        height = round(picture.shape[0] * width / picture.shape[1])
        small = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
        left, top = self.image.shape[1] - width - 18, 18
        self.image[top - 2 : top + height + 24, left - 2 : left + width + 2] = 40
        self.image[top : top + height, left : left + width] = small
        cv2.putText(self.image, caption, (left + 8, top + height + 16), _FONT, 0.42, GREY, 1, cv2.LINE_AA)

    def panel(self, lines: Sequence[str], colour: Colour) -> None:
        """A dark panel at the upper left, below the title; the first line is large and in ``colour``."""
        sizes = [1.05, *[0.68] * (len(lines) - 1)]
        width = max(
            cv2.getTextSize(line, _FONT, scale, 1)[0][0] for line, scale in zip(lines, sizes, strict=True)
        )
        left, top = PANEL_AT
        part = self.image[top : top + 40 * len(lines) + 30, left : left + width + 40]
        part[:] = (part * 0.22).astype(np.uint8)
        for number, (line, scale) in enumerate(zip(lines, sizes, strict=True)):
            colour_here = colour if number == 0 else WHITE
            self.text((left + 20, top + 46 + 40 * number), line, scale, colour_here)

    def _at(self, at: tuple[int, int]) -> tuple[int, int]:
        height, width = self.image.shape[:2]
        x, y = at
        return (x if x >= 0 else width + x, y if y >= 0 else height + y)
