# SPDX-License-Identifier: Apache-2.0
"""Statistics of the frames, for /diagnostics."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np

from pinch_core.depth_frame import DepthFrame
from pinch_ros.diagnostics import Health, Level

# Frames that the rate is taken over.
_WINDOW = 60
# The median of every 4th pixel each way differs from the whole image's by less than the sensor's noise.
_MEDIAN_STRIDE = 4


@dataclass(frozen=True)
class HoleStatistics:
    """``ratio``: share of pixels without return; ``count``: connected holes; ``largest``: share of the
    largest.
    """

    ratio: float
    count: int
    largest: float

    @classmethod
    def of(cls, frame: DepthFrame) -> HoleStatistics:
        """Count the holes of a frame, connected by edges and corners."""
        holes = (~frame.valid).astype(np.uint8)
        regions, _, stats, _ = cv2.connectedComponentsWithStats(holes, connectivity=8)
        areas = stats[1:, cv2.CC_STAT_AREA]
        return cls(frame.hole_ratio, regions - 1, float(areas.max(initial=0)) / holes.size)


class CameraStatistics:
    """Counts frames and errors. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._arrivals: deque[float] = deque(maxlen=_WINDOW)
        self._started = time.monotonic()
        self._frames = 0
        self._refused = 0
        self._dropped = 0
        self._last_error = ""
        self._last_frame: DepthFrame | None = None
        self._no_return: Mapping[str, int] = {}
        self._notes: tuple[str, ...] = ()

    @property
    def seconds_since_frame(self) -> float:
        """Seconds since the last frame, or since the start before the first."""
        with self._lock:
            return time.monotonic() - (self._arrivals[-1] if self._arrivals else self._started)

    def restart(self) -> None:
        """The source was started."""
        with self._lock:
            self._started = time.monotonic()
            self._arrivals.clear()

    def frame(self, frame: DepthFrame, came: DepthFrame) -> None:
        """A frame was published. ``came``: as it came from the source, before filters."""
        with self._lock:
            self._arrivals.append(time.monotonic())
            self._frames += 1
            self._last_frame = frame
            self._no_return, self._notes = came.no_return, came.notes
            self._last_error = ""

    def dropped(self) -> None:
        """A frame was stale."""
        with self._lock:
            self._dropped += 1

    def error(self, message: str) -> None:
        """A frame could not be used."""
        with self._lock:
            self._refused += 1
            self._last_error = message

    def health(self, source: str, stalled_s: float | None, why: str = "") -> Health:
        """``stalled_s``: how long the source has been silent for too long; None where it is not. ``why``: as
        the source says.
        """
        with self._lock:
            span = self._arrivals[-1] - self._arrivals[0] if len(self._arrivals) > 1 else 0.0
            frame, error = self._last_frame, self._last_error
            no_return, notes = self._no_return, self._notes
            values = {
                "source": source,
                "frames": str(self._frames),
                "frames refused": str(self._refused),
                "stale frames dropped": str(self._dropped),
                "rate [Hz]": f"{(len(self._arrivals) - 1) / span:.1f}" if span else "0",
                "last error": error,
            }
        values["seconds since last frame"] = f"{self.seconds_since_frame:.2f}" if frame else ""
        if frame is not None:
            sparse = frame.depth[::_MEDIAN_STRIDE, ::_MEDIAN_STRIDE]
            holes = HoleStatistics.of(frame)
            values["hole ratio"] = f"{holes.ratio:.3f}"
            values["holes"] = str(holes.count)
            values["largest hole [share of the image]"] = f"{holes.largest:.3f}"
            values["median depth [m]"] = f"{np.nanmedian(sparse):.3f}" if np.isfinite(sparse).any() else ""
            values["no return [px]"] = ", ".join(f"{count} {reason}" for reason, count in no_return.items())
        if stalled_s is not None:
            cause = f": {why}." if why else "; check the camera."
            because = f" ({error.rstrip('.')})" if error else ""
            return Health(
                Level.ERROR,
                f"no frame from {source} for {stalled_s:.1f} s{because}{cause}",
                values,
            )
        if error:
            return Health(Level.WARN, error, values)
        if frame is not None and notes:
            return Health(Level.WARN, " ".join(notes), values)
        return Health(Level.OK, "streaming" if frame else "no frame yet", values)
