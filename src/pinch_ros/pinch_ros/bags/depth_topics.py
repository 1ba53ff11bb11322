# SPDX-License-Identifier: Apache-2.0
"""The depth topic of a bag and its camera info, paired by stamp."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sensor_msgs.msg import CameraInfo, Image

from pinch_ros.bags.bag import Bag
from pinch_ros.conversions import stamp_to_ns
from pinch_ros.errors import NoFrameError
from pinch_ros.exact_stamp import ExactStampMatcher

_IMAGE_TYPE, _INFO_TYPE = "sensor_msgs/msg/Image", "sensor_msgs/msg/CameraInfo"


@dataclass(frozen=True)
class DepthTopics:
    """Names of a depth image topic and of its camera info."""

    image: str
    info: str


def choose_depth_topics(bag: Bag, image: str = "", info: str = "") -> DepthTopics:
    """The topics as named; by default the only image topic with 'depth' in it, and camera_info beside it.

    Raises:
        NoFrameError: there is no such topic, or no single one; the message lists what there is.
    """
    image = image or _only_depth_topic(bag)
    if not _has(bag, image, _IMAGE_TYPE):
        raise NoFrameError(
            f"{bag.path} has no images on {image}; its topics are {bag.listing()}: name its depth topic."
        )
    info = info or image.rpartition("/")[0] + "/camera_info"
    if not _has(bag, info, _INFO_TYPE):
        raise NoFrameError(
            f"{bag.path} has no camera info on {info}; its topics are {bag.listing()}: name its camera info "
            "topic."
        )
    return DepthTopics(image, info)


def depth_pairs(bag: Bag, topics: DepthTopics) -> Iterator[tuple[int, Image, CameraInfo]]:
    """Time of recording [ns], image and camera info of exactly the same stamp.

    Raises:
        NoFrameError: the whole bag had no such pair.
        DamagedFileError: the bag is damaged; what came before was yielded.
    """
    matcher = ExactStampMatcher(2)
    complete = 0
    for raw in bag.messages((topics.image, topics.info)):
        message = raw.decode()
        pair = matcher.add(int(raw.topic == topics.info), stamp_to_ns(message.header.stamp), message)
        if pair is not None:
            complete += 1
            yield raw.time_ns, pair[0], pair[1]
    if not complete:
        raise NoFrameError(
            f"{bag.path} has no image on {topics.image} with camera info of the same stamp on {topics.info}; "
            "name another camera info topic or record both from one driver."
        )


def _has(bag: Bag, topic: str, kind: str) -> bool:
    return topic in bag.topics and bag.topics[topic].type == kind


def _only_depth_topic(bag: Bag) -> str:
    candidates = sorted(t.name for t in bag.topics.values() if t.type == _IMAGE_TYPE and "depth" in t.name)
    if len(candidates) != 1:
        raise NoFrameError(
            f"{bag.path} must hold one image topic with 'depth' in its name to choose it by itself, it has "
            f"{', '.join(candidates) or 'none'} among {bag.listing()}; name its depth topic."
        )
    return candidates[0]
