# SPDX-License-Identifier: Apache-2.0
"""Which topics of a bag tell of attempts."""

from __future__ import annotations

from collections.abc import Mapping

from pinch_core.config import configclass, setting
from pinch_training.errors import AttemptsError

IMAGE, INFO = "sensor_msgs/msg/Image", "sensor_msgs/msg/CameraInfo"
GRASP, OUTCOME = "pinch_interfaces/msg/Grasp", "std_msgs/msg/Bool"


@configclass
class AttemptTopics:
    """Names; an empty one is found by its type, where there is one topic of that type."""

    depth: str = setting(
        default="", help="rectified depth images (sensor_msgs/Image), with 'depth' in the name"
    )
    camera_info: str = setting(default="", help="their sensor_msgs/CameraInfo; by default beside the images")
    grasp: str = setting(default="", help="each grasp as it is tried (pinch_interfaces/Grasp)")
    outcome: str = setting(default="", help="after each grasp, whether it held (std_msgs/Bool)")

    def found(self, types: Mapping[str, str], where: str) -> AttemptTopics:
        """All four by name, among the topics of a bag.

        Args:
            types: message type of each topic.
            where: the bag, for messages.

        Raises:
            AttemptsError: a topic is not there, has another type, or cannot be told from others.
        """
        depth = _found(self.depth, "depth", IMAGE, types, where, "depth")
        beside = f"{depth.rpartition('/')[0]}/camera_info"
        return AttemptTopics(
            depth,
            _found(self.camera_info or beside, "camera_info", INFO, types, where),
            _found(self.grasp, "grasp", GRASP, types, where),
            _found(self.outcome, "outcome", OUTCOME, types, where),
        )


def _found(
    wanted: str, setting_name: str, kind: str, types: Mapping[str, str], where: str, part: str = ""
) -> str:
    listing = ", ".join(f"{topic} ({one})" for topic, one in sorted(types.items())) or "none"
    if wanted:
        if types.get(wanted) != kind:
            raise AttemptsError(
                f"{where} has no topic {wanted} of {kind}; its topics are {listing}: set "
                f"topics.{setting_name}."
            )
        return wanted
    candidates = sorted(topic for topic, one in types.items() if one == kind and part in topic)
    if len(candidates) != 1:
        raise AttemptsError(
            f"{where} has {len(candidates)} topics of {kind}{f' with {part!r} in the name' if part else ''}, "
            f"where one is wanted; its topics are {listing}: set topics.{setting_name}."
        )
    return candidates[0]
