# SPDX-License-Identifier: Apache-2.0
"""Stamps and durations: integer nanoseconds inside pinch, seconds where a float is meant."""

from __future__ import annotations

from builtin_interfaces.msg import Duration, Time

_NS_PER_S = 1_000_000_000


def stamp_to_ns(stamp: Time) -> int:
    """Nanoseconds of a message stamp."""
    return int(stamp.sec) * _NS_PER_S + int(stamp.nanosec)


def ns_to_stamp(nanoseconds: int) -> Time:
    """Message stamp of nanoseconds."""
    seconds, rest = divmod(int(nanoseconds), _NS_PER_S)
    return Time(sec=seconds, nanosec=rest)


def duration_to_seconds(duration: Duration) -> float:
    """Seconds of a duration message."""
    return float(duration.sec) + float(duration.nanosec) / _NS_PER_S


def seconds_to_duration(seconds: float) -> Duration:
    """Duration message of seconds, to the nearest nanosecond."""
    whole, rest = divmod(round(seconds * _NS_PER_S), _NS_PER_S)
    return Duration(sec=whole, nanosec=rest)
