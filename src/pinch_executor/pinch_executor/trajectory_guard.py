# SPDX-License-Identifier: Apache-2.0
"""The last look at a trajectory before it moves the arm, whoever planned it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pinocchio as pin

from pinch_core.config import setting
from pinch_core.geometry.transform import Transform
from pinch_core.perception.config import Box
from pinch_executor.embedded.collision import CollisionChecker
from pinch_executor.embedded.robot_model import START_LIMIT_TOLERANCE_RAD, RobotModel
from pinch_executor.errors import GraspOutOfReach, InvalidTrajectory
from pinch_executor.joint_turns import joint_distance, trajectory_from
from pinch_executor.motion_planner import Float64, JointTrajectory, Scene

# Rounding in the planner must not look like a broken limit.
LIMIT_TOLERANCE = 1.005
REST_RAD_PER_S = 1e-3
CHECK_STEP_RAD = 0.04


@dataclass(frozen=True)
class Workspace(Box):
    """Where the TCP may be, in the base frame."""

    lower: tuple[float, float, float] = setting(
        default=(0.05, -0.75, -0.02),
        unit="m",
        help="least x, y, z of the TCP in the base frame",
        lower=-5.0,
        upper=5.0,
    )
    upper: tuple[float, float, float] = setting(
        default=(0.85, 0.75, 1.1),
        unit="m",
        help="greatest x, y, z of the TCP in the base frame",
        lower=-5.0,
        upper=5.0,
    )

    def check(self, T_base_tcp: Transform, what: str) -> None:
        """Raise GraspOutOfReach if the TCP lies outside; ``what`` names the pose."""
        p = T_base_tcp.translation
        if not self.holds(p):
            raise GraspOutOfReach(
                f"{what} at ({p[0]:.3f}, {p[1]:.3f}, {p[2]:.3f}) m is outside the workspace "
                f"{list(self.lower)} to {list(self.upper)} m of the base frame; move the object or set "
                "workspace.lower and workspace.upper.",
                position=tuple(p.tolist()),
                lower=self.lower,
                upper=self.upper,
            )


class TrajectoryGuard:
    """Holds trajectories to the robot's limits, the workspace and the scene. Not for use by two threads at
    once.
    """

    def __init__(self, model: RobotModel, workspace: Workspace, start_tolerance: float) -> None:
        """``start_tolerance`` [rad]: how far each joint may stand from the trajectory's start."""
        self._model = model
        self._shapes: pin.GeometryModel = model.collision_shapes()
        self._workspace = workspace
        self._start_tolerance = start_tolerance

    def check(
        self,
        trajectory: JointTrajectory,
        measured: Float64,
        scene: Scene,
        contact: tuple[Transform, float] | None = None,
    ) -> None:
        """Pass, or say what is wrong.

        Args:
            trajectory: of the arm joints, in the model's order.
            measured: joint positions (J,) now.
            scene: what must not be touched.
            contact: ``T_base_tcp`` and a distance [m] to it within which fingers may touch the target and
            the held
                object the table.

        Raises:
            InvalidTrajectory: a limit is broken, it jumps, starts elsewhere, does not end at rest, or touches
                something.
            GraspOutOfReach: the TCP leaves the workspace.
        """
        self._check_shape(trajectory)
        self._check_start(trajectory, measured)
        self._check_limits(trajectory)
        self._check_continuity(trajectory)
        checker = CollisionChecker(self._model, self._shapes, scene)
        # A planner may sample its motions so coarsely that something fits between two samples.
        dense, times = trajectory.dense_positions(CHECK_STEP_RAD)
        for time, positions in zip(times, dense, strict=True):
            T_base_tcp = self._model.tcp_pose(positions)
            self._workspace.check(T_base_tcp, f"the TCP {time:.2f} s into the motion")
            near = contact is not None and T_base_tcp.distance_to(contact[0])[0] <= contact[1]
            if checker.collides(positions, near):
                touching = checker.contacts(positions, near)
                raise InvalidTrajectory(
                    f"{time:.2f} s into the motion would touch: {touching}; plan again.",
                    time=float(time),
                    touching=touching,
                )

    def distance(self, first: Float64, second: Float64) -> Float64:
        """(J,) [rad] between two joint positions (J,), whole turns of continuous joints left out."""
        return joint_distance(first, second, self._model.continuous)

    def counted_from(self, trajectory: JointTrajectory, measured: Float64) -> JointTrajectory:
        """The same motion in the turns of continuous joints that ``measured`` (J,) is counted in."""
        return trajectory_from(trajectory, measured, self._model.continuous)

    def _check_shape(self, trajectory: JointTrajectory) -> None:
        expected = (len(trajectory.times), len(self._model.robot.arm_joints))
        arrays = (trajectory.positions, trajectory.velocities, trajectory.accelerations)
        if trajectory.joint_names != self._model.robot.arm_joints or any(a.shape != expected for a in arrays):
            raise InvalidTrajectory(
                f"the trajectory names the joints {list(trajectory.joint_names)} in arrays of shape "
                f"{trajectory.positions.shape}; it must hold {expected} for "
                f"{list(self._model.robot.arm_joints)}."
            )
        if not all(np.all(np.isfinite(a)) for a in (trajectory.times, *arrays)) or np.any(
            np.diff(trajectory.times) <= 0
        ):
            raise InvalidTrajectory(
                "the trajectory holds numbers that are not finite or times that do not increase; plan again."
            )

    def _check_start(self, trajectory: JointTrajectory, measured: Float64) -> None:
        away = np.abs(trajectory.start - measured)
        worst = int(np.argmax(away))
        if away[worst] > self._start_tolerance:
            raise InvalidTrajectory(
                f"the trajectory starts {away[worst]:.4f} rad from where joint "
                f"{trajectory.joint_names[worst]} stands, more than {self._start_tolerance:g}; plan again "
                "from the measured positions.",
                joint=trajectory.joint_names[worst],
                value=float(away[worst]),
                limit=self._start_tolerance,
                time=0.0,
            )

    def _check_limits(self, trajectory: JointTrajectory) -> None:
        model = self._model
        if not all(model.within_limits(q, START_LIMIT_TOLERANCE_RAD) for q in trajectory.positions):
            raise InvalidTrajectory("the trajectory leaves the joints' position limits; plan again.")
        for name, values, limit in (
            ("velocity", trajectory.velocities, model.max_velocity),
            ("acceleration", trajectory.accelerations, model.max_acceleration),
        ):
            share = np.abs(values).max(axis=0) / limit
            if share.max() > LIMIT_TOLERANCE:
                worst = int(np.argmax(share))
                joint = trajectory.joint_names[worst]
                raise InvalidTrajectory(
                    f"the trajectory takes joint {joint} to {share.max():.2f} times its {name} limit; "
                    "lower the scaling.",
                    joint=joint,
                    value=float(share[worst] * limit[worst]),
                    limit=float(limit[worst]),
                )
        if np.abs(trajectory.velocities[[0, -1]]).max() > REST_RAD_PER_S:
            raise InvalidTrajectory("the trajectory does not start and end at rest; plan again.")

    def _check_continuity(self, trajectory: JointTrajectory) -> None:
        dt = np.diff(trajectory.times)[:, None]
        mean_velocity = (trajectory.velocities[1:] + trajectory.velocities[:-1]) / 2
        jump = np.abs(np.diff(trajectory.positions, axis=0) - dt * mean_velocity)
        # What an acceleration within the limits, changing sides between two samples, can add.
        allowed = self._model.max_acceleration * dt**2 / 2 + 1e-4
        if np.any(jump > allowed):
            at = int(np.argmax((jump / allowed).max(axis=1)))
            time = float(trajectory.times[at])
            raise InvalidTrajectory(f"the trajectory jumps at {time:.2f} s; plan again.", time=time)
