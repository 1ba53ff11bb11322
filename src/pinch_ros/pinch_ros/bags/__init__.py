# SPDX-License-Identifier: Apache-2.0
"""Reading recordings of rosbag2 and ROS 1, and writing those of rosbag2, message by message."""

from pinch_ros.bags.bag import Bag, RawMessage, Topic
from pinch_ros.bags.definition import Definition, message_class
from pinch_ros.bags.depth_topics import DepthTopics, choose_depth_topics, depth_image_topics
from pinch_ros.bags.frames import FramePairing, RawFrame, raw_frames
from pinch_ros.bags.header import header_frame_id, header_stamp_ns
from pinch_ros.bags.layout import has_recording
from pinch_ros.bags.recorded_transforms import (
    RecordedTransforms,
    StaticTransforms,
    begin_with_static_transforms,
    read_static_transforms,
    transforms_of,
)
from pinch_ros.bags.writer import BagWriter

__all__ = [
    "Bag",
    "BagWriter",
    "Definition",
    "DepthTopics",
    "FramePairing",
    "RawFrame",
    "RawMessage",
    "RecordedTransforms",
    "StaticTransforms",
    "Topic",
    "begin_with_static_transforms",
    "choose_depth_topics",
    "depth_image_topics",
    "has_recording",
    "header_frame_id",
    "header_stamp_ns",
    "message_class",
    "raw_frames",
    "read_static_transforms",
    "transforms_of",
]
