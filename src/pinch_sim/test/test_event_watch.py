# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import mujoco
import numpy as np
import pytest
from scripted_arm import inverse_kinematics, tool_down

from pinch_core.geometry.transform import Transform
from pinch_sim.bin_in_cell import BinConfig
from pinch_sim.cell import Cell
from pinch_sim.cell_config import CellConfig

SIDE = 0.032  # m, of small_cube
REST = 0.005 + SIDE / 2 - 1e-4  # m, height of its middle on the bin's floor
HAND = (0.5, 0.0, 0.35)


@pytest.fixture(scope="module")
def shared_cell() -> Cell:
    """Two small cubes in the bin, and the hand high over it."""
    cell = Cell(CellConfig(bin=BinConfig(name="cell", x=0.5)))
    for y in (-0.05, 0.05):
        cell.spawn("small_cube", T_base_object=Transform.from_rpy((0, 0, 0), (0.5, y, 0.03)))
    return cell


@pytest.fixture
def cell(shared_cell: Cell) -> Cell:
    put_hand(shared_cell, HAND)
    put(shared_cell, "small_cube", (0.5, -0.05, REST))
    put(shared_cell, "small_cube_2", (0.5, 0.05, REST))
    shared_cell._watch.reset()
    shared_cell.look()
    return shared_cell


def put(cell: Cell, name: str, position: tuple[float, float, float]) -> None:
    cell._data.qpos[cell.scene.object_qpos(name)] = (*position, 1, 0, 0, 0)
    cell._data.qvel[:] = 0.0
    mujoco.mj_forward(cell.scene.model, cell._data)


def put_hand(cell: Cell, position: tuple[float, float, float], opening: float = 0.08) -> None:
    joints = inverse_kinematics(cell, tool_down(*position), np.array(cell.robot.home))
    cell._place_robot(joints, opening / 2)


def wait(cell: Cell, seconds: float) -> None:
    cell._step += round(seconds * 1e9 / cell.period_ns)


def hold(cell: Cell, name: str, *more: str) -> None:
    """Between the pads, with more objects that hang on it."""
    put_hand(cell, HAND, SIDE - 0.0004)
    x, y, z = HAND
    for number, each in enumerate((name, *more)):
        put(cell, each, (x + number * (SIDE - 0.0002), y, z))


def test_at_rest_nothing_happens(cell):
    events = cell.look()
    assert dict(events.places) == {"small_cube": "bin", "small_cube_2": "bin"}
    assert (events.lifts, events.double_picks, events.wall_contacts, events.last) == (0, 0, 0, "")


def test_one_object_carried_for_a_while_is_a_lift(cell):
    hold(cell, "small_cube")
    assert cell.look().lifts == 0
    wait(cell, 0.3)
    events = cell.look()
    assert (events.lifts, events.double_picks) == (1, 0)
    assert dict(events.places)["small_cube"] == "gripper"
    assert events.last == "small_cube lifted."


def test_two_objects_that_hang_together_are_one_double_pick(cell):
    hold(cell, "small_cube", "small_cube_2")
    for _ in range(3):
        cell.look()
        wait(cell, 0.3)
    events = cell.look()
    assert (events.lifts, events.double_picks) == (1, 1)
    state = cell.object_state("small_cube_2")
    assert state.lifted and not state.in_grasp


def test_an_object_on_another_is_not_lifted(cell):
    put(cell, "small_cube_2", (0.5, -0.05, REST + SIDE - 1e-4))
    assert not cell.object_state("small_cube_2").lifted
    wait(cell, 1.0)
    assert cell.look().lifts == 0


def test_what_lies_neither_in_the_bin_nor_in_a_place_area_fell_out(cell):
    put(cell, "small_cube", (0.40, -0.38, SIDE / 2))
    put(cell, "small_cube_2", (0.80, 0.0, SIDE / 2))
    events = cell.look()
    assert dict(events.places) == {"small_cube": "right", "small_cube_2": "outside"}
    assert events.last == "small_cube_2 lies outside of bin and place areas."


def test_what_still_moves_is_where_it_was(cell):
    put(cell, "small_cube", (0.80, 0.0, 0.5))
    cell._data.qvel[cell.scene.object_dof("small_cube")][2] = -1.0
    assert dict(cell.look().places)["small_cube"] == "bin"


def test_a_hand_in_a_wall_is_one_contact_with_its_force(cell):
    put_hand(cell, (0.5 + 0.14, 0.0, 0.06))
    for _ in range(3):
        events = cell.look()
    assert events.wall_contacts == 1
    assert events.wall_force > 5.0
    assert events.last == "the robot touched the bin."


def test_a_new_scene_starts_from_nothing(cell):
    hold(cell, "small_cube")
    for _ in range(2):
        cell.look()
        wait(cell, 0.3)
    before = cell._watch.events
    cell._watch.reset()
    assert before.lifts == 1
    assert cell._watch.events.lifts == 0
