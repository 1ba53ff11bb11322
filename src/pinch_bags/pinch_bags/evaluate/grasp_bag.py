# SPDX-License-Identifier: Apache-2.0
"""A recording of the planned grasps beside the images they were planned on, for RViz and Foxglove."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path

from geometry_msgs.msg import PoseArray
from pinch_interfaces.msg import GraspArray
from pinch_interfaces.msg import PlanReport as PlanReportMessage
from sensor_msgs.msg import CompressedImage
from std_msgs.msg import Header

from pinch_bags.depth_stream import DepthStream
from pinch_bags.evaluate.pictures import picture_path
from pinch_bags.evaluate.records import FrameRecord, PlanRecord, read_records
from pinch_core.errors import DamagedFileError
from pinch_core.gripper import Gripper
from pinch_ros.bags import (
    Bag,
    BagWriter,
    DepthTopics,
    RawFrame,
    RawMessage,
    header_frame_id,
)
from pinch_ros.bags.recorded_transforms import MOVING_TOPIC, STATIC_TOPIC
from pinch_ros.conversions import grasp_to_message, ns_to_stamp
from pinch_ros.grasp_markers import grasp_markers

BAG = "grasps.mcap"
_COLOR_TYPES = ("sensor_msgs/msg/Image", "sensor_msgs/msg/CompressedImage")


def write_grasp_bag(bag: Bag, stream: DepthStream, folder: Path, gripper: Gripper) -> None:
    """The images that were planned on with camera info, TF, the last colour image before each, and of each
    contender what the planner node publishes. One frame and its record are in memory.

    Raises:
        OutputError: it cannot be written.
    """
    path = folder / BAG
    path.unlink(missing_ok=True)
    records = (record for record in read_records(folder) if not record.error)
    wanted = next(records, None)
    topics, pairing = stream.topics, stream.pairing()
    colors = _color_topics(bag, topics)
    latest: dict[str, RawMessage] = {}
    names = [topics.image, topics.info, MOVING_TOPIC, STATIC_TOPIC, *colors]
    with BagWriter(path) as out, suppress(DamagedFileError):  # the fault was met and named before
        for raw in bag.messages([name for name in names if name]):
            if raw.topic in (MOVING_TOPIC, STATIC_TOPIC):
                _copy(out, raw, raw.time_ns, latched=raw.topic == STATIC_TOPIC)
            elif raw.topic in colors:
                latest[raw.topic] = raw
            elif (frame := pairing.add(raw)) is not None and wanted and frame.number == wanted.number:
                for message in (frame.info, frame.image, *latest.values()):
                    if message is not None:
                        _copy(out, message, frame.time_ns)
                latest.clear()
                _add_plans(out, wanted, frame, folder, gripper)
                wanted = next(records, None)


def _add_plans(out: BagWriter, record: FrameRecord, frame: RawFrame, folder: Path, gripper: Gripper) -> None:
    header = Header(stamp=ns_to_stamp(record.stamp_ns), frame_id=header_frame_id(frame.image))
    for plan in record.plans:
        prefix, grasps = f"/{_name(plan.contender)}", tuple(one.grasp for one in plan.grasps)
        message = GraspArray(
            header=header,
            grasps=[grasp_to_message(one, header) for one in grasps],
            report=_report(record, plan),
        )
        poses = PoseArray(header=header, poses=[one.pose for one in message.grasps])
        out.add(f"{prefix}/grasps", message, frame.time_ns)
        out.add(f"{prefix}/grasp_poses", poses, frame.time_ns)
        out.add(f"{prefix}/markers", grasp_markers(grasps, gripper, header), frame.time_ns)
    picture = picture_path(folder, record.number)
    if picture.exists():
        jpeg = CompressedImage(header=header, format="jpeg", data=picture.read_bytes())
        out.add("/annotated/compressed", jpeg, frame.time_ns)


def _report(record: FrameRecord, plan: PlanRecord) -> PlanReportMessage:
    rejected = plan.rejected or {}
    return PlanReportMessage(
        sampled=plan.sampled,
        scored=plan.scored,
        rejection_reasons=list(rejected),
        rejection_counts=list(rejected.values()),
        stage_names=["total"],
        stage_seconds=[plan.seconds],
        hole_ratio=float(record.hole_ratio or 0.0),
        warnings=[*plan.warnings, *filter(None, (plan.error, plan.why_empty))],
    )


def _copy(out: BagWriter, raw: RawMessage, time_ns: int, *, latched: bool = False) -> None:
    out.add_raw(raw.topic, raw.type, raw.data, time_ns, latched=latched)


def _color_topics(bag: Bag, topics: DepthTopics) -> set[str]:
    return {
        name
        for name, topic in bag.topics.items()
        if topic.type in _COLOR_TYPES and "color" in name and name != topics.image
    }


def _name(contender: str) -> str:
    """As a part of a topic's name."""
    name = re.sub(r"\W", "_", contender)
    return name if name[:1].isalpha() else f"model_{name}"
