# SPDX-License-Identifier: Apache-2.0
"""Readable durations."""

from __future__ import annotations


def duration(seconds: float) -> str:
    """Such as 0:01:40."""
    minutes, seconds = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02d}:{seconds:02d}"
