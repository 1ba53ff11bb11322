# SPDX-License-Identifier: Apache-2.0
"""The node ``sim_cell``: the simulated cell behind the topics, actions and services of a real one."""

from __future__ import annotations

import dataclasses
import sys
from dataclasses import fields
from typing import Any

from pinch_ros.lifecycle import PinchNode, node_main
from pinch_ros.parameters import declare_config, on_config_change, refuse_renamed
from pinch_sim.camera_publisher import CameraPublisher
from pinch_sim.cell import Cell
from pinch_sim.cell_config import CellConfig
from pinch_sim.cell_services import CellServices
from pinch_sim.event_publisher import EventPublisher
from pinch_sim.faults import Faults
from pinch_sim.gripper_action import GripperAction
from pinch_sim.gripper_controller import GripperControllerConfig
from pinch_sim.node_config import NodeConfig
from pinch_sim.runner import CellRunner
from pinch_sim.schedule import Schedule
from pinch_sim.state_publisher import StatePublisher
from pinch_sim.trajectory_action import TrajectoryAction


class SimCell(PinchNode):
    """Parameters: those of NodeConfig and CellConfig; ``faults.*`` (Faults) and ``real_time_factor`` act at
    once."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__("sim_cell", **kwargs)
        self._node_config = declare_config(self, NodeConfig)
        declare_config(self, CellConfig)
        refuse_renamed(self, {f"hand.{f.name}": f"gripper.{f.name}" for f in fields(GripperControllerConfig)})
        self._faults = declare_config(self, Faults, "faults")
        on_config_change(self, NodeConfig, self._set_node_config)
        on_config_change(
            self,
            CellConfig,
            lambda _: self.get_logger().info("takes effect when the cell is configured again"),
        )
        on_config_change(self, Faults, self._set_faults, "faults")
        self._runner: CellRunner | None = None

    def configure(self) -> None:
        config = declare_config(self, CellConfig)
        node_config = self._node_config
        cell = Cell(config, self._faults)
        state = cell.reset(config.seed)
        self._feedback_due = Schedule(node_config.feedback_rate)
        self._runner = CellRunner(
            cell,
            steps_per_tick=max(1, round(1e9 / node_config.tick_rate / cell.period_ns)),
            real_time_factor=node_config.real_time_factor,
            on_tick=self._tick,
            on_error=lambda text: self.get_logger().error(
                f"a tick of the cell failed:\n{text}", throttle_duration_sec=5.0
            ),
        )
        self._states = StatePublisher(self, cell, node_config)
        self._events = EventPublisher(self, node_config)
        self._images = CameraPublisher(self, config, node_config)
        self._arm_action = TrajectoryAction(self, self._runner, cell.robot.trajectory_action)
        self._hand_action = GripperAction(self, self._runner, cell.robot.gripper_action)
        self._cell_services = CellServices(self, self._runner, config)
        self.get_logger().info(
            f"cell of robot '{cell.robot.name}' with object '{state.name}', seed {config.seed}"
        )

    def activate(self) -> None:
        if self._runner is not None:
            self._runner.start()

    def deactivate(self) -> None:
        if self._runner is not None:
            self._runner.call(lambda cell: cell.hold())
            self._runner.stop()

    def cleanup(self) -> None:
        if self._runner is None:
            return
        self._runner = None
        for part in (
            self._cell_services,
            self._hand_action,
            self._arm_action,
            self._images,
            self._events,
            self._states,
        ):
            part.close()

    def _tick(self, cell: Cell) -> None:
        """In the cell's thread, at every tick."""
        self._states.publish(cell)
        self._events.tick(cell)
        feedback = self._feedback_due.is_due(cell.time_ns)
        self._arm_action.tick(cell, feedback)
        self._hand_action.tick(cell, feedback)
        self._images.offer(cell)

    def _set_node_config(self, config: NodeConfig) -> None:
        self._node_config = config
        if self._runner is not None:
            self._runner.real_time_factor = config.real_time_factor

    def _set_faults(self, faults: Faults) -> None:
        for field in dataclasses.fields(Faults):
            setattr(self._faults, field.name, getattr(faults, field.name))


def main() -> None:
    """The executable sim_cell_node."""
    sys.exit(node_main(SimCell))
