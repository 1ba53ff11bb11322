# SPDX-License-Identifier: Apache-2.0
"""The generative model, from one object to all its labelled examples (P IV, S I)."""

from __future__ import annotations

import numpy as np

from pinch_core.geometry.transform import Transform
from pinch_core.gripper import Gripper
from pinch_datagen.datagen_config import DatagenConfig
from pinch_datagen.dataset.tables import ObjectData, Table
from pinch_datagen.errors import BadMeshError
from pinch_datagen.grasp_types import labelled_grasps
from pinch_datagen.load_object import load_object
from pinch_datagen.neighbours import Neighbours
from pinch_datagen.object_ref import ObjectRef
from pinch_datagen.random_streams import RandomStreams
from pinch_datagen.rendering.renderers import make_renderer
from pinch_datagen.scene.placed_object import PlacedObject
from pinch_datagen.stable_poses import stable_poses
from pinch_datagen.views import PoseViews, look_at_pose


def generate_object(ref: ObjectRef, config: DatagenConfig, gripper: Gripper) -> ObjectData:
    """All examples of one object; a function of its arguments alone.

    Raises:
        BadMeshError: the object cannot be used, or nothing of it fits the gripper.
    """
    streams = RandomStreams(config.seed, ref.name)
    model = load_object(ref, config, gripper)
    poses = stable_poses(model, config.stable_poses)
    kind = labelled_grasps(gripper, config)
    neighbours = Neighbours(config, gripper, streams)
    grasps: list[Table] = []
    views: list[PoseViews] = []
    for pose, counts in enumerate(config.grasps.shared_out(len(poses))):
        T_table_obj = Transform.from_matrix(poses["T_table_obj"][pose])
        target = PlacedObject(model, T_table_obj)
        scene = [target, *neighbours.around(target, pose)]
        proposal = kind.propose(scene, counts, streams.of("grasps", pose))
        table = kind.label(proposal, pose, target, streams.of("quality", pose))
        renderer = make_renderer(scene, config.views.rasterize)
        seen = look_at_pose(
            renderer,
            proposal,
            table["label"],
            T_table_obj @ model.center_of_mass,
            pose,
            T_table_obj,
            config.views,
            config.storage.crop_shapes,
            streams.of("views", pose),
        )
        renderer.close()
        grasps.append(table)
        views.append(seen)
    if not any(map(len, grasps)):
        raise BadMeshError(
            f"{model.source} has no grasp for gripper '{gripper.name}', which spans "
            f"{1e3 * gripper.span:g} mm; scale it or choose a wider gripper."
        )
    return ObjectData(model, poses, np.concatenate(grasps), *_joined(views, grasps))


def _joined(views: list[PoseViews], grasps: list[Table]) -> tuple[Table, Table, dict[int, np.ndarray]]:
    """Views, examples and crops of all poses, with numbers that count through the object."""
    first_view = np.cumsum([0] + [len(seen.views) for seen in views])
    first_grasp = np.cumsum([0] + [len(table) for table in grasps])
    for seen, view, grasp in zip(views, first_view, first_grasp, strict=False):
        seen.examples["view"] += np.uint32(view)
        seen.examples["grasp"] += np.uint32(grasp)
    crops = {size: np.concatenate([seen.crops[size] for seen in views]) for size in views[0].crops}
    return (
        np.concatenate([seen.views for seen in views]),
        np.concatenate([seen.examples for seen in views]),
        crops,
    )
