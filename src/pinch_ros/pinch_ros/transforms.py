# SPDX-License-Identifier: Apache-2.0
"""TF at the stamp of an image, with a bounded wait."""

from __future__ import annotations

from rclpy.duration import Duration
from rclpy.node import Node
from rclpy.time import Time

from pinch_core.geometry.transform import Transform
from pinch_ros.conversions.geometry import transform_from_message
from pinch_ros.errors import FrameTransformError
from pinch_ros.listener_node import ListenerNode
from tf2_ros import Buffer, TransformException, TransformListener


class TransformLookup:
    """Transforms known to TF.

    The wait blocks the calling thread; transforms arrive in another one.
    """

    def __init__(self, node: Node, cache_s: float = 10.0) -> None:
        self._buffer = Buffer(cache_time=Duration(seconds=cache_s), node=node)
        self._listening = ListenerNode(node, "tf", ("/tf", "/tf_static"))
        self._listener = TransformListener(self._buffer, self._listening.node)

    def lookup(self, target: str, source: str, stamp_ns: int, timeout_s: float = 0.5) -> Transform:
        """``T_target_source`` at ``stamp_ns`` (0 = the latest).

        Raises:
            FrameTransformError: TF did not know it within ``timeout_s``; the message says what TF knows
            instead.
        """
        if target == source:
            return Transform.identity()
        if stamp_ns < 0:  # rclpy's Time takes none; a message's stamp may be
            raise FrameTransformError(
                f"TF cannot be asked from '{source}' to '{target}' at {stamp_ns / 1e9:.3f} s, before time "
                "began: check the clock that stamps the images.",
                target, source, stamp_ns,
            )  # fmt: skip
        try:
            stamped = self._buffer.lookup_transform(
                target, source, Time(nanoseconds=stamp_ns), timeout=Duration(seconds=timeout_s)
            )
        except TransformException as error:
            reason = " ".join(str(error).split()).rstrip(".")
            raise FrameTransformError(
                f"TF has no transform from '{source}' to '{target}' at {stamp_ns / 1e9:.3f} s after a wait "
                f"of {timeout_s:g} s ({reason}): check that what publishes these frames runs and shares this "
                "clock.",
                target, source, stamp_ns,
            ) from error  # fmt: skip
        return transform_from_message(stamped.transform, where=f"TF from '{source}' to '{target}'")

    def close(self) -> None:
        """Stop listening."""
        self._listening.close()
