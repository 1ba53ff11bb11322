# SPDX-License-Identifier: Apache-2.0
"""Services that change the scene and return ground truth."""

from __future__ import annotations

from geometry_msgs.msg import Pose
from pinch_interfaces.srv import GetObjectState, ResetCell, ResetToMesh, SpawnObject
from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.node import Node

from pinch_core.errors import PinchError
from pinch_ros.conversions.geometry import pose_from_transform, transform_from_pose
from pinch_ros.conversions.mesh import inertia_from_message, mesh_from_message
from pinch_ros.conversions.time import ns_to_stamp
from pinch_sim.cell import Cell
from pinch_sim.cell_config import CellConfig
from pinch_sim.cell_state import ObjectState
from pinch_sim.heap import make_heap
from pinch_sim.mesh_object import MeshObject, Triangles
from pinch_sim.runner import CellRunner


class CellServices:
    """~/spawn_object, ~/reset, ~/reset_to_mesh and ~/get_object_state."""

    def __init__(self, node: Node, runner: CellRunner, config: CellConfig) -> None:
        self._node = node
        self._config = config
        self._runner = runner
        group = ReentrantCallbackGroup()
        self._services = (
            node.create_service(SpawnObject, "~/spawn_object", self._spawn, callback_group=group),
            node.create_service(ResetCell, "~/reset", self._reset, callback_group=group),
            node.create_service(ResetToMesh, "~/reset_to_mesh", self._reset_to_mesh, callback_group=group),
            node.create_service(GetObjectState, "~/get_object_state", self._state, callback_group=group),
        )

    def close(self) -> None:
        for service in self._services:
            self._node.destroy_service(service)

    def _spawn(self, request: SpawnObject.Request, response: SpawnObject.Response) -> SpawnObject.Response:
        def spawn(cell: Cell) -> ObjectState:
            if request.random_pose:
                return cell.spawn(request.name, seed=int(request.seed))
            return cell.spawn(request.name, T_base_object=transform_from_pose(request.pose, "field pose"))

        try:
            state = self._runner.call(spawn)
        except PinchError as error:
            response.success, response.message = False, str(error)
            return response
        response.success, response.pose = True, _pose(state)
        return response

    def _reset(self, request: ResetCell.Request, response: ResetCell.Response) -> ResetCell.Response:
        seed = int(request.seed)
        try:
            if request.heap:
                # In this thread: dropping takes seconds, in which the cell need not stand still.
                heap = make_heap(self._config, int(request.heap), seed)
                state = self._runner.call(lambda cell: cell.reset_to_heap(heap, seed))
            else:
                state = self._runner.call(lambda cell: cell.reset(seed, request.object))
        except PinchError as error:
            response.success, response.message = False, str(error)
            return response
        response.success, response.object_name, response.pose = True, state.name, _pose(state)
        return response

    def _reset_to_mesh(
        self, request: ResetToMesh.Request, response: ResetToMesh.Response
    ) -> ResetToMesh.Response:
        try:
            thing, friction = _mesh_object(request), float(request.friction)
            T_base_object = transform_from_pose(request.pose, "field pose")
            state = self._runner.call(
                lambda cell: cell.reset_to(thing, friction, T_base_object, int(request.seed))
            )
        except PinchError as error:
            response.success, response.message = False, str(error)
            return response
        response.success, response.pose = True, _pose(state)
        return response

    def _state(
        self, request: GetObjectState.Request, response: GetObjectState.Response
    ) -> GetObjectState.Response:
        try:
            state, time_ns = self._runner.call(lambda cell: (cell.object_state(request.name), cell.time_ns))
        except PinchError as error:
            response.success, response.message = False, str(error)
            return response
        response.success, response.name, response.stamp = True, state.name, ns_to_stamp(time_ns)
        response.pose, response.clearance = _pose(state), state.clearance
        response.in_grasp, response.lifted = state.in_grasp, state.lifted
        return response


def _mesh_object(request: ResetToMesh.Request) -> MeshObject:
    mass, center_of_mass, inertia = inertia_from_message(request.inertia)
    return MeshObject(
        str(request.name),
        Triangles(*mesh_from_message(request.surface)),
        tuple(Triangles(*mesh_from_message(part)) for part in request.parts),
        mass,
        center_of_mass,
        inertia,
        float(request.torsional_friction),
    )


def _pose(state: ObjectState) -> Pose:
    return pose_from_transform(state.T_base_object)
