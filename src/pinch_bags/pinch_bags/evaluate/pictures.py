# SPDX-License-Identifier: Apache-2.0
"""Annotated images of the frames, one by one and as a video. Free of ROS."""

from __future__ import annotations

from pathlib import Path

import cv2

PICTURES, VIDEO = "frames", "annotated.mp4"
FPS = 10


def picture_path(folder: Path, number: int) -> Path:
    """The annotated image of a frame."""
    return folder / PICTURES / f"{number:06d}.jpg"


def write_video(folder: Path) -> None:
    """All annotated images, in the order of the frames."""
    writer: cv2.VideoWriter | None = None
    for path in sorted((folder / PICTURES).glob("*.jpg")):
        image = cv2.imread(str(path))
        if image is None:
            continue
        height, width = image.shape[:2]
        if writer is None:
            writer = cv2.VideoWriter(
                str(folder / VIDEO), cv2.VideoWriter.fourcc(*"mp4v"), FPS, (width, height)
            )
            size = (width, height)
        writer.write(image if (width, height) == size else cv2.resize(image, size))
    if writer is not None:
        writer.release()
