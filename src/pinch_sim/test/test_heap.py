# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from scripted_arm import run_for

from pinch_core.errors import UnknownNameError
from pinch_sim.bin_in_cell import BinConfig
from pinch_sim.cell import Cell
from pinch_sim.cell_config import HEAP_OBJECTS, CellConfig
from pinch_sim.errors import PlacementError
from pinch_sim.heap import draw_objects, make_heap
from pinch_sim.object_mesh import object_mesh
from pinch_sim.objects import library_object

WITH_BIN = CellConfig(bin=BinConfig(name="cell", x=0.5, y=0.1, yaw=0.4))


def test_a_heap_rests_between_the_walls_and_stays():
    cell = Cell(WITH_BIN)
    cell.reset_to_heap(make_heap(WITH_BIN, 10, 3), 3)
    before = cell.object_poses()
    assert len(before) == 10
    run_for(cell, 0.5)
    bin = WITH_BIN.bin.stand()
    for name, pose in cell.object_poses().items():
        assert bin.holds(pose.translation), name
        assert pose.translation[2] > bin.size.wall, name
        assert pose.distance_to(before[name])[0] < 2e-3, name


def test_the_same_seed_drops_the_same_heap():
    first, second, other = (make_heap(WITH_BIN, 3, seed) for seed in (5, 5, 6))
    assert np.array(first.poses).tobytes() == np.array(second.poses).tobytes()
    assert np.abs(np.array(other.poses) - np.array(first.poses)).max() > 1e-3


def test_without_a_bin_a_heap_lies_in_the_work_area_of_the_table():
    config = CellConfig()
    for pose in make_heap(config, 3, 1).poses:
        assert np.abs(pose[:2] - (config.drop.center_x, config.drop.center_y)).max() < config.drop.area


def test_more_objects_than_the_library_has_get_names_of_their_own():
    drawn = draw_objects(("cube", "puck"), 5, (0.5, 0.9), np.random.default_rng(0))
    assert sorted(placed.name for placed in drawn[:4]) == ["cube", "cube_2", "puck", "puck_2"]
    assert drawn[4].name in ("cube_3", "puck_3")


def test_what_the_bin_does_not_hold_is_refused_with_the_number_that_lay_there(tmp_path):
    (tmp_path / "cup.yaml").write_text("{length: 0.06, width: 0.06, height: 0.02, wall: 0.005}")
    drop = dataclasses.replace(WITH_BIN.drop, attempts=2)
    bin = BinConfig(name=str(tmp_path / "cup.yaml"))
    config = dataclasses.replace(WITH_BIN, heap_objects=("spray_bottle",), drop=drop, bin=bin)
    with pytest.raises(PlacementError, match="'spray_bottle_2' stayed in the bin in none of 2 drops onto 1"):
        make_heap(config, 30, 0)


@pytest.mark.parametrize("name", HEAP_OBJECTS)
def test_heap_objects_fit_between_jaws_of_80_mm_whichever_way_they_lie(name):
    mesh = object_mesh(library_object(name))
    assert sorted(np.ptp(mesh.vertices, axis=0))[1] < 0.07


def test_a_bin_without_a_file_is_refused():
    with pytest.raises(UnknownNameError, match="crate"):
        Cell(CellConfig(bin=BinConfig(name="crate")))
