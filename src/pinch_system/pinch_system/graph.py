# SPDX-License-Identifier: Apache-2.0
"""The whole graph of the simulated cell: cell, camera, planner and executor, each in a process of its own.

The same executables and parameter files as under ``ros2 launch pinch_bringup sim.launch.py``, for machines
without launch, for the demo and for whole-graph tests. One process for all of them would be one Python, and
each would wait for the others.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from pinch_core.resources import config_directory, load_robot
from pinch_system.node_process import NodeProcess, ProcessUse

# Absolute names by convention. Each simulated cell has a time and frames of its own, so in a namespace they
# are below it.
OF_THE_STACK = ("/clock:=clock", "/tf:=tf", "/tf_static:=tf_static")


@dataclass(frozen=True)
class NodeOfTheGraph:
    """An executable, its parameter file below config/ and what it is connected to."""

    package: str
    executable: str
    parameters: str
    remappings: tuple[str, ...] = ()

    def ros_arguments(
        self, extra: tuple[str, ...] = (), overlay: Path | None = None, namespace: str = "/"
    ) -> list[str]:
        """Arguments after ``--ros-args``; what ``overlay`` says of the node goes before its own file."""
        arguments = ["--params-file", str(config_directory() / self.parameters), "-p", "use_sim_time:=true"]
        if overlay is not None:
            arguments += ["--params-file", str(overlay)]
        for rule in (f"__ns:={namespace}", *OF_THE_STACK, *self.remappings):
            arguments += ["-r", rule]
        return [*arguments, *extra]


CELL = NodeOfTheGraph("pinch_sim", "sim_cell_node", "sim/cell.yaml")
CELL_WITH_BIN = "sim/cell_with_bin.yaml"
CAMERA = NodeOfTheGraph("pinch_camera", "depth_camera_node", "camera/sim.yaml")
DEPTH_IMAGE = "depth/image_rect:=depth_camera/depth/image_rect"
CAMERA_INFO = "depth/camera_info:=depth_camera/depth/camera_info"
IMAGES = (DEPTH_IMAGE, CAMERA_INFO)
PLANNER = NodeOfTheGraph("pinch_gqcnn", "grasp_planner_node", "planner.yaml", IMAGES)
# The executor's time limits for what comes as late as the machine is busy [s of real time]: its defaults.
REAL_TIMEOUTS_S = {"joint_state_age": 0.5, "camera_silence": 2.0, "stop": 1.0, "gripper": 5.0}
EXECUTOR = NodeOfTheGraph("pinch_executor", "grasp_executor_node", "executor.yaml", IMAGES)


@dataclass(frozen=True)
class Graph:
    """The running processes."""

    cell: NodeProcess
    camera: NodeProcess
    planner: NodeProcess
    executor: NodeProcess

    @property
    def dead(self) -> list[NodeProcess]:
        """Those that have ended."""
        return [node for node in self._nodes.values() if not node.is_running]

    def use(self) -> dict[str, ProcessUse]:
        """Memory, threads and handles of each."""
        return {name: node.use() for name, node in self._nodes.items()}

    @property
    def _nodes(self) -> dict[str, NodeProcess]:
        return {
            "cell": self.cell,
            "camera": self.camera,
            "planner": self.planner,
            "executor": self.executor,
        }


@contextmanager
def simulated_graph(
    log_folder: Path,
    *,
    robot: str = "panda",
    motion_planner: str = "embedded",
    recording: Path | None = None,
    real_time_factor: float = 1.0,
    executor_parameters: tuple[str, ...] = (),
    namespace: str = "/",
    cell: str = CELL.parameters,
) -> Iterator[Graph]:
    """Run the graph while the ``with`` block lasts; each node writes ``<executable>.log`` there.

    ``robot``: a file of config/robots, with its file of config/sim; the planner plans for its gripper.
    ``motion_planner``: embedded or moveit. ``recording``: the folder that attempts are appended to.
    ``executor_parameters``: more of the executor's, each ``name:=value``. ``namespace``: of every node, topic
    and action, TF and clock included; graphs in several namespaces know nothing of each other. ``cell``: the
    cell's parameter file below config/, such as CELL_WITH_BIN.

    The simulated robot is a new one each time, so what a node remembers of an earlier run is left out.
    """
    pace = f"real_time_factor:={real_time_factor}"
    with ExitStack() as stack:
        home = Path(stack.enter_context(TemporaryDirectory(prefix="pinch_ros_home_")))
        overlay = cell_overlay(robot)

        def start(node: NodeOfTheGraph, *parameters: str) -> NodeProcess:
            log = log_folder / f"{node.executable}.log"
            extra = tuple(part for parameter in parameters for part in ("-p", parameter))
            return stack.enter_context(
                NodeProcess(
                    node.package, node.executable, node.ros_arguments(extra, overlay, namespace), log, home
                )
            )

        # What this machine delivers late is later still in simulated time that runs faster.
        faster = max(1.0, real_time_factor)
        yield Graph(
            start(replace(CELL, parameters=cell), pace, f"robot:={robot}"),
            start(CAMERA),
            start(PLANNER, f"gripper:={load_robot(robot).gripper}"),
            start(
                EXECUTOR,
                f"robot:={robot}",
                f"motion_planner:={motion_planner}",
                *(() if recording is None else (f"recording.folder:={recording}",)),
                *(f"timeouts.{name}:={seconds * faster:g}" for name, seconds in REAL_TIMEOUTS_S.items()),
                *executor_parameters,
            ),
        )


def cell_overlay(robot: str) -> Path | None:
    """The parameter file that makes the simulated cell this robot's; None where the cell is as it is."""
    path = config_directory() / "sim" / f"{robot}.yaml"
    return path if path.is_file() else None
