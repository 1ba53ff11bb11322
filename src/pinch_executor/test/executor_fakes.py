# SPDX-License-Identifier: Apache-2.0
"""A robot, a hand, a planner and a client made of plain Python: instant, obedient, and faulty where a test
says so.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from pinch_core.geometry.transform import Transform
from pinch_core.grasp import Grasp, GripperTranslation, ImageGrasp
from pinch_core.resources import load_gripper, load_robot
from pinch_executor.candidate import Candidate
from pinch_executor.clear_bin import ClearBin
from pinch_executor.end_effector import EndEffector
from pinch_executor.errors import Cancelled, ExecutorError
from pinch_executor.executor_config import ExecutorConfig
from pinch_executor.failure_memory import FailureMemory
from pinch_executor.guarded_robot import GuardedRobot
from pinch_executor.job import Attempt, Job
from pinch_executor.motion_marker import MotionMarker
from pinch_executor.motion_planner import JointTrajectory, Reach, ReachPlan
from pinch_executor.parallel_jaw.end_effector import JawState, ParallelJaw
from pinch_executor.parallel_jaw.model import JawModel
from pinch_executor.pick_cycle import PickCycle
from pinch_executor.place_target import AtPose

ROBOT = load_robot("panda")
GRIPPER = load_gripper(ROBOT.gripper)
DOWN = Transform.from_rpy((np.pi, 0.0, 0.0)).rotation


OPENING_MARGIN = 0.006
APPROACH_M, RETREAT_M = 0.12, 0.08


def grasp_of(T_base_tcp: Transform, width: float = 0.03, opening: float | None = None, **other) -> Grasp:
    """A grasp in the base frame that approaches along its own axis and leaves upwards."""
    values = {
        "approach": GripperTranslation(T_base_tcp.rotation[:, 2], APPROACH_M),
        "retreat": GripperTranslation(np.array([0.0, 0.0, 1.0]), RETREAT_M),
        "quality": 0.5,
        "image": ImageGrasp(300.0, 220.0, 0.1, 0.7),
        "gripper": GRIPPER.name,
        "source": "test",
        "id": "0123456789abcdef",
    }
    wide = width + 2 * OPENING_MARGIN if opening is None else opening
    return Grasp(T_cam_tcp=T_base_tcp, width=width, opening=wide, **{**values, **other})


def grasp_at(x: float, y: float, z: float = 0.05, width: float = 0.03, **other) -> Candidate:
    pose = Transform(DOWN, np.array([x, y, z]))
    return Candidate(grasp_of(pose, width, **other), Transform.identity())


class FakeArm:
    """Arrives at once. ``faults[stage]`` is raised in the middle of the motion of that stage."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.q = np.array(ROBOT.home)
        self.still = True
        self.moves: list[str] = []
        self.stopped_early = 0
        self.stops = 0

    def positions(self):
        return self.q

    def is_still(self) -> bool:
        return self.still

    def execute(
        self, trajectory: JointTrajectory, watch: Callable[[], None], *, may_meet: bool = False
    ) -> None:
        stage = self._world.job.current_stage
        self.moves.append(stage)
        self.q = (trajectory.start + trajectory.end) / 2
        try:
            self._world.happen(f"moving: {stage}")
            watch()
        except BaseException:
            self.stopped_early += 1
            raise
        self.q = trajectory.end

    def stop(self) -> None:
        self.stops += 1


