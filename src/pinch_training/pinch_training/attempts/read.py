# SPDX-License-Identifier: Apache-2.0
"""Attempts from a bag or from a table."""

from __future__ import annotations

from pathlib import Path

from pinch_core.depth_format import DepthFormat
from pinch_training.attempts.attempts import Attempts
from pinch_training.attempts.bag import read_bag
from pinch_training.attempts.csv_file import read_csv
from pinch_training.attempts.topics import AttemptTopics


def read_attempts(
    path: Path, crop_size: int, topics: AttemptTopics, depth_format: DepthFormat | None = None
) -> Attempts:
    """A CSV file by its ending, else a bag. ``depth_format``: how depth images are to be read.

    Raises:
        AttemptsError, DamagedAttemptsError: as :func:`read_csv` and :func:`read_bag`.
    """
    if path.suffix.lower() == ".csv":
        return read_csv(path, crop_size, depth_format)
    return read_bag(path, crop_size, topics, depth_format)
