# SPDX-License-Identifier: Apache-2.0
"""A PlanPush goal: the best grasp that there is now, and a push that is expected to allow a better one."""

from __future__ import annotations

from pinch_interfaces.action import PlanPush

from pinch_core.geometry.transform import Transform
from pinch_core.planning.plan import PlanResult
from pinch_core.planning.pushes import plan_push
from pinch_gqcnn.errors import NoPushFoundError
from pinch_gqcnn.frame_planning import PlannedFrame
from pinch_gqcnn.planner import Planner
from pinch_ros.conversions.pushes import push_to_message


def push_of(planned: PlannedFrame, planner: Planner) -> PlanPush.Result:
    """The push for a planned frame, in the frame of its grasps.

    Raises:
        NoPushFoundError: none is expected to help, or none is free of collisions.
    """
    result, config = planned.result, planner.config
    quality = result.grasps[0].quality if result.grasps else 0.0
    push = plan_push(result.scene, config.push, config.motion, quality)
    if push is None:
        raise NoPushFoundError(_why_none(result, quality, config.push.no_push_above), quality)
    T_frame_cam: Transform | None = planned.T_target_cam
    return PlanPush.Result(
        push=push_to_message(push, planned.message.header, T_frame_cam), quality_now=float(quality)
    )


def _why_none(result: PlanResult, quality: float, limit: float) -> str:
    if quality >= limit:
        return (
            f"the best grasp has quality {quality:.2f}, and from {limit:g} on no push is expected to help; "
            "execute the grasp."
        )
    count = int(result.scene.labels.max())
    return (
        f"no push of any of the {count} objects gives room for the fingers and is free of collisions; move "
        "them by hand, or use a slimmer gripper."
    )
