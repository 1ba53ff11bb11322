# SPDX-License-Identifier: Apache-2.0
"""The depth topic of a bag and its camera info."""

from __future__ import annotations

from dataclasses import dataclass

from pinch_ros.bags.bag import Bag
from pinch_ros.errors import NoFrameError

IMAGE, COMPRESSED, INFO = (
    "sensor_msgs/msg/Image",
    "sensor_msgs/msg/CompressedImage",
    "sensor_msgs/msg/CameraInfo",
)
# What image_transport appends to the name of a topic of compressed depth.
COMPRESSED_SUFFIX = "/compressedDepth"


@dataclass(frozen=True)
class DepthTopics:
    """Names of a depth image topic and of its camera info."""

    image: str
    info: str


def choose_depth_topics(bag: Bag, image: str = "", info: str = "", *, needs_info: bool = True) -> DepthTopics:
    """The topics as named; by default the only image topic with 'depth' in it, and camera_info beside it.

    Args:
        needs_info: False where the intrinsics come from elsewhere; the camera info need not be there then.

    Raises:
        NoFrameError: there is no such topic, or no single one; the message lists what there is.
    """
    image = image or _only_depth_topic(bag)
    if image not in depth_image_topics(bag, part=""):
        raise NoFrameError(
            f"{bag.path} has no images on {image}; its topics are {bag.listing()}: name its depth topic."
        )
    info = info or info_topic_beside(image)
    if needs_info and not (info in bag.topics and bag.topics[info].type == INFO):
        raise NoFrameError(
            f"{bag.path} has no camera info on {info}; its topics are {bag.listing()}: name its camera info "
            "topic, or give the intrinsics in a file."
        )
    return DepthTopics(image, info)


def depth_image_topics(bag: Bag, part: str = "depth") -> list[str]:
    """Topics of images, raw or compressedDepth, with ``part`` in the name; of a topic that was recorded both
    ways, the raw one.
    """
    raw = {name for name, topic in bag.topics.items() if topic.type == IMAGE and part in name.lower()}
    compressed = {
        name
        for name, topic in bag.topics.items()
        if topic.type == COMPRESSED and name.endswith(COMPRESSED_SUFFIX) and part in name.lower()
    }
    return sorted(raw | {name for name in compressed if name.removesuffix(COMPRESSED_SUFFIX) not in raw})


def info_topic_beside(image: str) -> str:
    """Where drivers publish the camera info of an image topic."""
    return image.removesuffix(COMPRESSED_SUFFIX).rpartition("/")[0] + "/camera_info"


def _only_depth_topic(bag: Bag) -> str:
    candidates = depth_image_topics(bag)
    if len(candidates) != 1:
        raise NoFrameError(
            f"{bag.path} must hold one image topic with 'depth' in its name to choose it by itself, it has "
            f"{', '.join(candidates) or 'none'} among {bag.listing()}; name its depth topic."
        )
    return candidates[0]