class FakeFingers:
    """Stalls on an object of ``object_width`` [m] until it is placed; closes on nothing where that is None.
    ``sticks``: the object stays at a finger when it is placed.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self.object_width: float | None = 0.03
        self.sticks = False
        self._let_go = False
        self.stuck_at: float | None = None
        self.now = GRIPPER.max_opening
        self.commands: list[float] = []

    def opening(self) -> float:
        return self.now

    def move(self, opening: float, force: float, watch: Callable[[], None]) -> JawState:
        assert 0.0 < force <= GRIPPER.max_force
        self.commands.append(opening)
        self._world.happen(f"fingers: {self._world.job.current_stage}")
        watch()
        stage = self._world.job.current_stage
        self._let_go = stage != "pre-grasp" and (self._let_go or (stage == "open" and not self.sticks))
        is_there = self.object_width is not None and not self._let_go and stage != "push"
        met = is_there and opening < self.object_width <= self.now
        self.now = self.stuck_at if self.stuck_at is not None else self.object_width if met else opening
        return JawState(self.now, stalled=met)

    def close(self) -> None: ...


class FakePlanner:
    """Joint vectors carry the TCP position in their first three entries. ``unreachable`` raises for some
    grasps.
    """

    def __init__(self) -> None:
        self.unreachable: Callable[[Transform], ExecutorError | None] = lambda goal: None
        self.reaches: list[Reach] = []

    def tcp_pose(self, positions) -> Transform:
        return Transform(
            DOWN, np.array([0.4, 0.0, 0.4]) if np.array_equal(positions, ROBOT.home) else positions[:3]
        )

    def check_alive(self) -> None: ...

    def _to(self, start, T_base_tcp: Transform) -> JointTrajectory:
        return self._between(start, np.concatenate([T_base_tcp.translation, np.zeros(4)]))

    def _between(self, start, goal) -> JointTrajectory:
        still = np.zeros((2, 7))
        return JointTrajectory(ROBOT.arm_joints, np.array([0.0, 1.0]), np.stack([start, goal]), still, still)

    def plan_reach(self, start, reach, entering, leaving, travel, linear) -> ReachPlan:
        error = self.unreachable(reach.T_base_goal)
        if error is not None:
            raise error
        self.reaches.append(reach)
        to_via = self._to(start, reach.T_base_via)
        approach = self._to(to_via.end, reach.T_base_goal)
        return ReachPlan(reach, to_via, approach, self._to(approach.end, reach.T_base_exit))

    def plan_joints(self, start, goal, scene, speed) -> JointTrajectory:
        return self._between(start, goal)

    def plan_straight(self, start, T_base_goal, scene, speed) -> JointTrajectory:
        return self._to(start, T_base_goal)


class Client:
    """Whom a job answers to. ``cancelled``: it asked to stop."""

    def __init__(self) -> None:
        self.stages: list[str] = []
        self.tried: list[Candidate] = []
        self.attempts_made: list[Attempt] = []
        self.cancelled = False
        self._told = 0

    def must_stop(self, job: Job) -> None:
        if self.cancelled:
            raise Cancelled("the client cancelled.")

    def tell(self, job: Job) -> None:
        if job.stages > self._told:
            self._told = job.stages
            self.stages.append(job.current_stage)
        else:
            self.tried.append(job.candidate)


class FakeGuard:
    """Passes what starts where the arm stands, unless ``refuses`` raises: the real one has its own tests."""

    def __init__(self) -> None:
        self.refuses: Callable[[JointTrajectory], None] = lambda trajectory: None

    def check(self, trajectory, measured, scene, contact=None) -> None:
        np.testing.assert_array_equal(trajectory.start, measured)
        self.refuses(trajectory)

    def distance(self, first, second):
        return np.abs(first - second)

    def counted_from(self, trajectory, measured):
        return trajectory


class World:
    """Everything a pick needs. ``on`` maps an event such as "moving: lift" to what happens then, once."""

    def __init__(self, folder: Path) -> None:
        self.marker = folder / "executor.moving"
        self.arm, self.fingers, self.planner = FakeArm(self), FakeFingers(self), FakePlanner()
        self.guard = FakeGuard()
        self.now = 0.0
        self.config = ExecutorConfig()
        self.log: list[str] = []
        self.on: dict[str, Callable[[], None]] = {}
        self.restart()

    def restart(self) -> None:
        """A new executor beside the same robot."""
        config, marker = self.config, MotionMarker(self.marker)
        effector = self.make_end_effector()
        self.robot = GuardedRobot(self.arm, effector, self.planner, self.guard, ROBOT, config, marker)
        self.memory = FailureMemory(config.retries.failed_radius)
        self.cycle = PickCycle(self.robot, self.planner, effector.model, config, self.memory)
        self.clear_bin = ClearBin(self.cycle, self.memory, config.clearing, lambda: self.now, self.log.append)
        self.fresh_job()

    def make_end_effector(self) -> EndEffector:
        """The gripper of a new executor."""
        return ParallelJaw(JawModel(GRIPPER), self.fingers, self.config.gripper)

    def happen(self, event: str) -> None:
        action = self.on.pop(event, None)
        if action is not None:
            action()

    def fails(self, event: str, error: ExecutorError) -> None:
        def fail() -> None:
            raise error

        self.on[event] = fail

    def cancels(self, event: str) -> None:
        self.on[event] = lambda: setattr(self.client, "cancelled", True)

    def fresh_job(self) -> Job:
        self.client = Client()
        self.job = Job(
            self.config.stages,
            lambda: self.now,
            self.fingers.opening,
            must_stop=lambda job: self.client.must_stop(job),
            tell=lambda job: self.client.tell(job),
            record=lambda attempt: self.client.attempts_made.append(attempt),
        )
        return self.job


def pick(world: World, candidates=None, attempts=1):
    found = [grasp_at(0.5, 0.0)] if candidates is None else candidates
    return world.cycle.pick(lambda: found, attempts, world.job)


def pick_and_place(world: World):
    pick(world)
    world.cycle.place(place_pose(), world.job)


def place_pose() -> AtPose:
    return AtPose(grasp_at(0.4, -0.3).T_base_tcp)
