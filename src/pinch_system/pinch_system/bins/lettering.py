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
            cv2.putText(self.image, text, place, _FONT, scale, BLACK, 4, cv2.LINE_AA)
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
        """A dark panel in the middle; the first line is large and in ``colour``."""
        height, width = self.image.shape[:2]
        half_width, half_height = 330, 34 + 20 * len(lines)
        part = self.image[
            height // 2 - half_height : height // 2 + half_height,
            width // 2 - half_width : width // 2 + half_width,
        ]
        part[:] = (part * 0.22).astype(np.uint8)
        y = height // 2 - half_height + 52
        for number, line in enumerate(lines):
            scale = 1.0 if number == 0 else 0.65
            (across, _), _ = cv2.getTextSize(line, _FONT, scale, 1)
            place = (width // 2 - across // 2, y)
            cv2.putText(
                self.image, line, place, _FONT, scale, colour if number == 0 else WHITE, 1, cv2.LINE_AA
            )
            y += 40

    def _at(self, at: tuple[int, int]) -> tuple[int, int]:
        height, width = self.image.shape[:2]
        x, y = at
        return (x if x >= 0 else width + x, y if y >= 0 else height + y)
