# SPDX-License-Identifier: Apache-2.0
"""One pass over a bag: what it holds, at which rates, and what of a camera is missing."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from pinch_bags.attempts import attempt_topics
from pinch_bags.ground_truth import objects_topic
from pinch_bags.info.camera_survey import CameraProbe, CameraSurvey
from pinch_core.depth_format import DepthFormat
from pinch_core.errors import DamagedFileError
from pinch_ros.bags import (
    Bag,
    RecordedTransforms,
    begin_with_static_transforms,
    depth_image_topics,
    message_class,
)
from pinch_ros.bags.recorded_transforms import MOVING_TOPIC, transforms_of
from pinch_ros.errors import UnknownMessageTypeError

# Frames that move are published again and again; the first messages name them all.
_MOVING_MESSAGES = 200


@dataclass(frozen=True)
class TopicSurvey:
    """``rate`` [Hz] and ``longest_gap`` [s] of recording, None where there are too few messages."""

    name: str
    type: str
    count: int
    rate: float | None
    longest_gap: float | None
    is_installed: bool


@dataclass(frozen=True)
class BagSurvey:
    """``seconds``: from the first message to the last. ``fault``: where the recording is damaged."""

    path: str
    seconds: float
    messages: int
    topics: list[TopicSurvey]
    cameras: list[CameraSurvey]
    ground_truth: bool
    attempts: bool
    missing: list[str]
    fault: str


@dataclass
class _Clock:
    """Times of recording of a topic's messages [ns]."""

    times: list[int] = field(default_factory=list)

    def survey(self, name: str, kind: str) -> TopicSurvey:
        times = np.sort(np.asarray(self.times, dtype=np.int64))
        steps = np.diff(times) / 1e9
        span = float(steps.sum())
        rate = len(steps) / span if span > 0 else None
        gap = float(steps.max()) if len(steps) else None
        return TopicSurvey(name, kind, len(times), rate, gap, _is_installed(kind))


def survey_bag(bag: Bag, base_frame: str, depth_format: DepthFormat | None = None) -> BagSurvey:
    """Read a bag once; images are not decoded but the first of each camera.

    Args:
        base_frame: of the robot; empty = the root of each camera's frames.
        depth_format: how depth images are to be read.

    Raises:
        PinchError: a transform or a header cannot be read.
    """
    clocks = {name: _Clock() for name in bag.topics}
    probes = [CameraProbe.of(bag, topic) for topic in depth_image_topics(bag)]
    transforms = begin_with_static_transforms(bag)
    moving = 0
    fault = ""
    try:
        for raw in bag.messages(bag.topics):
            clocks[raw.topic].times.append(raw.time_ns)
            if raw.topic == MOVING_TOPIC and moving < _MOVING_MESSAGES:
                moving += 1
                for stamped, where in transforms_of(raw):
                    transforms.add_moving(stamped, where)
            for probe in probes:
                probe.take(raw)
    except DamagedFileError as error:
        fault = str(error)
    topics = [clocks[name].survey(name, topic.type) for name, topic in sorted(bag.topics.items())]
    times = [clock.times for clock in clocks.values() if clock.times]
    seconds = (max(map(max, times)) - min(map(min, times))) / 1e9 if times else 0.0
    cameras = [probe.survey(transforms, base_frame, depth_format or DepthFormat()) for probe in probes]
    return BagSurvey(
        str(bag.path),
        seconds,
        sum(topic.count for topic in topics),
        topics,
        cameras,
        objects_topic(bag) is not None,
        attempt_topics(bag) is not None,
        [*_missing(topics, cameras, transforms), *_differences(bag, topics, fault)],
        fault or bag.fault,
    )


def _missing(
    topics: list[TopicSurvey], cameras: list[CameraSurvey], transforms: RecordedTransforms
) -> list[str]:
    found = [
        f"the message type {topic.type} of {topic.name} is not installed, so its messages cannot be read; "
        f"install the package {topic.type.partition('/')[0]}."
        for topic in topics
        if not topic.is_installed
    ]
    found += transforms.contradictions.values()
    if not cameras:
        found.append(
            "there is no depth image: no topic of sensor_msgs/Image has 'depth' in its name; "
            "record one, or name "
            "yours with --depth-topic."
        )
    if not any(topic.name == "/tf_static" for topic in topics):
        found.append(
            "/tf_static was not recorded: where cameras stand is not known; record it, or give the pose with "
            "--camera-pose FILE where a workspace or ground truth needs it."
        )
    return found


def _differences(bag: Bag, topics: list[TopicSurvey], fault: str) -> list[str]:
    """Where metadata.yaml, the index of the files and what was read do not agree."""
    read = [
        f"{topic.name} has {bag.topics[topic.name].count} messages in the index, {topic.count} were read: "
        "make the index anew with mcap recover or ros2 bag reindex."
        for topic in topics
        if not fault and topic.count != bag.topics[topic.name].count
    ]
    return [*bag.notes, *read]


def _is_installed(kind: str) -> bool:
    try:
        message_class(kind)
    except UnknownMessageTypeError:
        return False
    return True
