# SPDX-License-Identifier: Apache-2.0
"""One frame, from its messages to the published plan: convert, compute, convert, publish."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from pinch_interfaces.msg import GraspArray
from pinch_interfaces.msg import HeightMap as HeightMapMessage
from std_msgs.msg import Header

from pinch_core.depth_format import DepthFormat, Rectified
from pinch_core.depth_frame import DepthFrame
from pinch_core.geometry.transform import Transform
from pinch_core.planning.plan import PlanResult
from pinch_core.planning.report import ProgressCallback
from pinch_gqcnn.outputs import PlanOutputs
from pinch_gqcnn.plan_statistics import PlanStatistics
from pinch_gqcnn.planner import Planner, PlanRequest
from pinch_gqcnn.scene_knowledge import SceneKnowledge
from pinch_ros.conversions import (
    depth_frame_from_messages,
    header_warnings,
    ns_to_stamp,
    plan_result_to_message,
)
from pinch_ros.conversions.scene import height_map_to_message
from pinch_ros.frame_subscriber import FrameMessages
from pinch_ros.transforms import TransformLookup


@dataclass(frozen=True)
class FrameOrigin:
    """Where a frame came from and how it is to be read. ``name``: topic or field, for messages. ``topic``:
    its name, which may tell whether images are rectified; empty for those of a goal.
    """

    name: str
    depth_format: DepthFormat
    topic: str = ""


@dataclass(frozen=True, eq=False)
class PlannedFrame:
    """A plan, its message, and what the camera saw around it where that was asked for. ``T_target_cam``: into
    the frame of the messages, None where that is the optical frame.
    """

    result: PlanResult
    message: GraspArray
    surroundings: HeightMapMessage
    T_target_cam: Transform | None


class FramePlanning:
    """Plans frames one at a time and publishes each plan, also one without grasps."""

    def __init__(self, transforms: TransformLookup, outputs: PlanOutputs, statistics: PlanStatistics) -> None:
        self._transforms, self._outputs, self._statistics = transforms, outputs, statistics
        self._knowledge = SceneKnowledge(transforms)
        self._busy = threading.Lock()

    def plan(
        self,
        planner: Planner,
        messages: FrameMessages,
        request: PlanRequest,
        *,
        origin: FrameOrigin,
        target_frame: str = "",
        should_stop: Callable[[], bool],
        on_progress: ProgressCallback | None = None,
    ) -> PlannedFrame:
        """The plan, and its messages in ``target_frame`` (empty = the optical frame).

        Args:
            origin: where the frame came from, and how it is to be read.

        Raises:
            PinchError: the messages, TF or the scene do not allow a plan, or ``should_stop`` said so.
        """
        with self._busy:
            started = time.perf_counter()
            # Images for the planner are rectified by convention, where neither settings nor names tell.
            frame = depth_frame_from_messages(
                messages.image,
                messages.info,
                origin.depth_format,
                topic=origin.topic,
                assumed=Rectified.YES,
                source=origin.name,
            )
            T_target_cam = self._camera_in(target_frame, frame, planner) if target_frame else None
            result = planner.plan(
                frame,
                request,
                self._knowledge.hints(messages, frame, planner, request),
                on_progress=on_progress,
                should_stop=should_stop,
            )
            self._knowledge.remember(result)
            header = Header(stamp=ns_to_stamp(frame.stamp_ns), frame_id=target_frame or frame.frame_id)
            message = plan_result_to_message(result, header, T_target_cam)
            message.report.warnings.extend(header_warnings(messages.image.header, messages.info))
            self._statistics.planned(result.report, time.perf_counter() - started)
            self._outputs.publish(message, result, frame, planner, T_target_cam)
            surroundings = HeightMapMessage()
            if request.with_surroundings:
                scene = result.scene
                surroundings = height_map_to_message(scene.surroundings(), scene.table, header, T_target_cam)
            return PlannedFrame(result, message, surroundings, T_target_cam)

    def _camera_in(self, target: str, frame: DepthFrame, planner: Planner) -> Transform:
        return self._transforms.lookup(target, frame.frame_id, frame.stamp_ns, planner.node.tf_timeout)
