# SPDX-License-Identifier: Apache-2.0
"""The cell: physics, controllers and objects, stepped by one thread. The same commands give the same bits."""

from __future__ import annotations

from collections.abc import Sequence

import mujoco
import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from pinch_core.geometry.transform import Transform
from pinch_core.parallel_jaw.gripper import as_parallel_jaw
from pinch_core.resources import load_gripper, load_robot
from pinch_core.robot import Robot
from pinch_sim.cell_config import CellConfig
from pinch_sim.cell_state import JointReadings, Link, ObjectState, Snapshot
from pinch_sim.contacts import Contacts
from pinch_sim.errors import PlacementError, UnknownObjectError
from pinch_sim.event_watch import CellEvents, EventWatch
from pinch_sim.faults import Faults
from pinch_sim.gripper_controller import GripperController
from pinch_sim.heap import Heap
from pinch_sim.objects import library_object
from pinch_sim.robot_model import joint_limits
from pinch_sim.scene import PlacedObject, Scene, SimObject, build_scene
from pinch_sim.settling import drop_object, lowest_point, settle_from
from pinch_sim.trajectory_controller import TrajectoryController

Float64 = NDArray[np.float64]


class Cell:
    """Robot, table and objects. Not thread-safe: one thread calls everything.

    ``time_ns`` starts at 0 and never goes back, also not on reset.
    """

    def __init__(self, config: CellConfig, faults: Faults | None = None) -> None:
        self.config = config
        self.faults = faults if faults is not None else Faults()
        self.robot: Robot = load_robot(config.robot)
        gripper = as_parallel_jaw(load_gripper(self.robot.gripper), "the simulated cell")
        self._home = np.array(self.robot.home)
        self._open = gripper.max_opening * self.robot.gripper_joint_per_opening
        self._period_ns = round(config.world.timestep * 1e9)
        self._step = 0
        self._reset_step = 0
        self._seed = config.seed
        self.bin = config.bin.stand()
        self._scene: Scene
        self._data: mujoco.MjData
        self._load(())
        limits = joint_limits(self.robot)
        low, high = self._scene.model.joint(self.robot.finger_joints[0]).range
        self.arm = TrajectoryController(limits, config.arm, self.faults, self._home)
        self.gripper = GripperController(
            low, high, gripper.max_force, config.gripper, self.faults, self._open
        )
        self._place_robot(self._home, self._open)
        self._watch = EventWatch([link.name for link in self.links()], self.bin, config.place_areas)

    @property
    def scene(self) -> Scene:
        """The compiled scene; another one after each spawn and reset."""
        return self._scene

    # -- time ------------------------------------------------------------------------------------------------

    @property
    def time_ns(self) -> int:
        return self._step * self._period_ns

    @property
    def period_ns(self) -> int:
        return self._period_ns

    def step(self) -> None:
        """One control and physics period."""
        data, scene, now = self._data, self._scene, self.time_ns
        arm = self.arm.update(now, data.qpos[scene.arm_qpos])
        finger, finger_dof = scene.finger_qpos[0], scene.finger_dof[0]
        opening = self.gripper.update(
            now, self.config.world.timestep, float(data.qpos[finger]),
            float(abs(data.qfrc_actuator[finger_dof])),
        )  # fmt: skip
        self._command_arm(arm.position, arm.velocity, arm.acceleration)
        self._command_fingers(opening, self.gripper.effort_limit)
        self._apply_slippery()
        mujoco.mj_step(scene.model, data)
        self._step += 1

    def hold(self) -> None:
        """Goals under way are aborted; arm and fingers stay where they are."""
        self.arm.reset(self.arm.setpoint.position)
        self.gripper.reset(self.gripper.setpoint)

    # -- scene -----------------------------------------------------------------------------------------------

    def reset(self, seed: int, object_name: str = "") -> ObjectState:
        """Arm at home, gripper open, one object at rest on the table, or in the bin; all chance comes
        from ``seed``.

        Args:
            object_name: in the library; empty: drawn from the configured ones.

        Raises:
            UnknownObjectError, PlacementError.
        """
        rng = np.random.default_rng(seed)
        drawn = str(rng.choice(self.config.objects))
        thing = library_object(object_name or drawn)
        drop = self.config.drop
        placed = PlacedObject(thing.name, thing, float(rng.uniform(drop.friction_low, drop.friction_high)))
        pose = drop_object(placed, (), [], self.config.world, drop, rng, self.bin)
        return self._start_with((placed,), [pose], seed)

    def reset_to_heap(self, heap: Heap, seed: int) -> ObjectState:
        """Arm at home, gripper open, a heap that :func:`heap.make_heap` made for this cell's config."""
        return self._start_with(heap.objects, heap.poses, seed)

    def reset_to(self, thing: SimObject, friction: float, T_base_object: Transform, seed: int) -> ObjectState:
        """Arm at home, gripper open, that object alone on the table, let go at a given pose.

        Raises:
            PlacementError: it does not come to rest from there.
        """
        placed = PlacedObject(thing.name, thing, friction)
        pose = settle_from(placed, (), [], self.config.world, self.config.drop, T_base_object, self.bin)
        return self._start_with((placed,), [pose], seed)

    def spawn(
        self, name: str, *, seed: int | None = None, T_base_object: Transform | None = None
    ) -> ObjectState:
        """Add an object, dropped at a random pose of ``seed`` or let go at a given pose, settled at once.

        Raises:
            UnknownObjectError, PlacementError.
        """
        rng = np.random.default_rng(seed if seed is not None else self._seed)
        thing = library_object(name)
        drop, world, scene = self.config.drop, self.config.world, self._scene
        friction = float(rng.uniform(drop.friction_low, drop.friction_high))
        placed = PlacedObject(self._free_name(name), thing, friction)
        others = scene.objects
        poses = [np.array(self._data.qpos[scene.object_qpos(other.name)]) for other in others]
        if T_base_object is None:
            pose = drop_object(placed, others, poses, world, drop, rng, self.bin)
        else:
            pose = settle_from(placed, others, poses, world, drop, T_base_object, self.bin)
        before, data = scene, self._data
        self._load((*others, placed))
        self._copy_state(before, data)
        self._data.qpos[self._scene.object_qpos(placed.name)] = pose
        mujoco.mj_forward(self._scene.model, self._data)
        touching = self._contacts().touched_by(placed.name) & {link.name for link in self.links()}
        if touching:
            self._scene, self._data = before, data
            raise PlacementError(
                f"'{name}' would lie inside {', '.join(sorted(touching))}; move the arm away or "
                "choose another pose."
            )
        return self.object_state(placed.name)

    def object_state(self, name: str = "") -> ObjectState:
        """Ground truth of the object ``name``, or of the one that came last.

        Raises:
            UnknownObjectError: there is none.
        """
        known = [placed.name for placed in self._scene.objects]
        if not known or (name and name not in known):
            raise UnknownObjectError(
                f"the cell has no object '{name}'; it has {', '.join(known) or 'none: spawn one first'}."
            )
        name = name or known[-1]
        clearance = lowest_point(self._scene, self._data, name)
        contacts = self._contacts()
        in_grasp = set(self.robot.finger_links) <= contacts.touched_by(name)
        lifted = name not in contacts.supported and clearance > 0.0
        return ObjectState(name, self.object_poses()[name], clearance, in_grasp, lifted)

    def object_poses(self) -> dict[str, Transform]:
        """``T_base_object`` of every object, by its name."""
        poses = {
            placed.name: self._data.qpos[self._scene.object_qpos(placed.name)]
            for placed in self._scene.objects
        }
        return {
            name: Transform.from_quaternion((qx, qy, qz, qw), (x, y, z))
            for name, (x, y, z, qw, qx, qy, qz) in poses.items()
        }

    def look(self) -> CellEvents:
        """What has happened since the last reset; counts what is seen at the looks, so look every 10 ms."""
        return self._watch.look(self._scene, self._data, self.time_ns * 1e-9)

    # -- reading ---------------------------------------------------------------------------------------------

    def joint_readings(self) -> JointReadings:
        """What encoders and motor currents say now."""
        scene, data = self._scene, self._data
        qpos = np.concatenate([scene.arm_qpos, scene.finger_qpos])
        dof = np.concatenate([scene.arm_dof, scene.finger_dof])
        names = (*self.robot.arm_joints, *self.robot.finger_joints)
        return JointReadings(names, data.qpos[qpos], data.qvel[dof], data.qfrc_actuator[dof])

    def link_poses(self) -> tuple[Float64, Float64]:
        """Pose of every link of :meth:`links` in its parent: positions (n, 3) [m] and quaternions (n, 4) x y
        z w."""
        model, data = self._scene.model, self._data
        mujoco.mj_kinematics(model, data)
        bodies = self._link_bodies
        parents = model.body_parentid[bodies]
        xyzw = data.xquat[:, [1, 2, 3, 0]]
        from_parent = Rotation.from_quat(xyzw[parents]).inv()
        positions = from_parent.apply(data.xpos[bodies] - data.xpos[parents])
        rotations = from_parent * Rotation.from_quat(xyzw[bodies])
        return positions, rotations.as_quat(canonical=True)

    def links(self) -> list[Link]:
        """Every link of the robot but the base, parents before children."""
        model = self._scene.model
        return [
            Link(
                model.body(body).name,
                model.body(model.body_parentid[body]).name,
                bool(model.body_jntnum[body]),
            )
            for body in self._link_bodies
        ]

    def snapshot(self) -> Snapshot:
        """The state to draw. The noise key depends on the seed and the time since the reset alone."""
        return Snapshot(
            self._scene, np.array(self._data.qpos), self.time_ns, (self._seed, self._step - self._reset_step)
        )

    # -- parts -----------------------------------------------------------------------------------------------

    def _start_with(
        self, objects: tuple[PlacedObject, ...], poses: Sequence[Float64], seed: int
    ) -> ObjectState:
        self.arm.reset(self._home)
        self.gripper.reset(self._open)
        self._load(objects)
        for placed, pose in zip(objects, poses, strict=True):
            self._data.qpos[self._scene.object_qpos(placed.name)] = pose
        self._place_robot(self._home, self._open)
        self._seed, self._reset_step = seed, self._step
        self._watch.reset()
        return self.object_state()

    def _load(self, objects: tuple[PlacedObject, ...]) -> None:
        config = self.config
        self._scene = build_scene(
            objects,
            config.world,
            robot=self.robot,
            physics=config.physics,
            camera=config.camera,
            bin=self.bin,
            marks=config.place_areas,
        )
        self._data = mujoco.MjData(self._scene.model)
        model = self._scene.model
        base = model.body(self.robot.base_frame).id
        self._link_bodies = np.flatnonzero((model.body_rootid == base) & (np.arange(model.nbody) != base))
        servos = [model.actuator(name).id for name in self.robot.arm_joints]
        self._arm_servos = np.array(servos, dtype=np.intp)
        self._finger_servos = np.array(
            [model.actuator(n).id for n in self.robot.finger_joints], dtype=np.intp
        )
        self._stiffness = model.actuator_gainprm[self._arm_servos, 0].copy()
        self._damping = -model.actuator_biasprm[self._arm_servos, 2].copy()
        self._friction = model.geom_friction.copy()
        self._is_slippery = False

    def _place_robot(self, arm: Float64, opening: float) -> None:
        scene, data = self._scene, self._data
        data.qpos[scene.arm_qpos] = arm
        data.qpos[scene.finger_qpos] = opening
        _place_mimics(scene.model, data)
        self._command_arm(arm, np.zeros_like(arm), np.zeros_like(arm))
        self._command_fingers(opening, self.gripper.effort_limit)
        mujoco.mj_forward(scene.model, data)

    def _copy_state(self, scene: Scene, data: mujoco.MjData) -> None:
        """Carry robot and objects over from the scene before; robot joints come first in every scene."""
        nq, nv = scene.model.nq, scene.model.nv
        self._data.qpos[:nq], self._data.qvel[:nv] = data.qpos, data.qvel
        self._data.qacc_warmstart[:nv] = data.qacc_warmstart
        self._data.ctrl[:] = data.ctrl

    def _command_arm(self, position: Float64, velocity: Float64, acceleration: Float64) -> None:
        """Servo set points with feed-forward, so that the arm follows without lag.

        A servo applies kp (u - q) - kd q'. With u = p + (kd v + M a) / kp that is the wanted torque at zero
        error.
        """
        data, scene = self._data, self._scene
        wanted = np.zeros(scene.model.nv)
        wanted[scene.arm_dof] = acceleration
        torque = np.zeros(scene.model.nv)
        if acceleration.any():
            mujoco.mj_mulM(scene.model, data, torque, wanted)
        data.ctrl[self._arm_servos] = (
            position + (self._damping * velocity + torque[scene.arm_dof]) / self._stiffness
        )

    def _command_fingers(self, opening: float, effort: float) -> None:
        self._data.ctrl[self._finger_servos] = opening
        self._scene.model.actuator_forcerange[self._finger_servos] = (-effort, effort)

    def _apply_slippery(self) -> None:
        if self.faults.slippery_object != self._is_slippery:
            self._is_slippery = self.faults.slippery_object
            self._scene.model.geom_friction[:] = 0.0 if self._is_slippery else self._friction

    def _contacts(self) -> Contacts:
        return Contacts(self._scene, self._data)

    def _free_name(self, name: str) -> str:
        taken = {placed.name for placed in self._scene.objects}
        number = 2
        free = name
        while free in taken:
            free, number = f"{name}_{number}", number + 1
        return free


def _place_mimics(model: mujoco.MjModel, data: mujoco.MjData) -> None:
    """Joints that mimic another where those put them; constraints would throw them there."""
    couplings = np.flatnonzero(model.eq_type == mujoco.mjtEq.mjEQ_JOINT)
    for _ in couplings:  # each round carries one joint further along a chain of them
        for coupling in couplings:
            follower, leader = (
                int(model.jnt_qposadr[joint[coupling]]) for joint in (model.eq_obj1id, model.eq_obj2id)
            )
            offset, multiplier = model.eq_data[coupling, :2]
            data.qpos[follower] = offset + multiplier * data.qpos[leader]
