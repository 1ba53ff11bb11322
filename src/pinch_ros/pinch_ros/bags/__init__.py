# SPDX-License-Identifier: Apache-2.0
"""Reading rosbag2 recordings, message by message."""

from pinch_ros.bags.bag import Bag, RawMessage, Topic
from pinch_ros.bags.depth_topics import DepthTopics, choose_depth_topics, depth_pairs
from pinch_ros.bags.static_transforms import StaticTransforms, read_static_transforms

__all__ = [
    "Bag",
    "DepthTopics",
    "RawMessage",
    "StaticTransforms",
    "Topic",
    "choose_depth_topics",
    "depth_pairs",
    "read_static_transforms",
]
