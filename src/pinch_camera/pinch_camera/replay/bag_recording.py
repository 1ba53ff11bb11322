# SPDX-License-Identifier: Apache-2.0
"""A depth topic of a rosbag2 recording, sqlite3 or mcap."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from geometry_msgs.msg import TransformStamped

from pinch_camera.errors import NoFrameSourceError
from pinch_camera.replay.config import ReplayConfig
from pinch_camera.replay.recording import RecordedFrame
from pinch_ros.bags import Bag, choose_depth_topics, raw_frames
from pinch_ros.errors import NoFrameError

_REMEDY = "set replay.image_topic and replay.info_topic."


class BagRecording:
    """Each depth image with the camera info of exactly its stamp."""

    def __init__(self, path: Path, config: ReplayConfig) -> None:
        self._bag = Bag(path)
        self._format = config.depth_format
        try:
            self._topics = choose_depth_topics(self._bag, config.image_topic, config.info_topic)
        except NoFrameError as error:
            raise _no_source(error) from error

    @property
    def static_transforms(self) -> Sequence[TransformStamped]:
        """What was recorded on /tf_static: the camera's pose among it.

        Raises:
            DamagedFileError: a message cannot be read.
        """
        return [one for raw in self._bag.messages(("/tf_static",)) for one in raw.decode().transforms]

    def __iter__(self) -> Iterator[RecordedFrame]:
        start_ns: int | None = None
        try:
            for frame in raw_frames(self._bag, self._topics):
                start_ns = frame.time_ns if start_ns is None else start_ns
                # Time in a bag may go back (a simulation was reset); the player goes on at once.
                yield RecordedFrame(
                    max(0, frame.time_ns - start_ns) / 1e9,
                    partial(frame.decode, self._format),
                )
        except NoFrameError as error:
            raise _no_source(error) from error


def _no_source(error: NoFrameError) -> NoFrameSourceError:
    return NoFrameSourceError(f"{str(error).rstrip('.')}: {_REMEDY}")
