# SPDX-License-Identifier: Apache-2.0
"""The transforms of a bag: those that never move, and those that do, as they come."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from geometry_msgs.msg import TransformStamped
from rclpy.time import Time

from pinch_core.errors import DamagedFileError
from pinch_core.geometry.transform import Transform
from pinch_ros.bags.bag import Bag, RawMessage
from pinch_ros.conversions.geometry import transform_from_message
from pinch_ros.conversions.time import stamp_to_ns
from pinch_ros.errors import FrameTransformError
from tf2_ros import Buffer, TransformException

STATIC_TOPIC, MOVING_TOPIC = "/tf_static", "/tf"


class StaticTransforms:
    """TF as it was recorded. A frame that is set again moves."""

    def __init__(self) -> None:
        self._buffer = Buffer()
        self._parents: dict[str, str] = {}
        self._stamps: dict[str, int] = {}
        self.contradictions: dict[str, str] = {}
        """Frame -> a sentence, where it was recorded below two parents, of which TF knows the last."""

    def add(self, stamped: TransformStamped, where: str) -> None:
        """Take a transform; ``where`` names it for errors.

        Raises:
            InvalidMessageError: it has no rotation.
        """
        self._check(stamped, where)
        self._buffer.set_transform_static(stamped, where)

    def lookup(self, target: str, source: str) -> Transform:
        """``T_target_source``; a leading slash of a name is dropped, as TF does.

        Raises:
            FrameTransformError: no chain of frames leads from one to the other.
        """
        try:
            return self._lookup(target, source, Time())
        except TransformException as error:
            raise FrameTransformError(
                f"the static transforms do not connect '{source}' to '{target}' ({_reason(error)}); record "
                "/tf_static, or name other frames.",
                target, source, 0,
            ) from error  # fmt: skip

    def chain(self, frame: str) -> list[str]:
        """The frame, the one it is fixed to, and so on to the root of its tree."""
        found = [frame.lstrip("/")]
        while (parent := self._parents.get(found[-1])) is not None and parent not in found:
            found.append(parent)
        return found

    def _check(self, stamped: TransformStamped, where: str) -> None:
        transform_from_message(stamped.transform, where=where)
        child, parent = stamped.child_frame_id.lstrip("/"), stamped.header.frame_id.lstrip("/")
        stamp_ns = stamp_to_ns(stamped.header.stamp)
        before = self._parents.get(child, parent)
        if before != parent:
            self.contradictions.setdefault(
                child,
                f"the frame '{child}' has two parents: '{before}' at {self._stamps[child] / 1e9:.3f} s and "
                f"'{parent}' at {stamp_ns / 1e9:.3f} s ({where}); stop one of the two publishers, or record "
                "without it.",
            )
        self._parents[child], self._stamps[child] = parent, stamp_ns

    def _lookup(self, target: str, source: str, time: Time) -> Transform:
        between = set(self.chain(target)) ^ set(self.chain(source))
        for frame in between & self.contradictions.keys():
            raise FrameTransformError(
                f"the pose of '{source}' in '{target}' is ambiguous: {self.contradictions[frame]}",
                target, source, time.nanoseconds,
            )  # fmt: skip
        found = self._buffer.lookup_transform(target.lstrip("/"), source.lstrip("/"), time)
        return transform_from_message(found.transform, where=f"TF from '{source}' to '{target}'")


class RecordedTransforms(StaticTransforms):
    """Static transforms and the last seconds of those that move."""

    def add_moving(self, stamped: TransformStamped, where: str) -> None:
        """Take a transform that holds at its stamp.

        Raises:
            InvalidMessageError: it has no rotation.
        """
        self._check(stamped, where)
        self._buffer.set_transform(stamped, where)

    def lookup_at(self, target: str, source: str, stamp_ns: int) -> Transform:
        """``T_target_source`` at a stamp.

        Raises:
            FrameTransformError: it is not known, or not yet.
        """
        try:
            return self._lookup(target, source, Time(nanoseconds=stamp_ns))
        except (TransformException, ValueError) as error:  # rclpy's Time takes no negative stamp
            raise FrameTransformError(
                f"the recorded transforms do not lead from '{source}' to '{target}' at "
                f"{stamp_ns / 1e9:.3f} s "
                f"({_reason(error)}); record /tf and /tf_static, or give the camera's pose with "
                "--camera-pose.",
                target, source, stamp_ns,
            ) from error  # fmt: skip


def transforms_of(raw: RawMessage) -> Iterator[tuple[TransformStamped, str]]:
    """The transforms of a message of /tf or /tf_static, each with its place for errors.

    Raises:
        DamagedFileError: the message cannot be read.
    """
    for stamped in raw.decode().transforms:
        yield stamped, f"{raw.where} from '{stamped.child_frame_id}' to '{stamped.header.frame_id}'"


def read_static_transforms(bag: Bag, topic: str = STATIC_TOPIC) -> StaticTransforms:
    """All transforms of the topic, later ones over earlier ones.

    Raises:
        DamagedFileError, InvalidMessageError: a message cannot be read or has no rotation.
    """
    transforms = StaticTransforms()
    _add_static(transforms, bag, topic)
    return transforms


def begin_with_static_transforms(bag: Bag) -> RecordedTransforms:
    """All static transforms that can be read, also those that were recorded after the first images.

    Raises:
        InvalidMessageError: one has no rotation.
    """
    transforms = RecordedTransforms()
    with suppress(DamagedFileError):  # whoever reads the rest meets the fault, and names it
        _add_static(transforms, bag, STATIC_TOPIC)
    return transforms


def _add_static(transforms: StaticTransforms, bag: Bag, topic: str) -> None:
    for raw in bag.messages((topic,)):
        for stamped, where in transforms_of(raw):
            transforms.add(stamped, where)


def _reason(error: Exception) -> str:
    return " ".join(str(error).split()).rstrip(".")
