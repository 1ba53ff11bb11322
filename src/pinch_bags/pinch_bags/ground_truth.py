# SPDX-License-Identifier: Apache-2.0
"""The truth about a scene as messages that RViz and Foxglove draw, and back.

Objects are a MarkerArray: a triangle mesh each, in the object's frame with its pose on the table, and a small
sphere at its centre of mass. Masks are mono8 images of the stamp of the depth image: 0 = table, k = object
k.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from geometry_msgs.msg import Point, Vector3
from numpy.typing import NDArray
from std_msgs.msg import ColorRGBA, Header
from visualization_msgs.msg import Marker, MarkerArray

from pinch_core.errors import DamagedFileError
from pinch_core.geometry.transform import Transform
from pinch_datagen.objects.object_model import ObjectModel
from pinch_datagen.scene.placed_object import PlacedObject
from pinch_ros.bags import Bag, Topic
from pinch_ros.conversions import pose_from_transform, transform_from_pose

OBJECTS_TYPE = "visualization_msgs/msg/MarkerArray"
OBJECTS_TOPIC, MASK_TOPIC = "/ground_truth/objects", "/ground_truth/mask"
_CENTER_OF_MASS = "center_of_mass"
_COLORS = ((0.90, 0.62, 0.00), (0.34, 0.71, 0.91), (0.00, 0.62, 0.45), (0.80, 0.47, 0.65))


def objects_to_markers(objects: Sequence[PlacedObject], header: Header) -> MarkerArray:
    """Markers that replace those of the scene before; ``header.frame_id``: the table, whose z = 0 it is."""
    markers = [Marker(header=header, action=Marker.DELETEALL)]
    for number, item in enumerate(objects, 1):
        model, color = item.model, _COLORS[(number - 1) % len(_COLORS)]
        mesh = Marker(
            header=header,
            ns=model.name,
            id=number,
            type=Marker.TRIANGLE_LIST,
            pose=pose_from_transform(item.T_table_obj),
            scale=Vector3(x=1.0, y=1.0, z=1.0),
            color=ColorRGBA(r=color[0], g=color[1], b=color[2], a=1.0),
        )
        corners = model.vertices[model.faces].reshape(-1, 3).tolist()
        mesh.points = [Point(x=x, y=y, z=z) for x, y, z in corners]
        at_mass = Transform(np.eye(3), item.T_table_obj @ model.center_of_mass)
        mass = Marker(
            header=header,
            ns=_CENTER_OF_MASS,
            id=number,
            type=Marker.SPHERE,
            pose=pose_from_transform(at_mass),
            scale=Vector3(x=0.004, y=0.004, z=0.004),
            color=ColorRGBA(r=0.1, g=0.1, b=0.1, a=1.0),
            text=f"{model.mass!r}",
        )
        markers += [mesh, mass]
    return MarkerArray(markers=markers)


def objects_from_markers(message: MarkerArray, where: str) -> list[PlacedObject]:
    """The objects of a scene.

    Raises:
        DamagedFileError: a mesh is not one, or has no centre of mass.
    """
    masses = {marker.id: marker for marker in message.markers if marker.ns == _CENTER_OF_MASS}
    found = []
    for marker in message.markers:
        if marker.type != Marker.TRIANGLE_LIST or marker.action != Marker.ADD:
            continue
        if marker.id not in masses or not marker.points or len(marker.points) % 3:
            raise DamagedFileError(
                f"{where}: the ground truth of object {marker.id} ({marker.ns}) has no centre of mass or no "
                "triangles; record what pinch bag synth writes."
            )
        T_table_obj = transform_from_pose(marker.pose, where)
        in_table = transform_from_pose(masses[marker.id].pose, where).translation
        vertices = np.array([(point.x, point.y, point.z) for point in marker.points])
        model = ObjectModel(
            name=marker.ns,
            source=where,
            vertices=vertices,
            faces=np.arange(len(vertices), dtype=np.int64).reshape(-1, 3),
            mass=float(masses[marker.id].text or "nan"),
            center_of_mass=T_table_obj.inverse() @ in_table,
        )
        found.append(PlacedObject(model, T_table_obj))
    return found


def objects_topic(bag: Bag) -> Topic | None:
    """The topic of the true objects, in whatever namespace; None where there is none."""
    found = [t for t in bag.topics.values() if t.type == OBJECTS_TYPE and t.name.endswith(OBJECTS_TOPIC)]
    return found[0] if found else None


def instance_mask(
    depth: NDArray[np.float32], depths_of_objects: Sequence[NDArray[np.float32]], above: NDArray[np.bool_]
) -> NDArray[np.uint8]:
    """UInt8[H, W]: which object is seen, from 1 on; 0 where it is the table.

    Args:
        depth: Float32[H, W] of the scene [m].
        depths_of_objects: the same of each object alone on the table.
        above: Bool[H, W], where something above the table is seen.
    """
    mask = np.zeros(depth.shape, dtype=np.uint8)
    for number, alone in enumerate(depths_of_objects, 1):
        mask[(alone == depth) & above] = number
    return mask
