# SPDX-License-Identifier: Apache-2.0
"""The tree of static transforms in a bag."""

from __future__ import annotations

from pinch_core.geometry.transform import Transform
from pinch_ros.bags.bag import Bag
from pinch_ros.conversions.geometry import transform_from_message
from pinch_ros.errors import FrameTransformError


class StaticTransforms:
    """Frames by their parent. A frame that is set again moves, as in TF."""

    def __init__(self) -> None:
        self._to_parent: dict[str, tuple[str, Transform]] = {}

    def set(self, parent: str, child: str, T_parent_child: Transform) -> None:
        """Place ``child`` in ``parent``; a leading slash of a name is dropped, as TF does."""
        self._to_parent[child.lstrip("/")] = (parent.lstrip("/"), T_parent_child)

    def lookup(self, target: str, source: str) -> Transform:
        """``T_target_source``.

        Raises:
            FrameTransformError: no chain of frames leads from one to the other.
        """
        above_source = self._above(source.lstrip("/"))
        for frame, T_frame_target in self._above(target.lstrip("/")).items():
            if frame in above_source:
                return T_frame_target.inverse() @ above_source[frame]
        known = ", ".join(sorted(self._frames())) or "none"
        raise FrameTransformError(
            f"the static transforms do not connect '{source}' to '{target}'; they know the frames {known}.",
            target, source, 0,
        )  # fmt: skip

    def _above(self, frame: str) -> dict[str, Transform]:
        """``T_ancestor_frame`` of the frame itself and of all above it, nearest first."""
        found = {frame: Transform.identity()}
        current = frame
        while current in self._to_parent:
            parent, T_parent_current = self._to_parent[current]
            if parent in found:  # a loop in a damaged tree
                break
            found[parent] = T_parent_current @ found[current]
            current = parent
        return found

    def _frames(self) -> set[str]:
        return set(self._to_parent) | {parent for parent, _ in self._to_parent.values()}


def read_static_transforms(bag: Bag, topic: str = "/tf_static") -> StaticTransforms:
    """All transforms of the topic, later ones over earlier ones.

    Raises:
        DamagedFileError, InvalidMessageError: a message cannot be read or has no rotation.
    """
    transforms = StaticTransforms()
    for raw in bag.messages((topic,)):
        for stamped in raw.decode().transforms:
            parent, child = stamped.header.frame_id, stamped.child_frame_id
            where = f"{raw.where} from '{child}' to '{parent}'"
            transforms.set(parent, child, transform_from_message(stamped.transform, where=where))
    return transforms
