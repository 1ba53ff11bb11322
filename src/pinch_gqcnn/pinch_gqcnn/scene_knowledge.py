# SPDX-License-Identifier: Apache-2.0
"""What a plan may know of its scene besides the image: from the request, the settings and TF."""

from __future__ import annotations

import threading
from collections import OrderedDict

from pinch_core.depth_frame import DepthFrame
from pinch_core.errors import ConfigError
from pinch_core.geometry.transform import Transform
from pinch_core.perception.table import Plane
from pinch_core.placed_bin import PlacedBin
from pinch_core.planning.failed_grasps import ScenePatch
from pinch_core.planning.plan import PlanResult, SceneHints
from pinch_gqcnn.planner import Planner, PlanRequest
from pinch_ros.conversions import mask_from_message
from pinch_ros.conversions.scene import failed_grasp_from_message, keep_out_from_message
from pinch_ros.frame_subscriber import FrameMessages
from pinch_ros.transforms import TransformLookup

# Grasps whose surroundings are remembered: hours of picking, in a few megabytes.
_MOST_PATCHES = 2000


class SceneKnowledge:
    """Gathers the hints of a plan, and remembers what the scene around planned grasps looked like."""

    def __init__(self, transforms: TransformLookup) -> None:
        self._transforms = transforms
        self._patches: OrderedDict[str, ScenePatch] = OrderedDict()
        self._lock = threading.Lock()

    def hints(
        self, messages: FrameMessages, frame: DepthFrame, planner: Planner, request: PlanRequest
    ) -> SceneHints:
        """All that is known about the scene in one frame.

        Raises:
            FrameTransformError: TF does not know a frame that is named.
            InvalidMessageError: a pose or an extent in the request is impossible.
            ConfigError: a pose is given in the robot's base frame, which is not named.
        """
        bin_ = planner.bin(request)
        needs_base = planner.config.workspace.enabled
        return SceneHints(
            None if messages.segmask is None else mask_from_message(messages.segmask),
            roi=request.roi,
            table=None if bin_ is not None else self._table(frame, planner),
            T_base_cam=self._lookup(planner.node.base_frame, frame.frame_id, frame, planner)
            if needs_base
            else None,
            bin=bin_,
            T_cam_bin=None if bin_ is None else self._bin(bin_, frame, planner),
            failed=tuple(
                failed_grasp_from_message(
                    one,
                    self._lookup(frame.frame_id, one.header.frame_id or frame.frame_id, frame, planner),
                    self._patch(one.id),
                )
                for one in request.failed
            ),
            keep_out=tuple(
                keep_out_from_message(
                    box, self._lookup(frame.frame_id, box.header.frame_id or frame.frame_id, frame, planner)
                )
                for box in request.keep_out
            ),
        )

    def remember(self, result: PlanResult) -> None:
        """Keep what the scene around each grasp looks like, in case it fails."""
        patches = {grasp.id: result.scene.patch_around(grasp.T_cam_tcp) for grasp in result.grasps}
        with self._lock:
            for name, patch in patches.items():
                self._patches[name] = patch
                self._patches.move_to_end(name)
            while len(self._patches) > _MOST_PATCHES:
                self._patches.popitem(last=False)

    def _patch(self, grasp_id: str) -> ScenePatch | None:
        with self._lock:
            return self._patches.get(grasp_id)

    def _bin(self, bin_: PlacedBin, frame: DepthFrame, planner: Planner) -> Transform | None:
        """Where the bin's file says that it is; None where it is to be found in the image."""
        if bin_.frame:
            return self._lookup(frame.frame_id, bin_.frame, frame, planner)
        if bin_.T_base_bin is None:
            return None
        if not planner.node.base_frame:
            raise ConfigError(
                "the bin's position is given in the robot's base frame, but base_frame is empty; name it."
            )
        return self._lookup(frame.frame_id, planner.node.base_frame, frame, planner) @ bin_.T_base_bin

    def _table(self, frame: DepthFrame, planner: Planner) -> Plane | None:
        """Where TF says that it is; None where it is to be found in the image."""
        node = planner.node
        if not node.table_frame:
            return None
        T_cam_frame = self._lookup(frame.frame_id, node.table_frame, frame, planner)
        return Plane.from_surface_pose(
            T_cam_frame @ Transform.from_rpy((0.0, 0.0, 0.0), (0.0, 0.0, node.table_height))
        )

    def _lookup(self, target: str, source: str, frame: DepthFrame, planner: Planner) -> Transform:
        return self._transforms.lookup(target, source, frame.stamp_ns, planner.node.tf_timeout)
