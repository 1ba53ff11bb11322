# SPDX-License-Identifier: Apache-2.0
"""The film of a pick: overview frames with captions, as a video and as a contact sheet."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

UInt8 = NDArray[np.uint8]
VIDEO_FPS = 15
SHEET_COLUMNS = 4
TILE_SIZE = (400, 300)
_FONT = cv2.FONT_HERSHEY_DUPLEX


@dataclass(frozen=True, eq=False)
class Shot:
    """One frame: ``image`` UInt8[H, W, 3] BGR at ``time_s`` since the start of the pick, during ``stage``."""

    image: UInt8
    time_s: float
    stage: str


class Film:
    """Collects the frames of one pick."""

    def __init__(self) -> None:
        self._shots: list[Shot] = []

    def add(self, image: UInt8, time_s: float, stage: str) -> None:
        """Keep a frame, at most as many per second as the video shows."""
        if not self._shots or time_s - self._shots[-1].time_s >= 0.999 / VIDEO_FPS:
            self._shots.append(Shot(image, time_s, stage))

    @property
    def is_empty(self) -> bool:
        return not self._shots

    def write_video(self, path: Path) -> None:
        """An MPEG-4 video in the time of the simulation."""
        height, width = self._shots[0].image.shape[:2]
        writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), VIDEO_FPS, (width, height))
        for shot in self._shots:
            writer.write(captioned(shot.image, f"{shot.time_s:5.1f} s   {shot.stage}"))
        writer.release()

    def write_contact_sheet(self, path: Path, title: str) -> None:
        """One picture per stage, the last frame of each, in order."""
        last_of_stage = [
            shot
            for shot, after in zip(self._shots, [*self._shots[1:], None], strict=True)
            if after is None or after.stage != shot.stage
        ]
        tiles = [
            captioned(
                np.asarray(cv2.resize(shot.image, TILE_SIZE, interpolation=cv2.INTER_AREA), np.uint8),
                f"{shot.time_s:.1f} s  {shot.stage}",
            )
            for shot in last_of_stage
        ]
        blank = np.full((TILE_SIZE[1], TILE_SIZE[0], 3), 255, np.uint8)
        tiles += [blank] * (-len(tiles) % SHEET_COLUMNS)
        rows = [np.hstack(tiles[i : i + SHEET_COLUMNS]) for i in range(0, len(tiles), SHEET_COLUMNS)]
        sheet = np.vstack(rows)
        banner = np.full((36, sheet.shape[1], 3), 40, np.uint8)
        cv2.putText(banner, title, (10, 25), _FONT, 0.65, (255, 255, 255), 1, cv2.LINE_AA)
        cv2.imwrite(str(path), np.vstack([banner, sheet]))


def captioned(image: UInt8, caption: str) -> UInt8:
    """The image with a line of text on a dark strip along its lower edge."""
    out: UInt8 = image.copy()
    scale = image.shape[1] / 640
    strip = math.ceil(30 * scale)
    out[-strip:] = (out[-strip:] * 0.25).astype(np.uint8)
    cv2.putText(
        out,
        caption,
        (round(10 * scale), out.shape[0] - round(9 * scale)),
        _FONT,
        0.6 * scale,
        (255, 255, 255),
        1,
        cv2.LINE_AA,
    )
    return out
