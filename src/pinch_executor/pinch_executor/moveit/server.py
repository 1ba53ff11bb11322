# SPDX-License-Identifier: Apache-2.0
"""The MoveIt process: ``python -m pinch_executor.moveit.server FD``, started by RemoteMotionPlanner.

MoveItPy lives here alone, because its plan() holds the interpreter lock, and because it may crash at its end.
"""

from __future__ import annotations

import logging
import os
import sys
from multiprocessing.connection import Connection

from pinch_core.errors import PinchError
from pinch_executor.errors import ServerUnavailable
from pinch_executor.motion_planner import MotionPlanner
from pinch_executor.moveit.channel import (
    Answer,
    Failed,
    PlanJoints,
    Planned,
    PlanReach,
    PlanStraight,
    Ready,
    Request,
    Start,
)


def serve(connection: Connection) -> None:
    """Answer until the executor closes its end or dies."""
    try:
        planner = _start(connection.recv())
        if isinstance(planner, Failed):
            connection.send(planner)
            return
        connection.send(Ready())
        while True:
            connection.send(_answer(planner, connection.recv()))
    except (EOFError, ConnectionError):
        return


def _start(start: Start) -> MotionPlanner | Failed:
    try:
        from pinch_executor.moveit.planner import MoveItMotionPlanner

        return MoveItMotionPlanner(
            start.robot,
            start.limits,
            start.config,
            use_sim_time=start.use_sim_time,
            namespace=start.namespace,
        )
    except PinchError as error:  # its sentence says what to correct
        return Failed(ServerUnavailable(f"MoveIt did not start: {error}"))
    except Exception as error:
        sentence = " ".join(str(error).split()).rstrip(".")
        return Failed(
            ServerUnavailable(
                f"MoveIt did not start ({type(error).__name__}: {sentence}); install moveit_py, see that "
                "joint states are published, or set motion_planner to embedded."
            )
        )


def _answer(planner: MotionPlanner, request: Request) -> Answer:
    try:
        match request:
            case PlanReach():
                return Planned(
                    planner.plan_reach(
                        request.start,
                        request.reach,
                        request.entering,
                        request.leaving,
                        request.travel,
                        request.linear,
                    )
                )
            case PlanJoints():
                return Planned(planner.plan_joints(request.start, request.goal, request.scene, request.speed))
            case PlanStraight():
                return Planned(
                    planner.plan_straight(request.start, request.T_base_goal, request.scene, request.speed)
                )
    except Exception as error:
        return Failed.of(error)


def main() -> None:
    """Serve on the inherited socket whose descriptor is the only argument."""
    try:
        serve(Connection(int(sys.argv[1])))
    finally:
        logging.shutdown()
        sys.stdout.flush()
        sys.stderr.flush()
        # Taking MoveItPy down in order may end in a segmentation fault (moveit2#3721).
        os._exit(0)


if __name__ == "__main__":
    main()
