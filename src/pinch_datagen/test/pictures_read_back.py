# SPDX-License-Identifier: Apache-2.0
"""What a PNG shows."""

from __future__ import annotations

import cv2
import numpy as np


def picture(png: bytes) -> np.ndarray:
    decoded = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)
    assert decoded is not None
    return decoded[..., ::-1]


def assert_shows_something(png: bytes) -> None:
    colors, counts = np.unique(picture(png).astype(int) @ [1, 256, 65536], return_counts=True)
    assert len(colors) > 50
    assert counts.max() < 0.97 * counts.sum()


def pixels_like(image: np.ndarray, color: str, tolerance: int = 12) -> np.ndarray:
    wanted = np.array([int(color[k : k + 2], 16) for k in (1, 3, 5)])
    return np.argwhere(np.abs(image.astype(int) - wanted).max(axis=2) <= tolerance)
