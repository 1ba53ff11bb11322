# SPDX-License-Identifier: Apache-2.0
"""The static transforms of a bag."""

from __future__ import annotations

from geometry_msgs.msg import TransformStamped
from rclpy.time import Time

from pinch_core.geometry.transform import Transform
from pinch_ros.bags.bag import Bag
from pinch_ros.conversions.geometry import transform_from_message
from pinch_ros.errors import FrameTransformError
from tf2_ros import Buffer, TransformException


class StaticTransforms:
    """TF as it was recorded. A frame that is set again moves."""

    def __init__(self) -> None:
        self._buffer = Buffer()

    def add(self, stamped: TransformStamped, where: str) -> None:
        """Take a transform; ``where`` names it for errors.

        Raises:
            InvalidMessageError: it has no rotation.
        """
        transform_from_message(stamped.transform, where=where)
        self._buffer.set_transform_static(stamped, where)

    def lookup(self, target: str, source: str) -> Transform:
        """``T_target_source``; a leading slash of a name is dropped, as TF does.

        Raises:
            FrameTransformError: no chain of frames leads from one to the other.
        """
        try:
            found = self._buffer.lookup_transform(target.lstrip("/"), source.lstrip("/"), Time())
        except TransformException as error:
            reason = " ".join(str(error).split()).rstrip(".")
            raise FrameTransformError(
                f"the static transforms do not connect '{source}' to '{target}' ({reason}); record "
                "/tf_static, or name other frames.",
                target, source, 0,
            ) from error  # fmt: skip
        return transform_from_message(found.transform, where=f"static TF from '{source}' to '{target}'")


def read_static_transforms(bag: Bag, topic: str = "/tf_static") -> StaticTransforms:
    """All transforms of the topic, later ones over earlier ones.

    Raises:
        DamagedFileError, InvalidMessageError: a message cannot be read or has no rotation.
    """
    transforms = StaticTransforms()
    for raw in bag.messages((topic,)):
        for stamped in raw.decode().transforms:
            where = f"{raw.where} from '{stamped.child_frame_id}' to '{stamped.header.frame_id}'"
            transforms.add(stamped, where)
    return transforms
