# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import mujoco
import numpy as np
import pytest
from scripted_arm import close_hand, follow, run_for, tool_down, trajectory_to

from pinch_core.geometry.transform import Transform
from pinch_sim.cell import Cell
from pinch_sim.cell_config import CellConfig
from pinch_sim.errors import PlacementError, UnknownObjectError
from pinch_sim.objects import LIBRARY
from pinch_sim.scene import build_scene
from pinch_sim.sensor import CellCamera


def scripted_run(cell: Cell, seed: int) -> list[np.ndarray]:
    cell.reset(seed, "hammer")
    joints = np.array(cell.robot.home) + 0.1
    follow(cell, trajectory_to(cell, joints, 0.5))
    close_hand(cell)
    camera = CellCamera(cell.config)
    snapshot = cell.snapshot()
    images = [camera.depth(snapshot), camera.colour(snapshot)]
    camera.close()
    return [snapshot.qpos, cell.joint_readings().velocity, cell.joint_readings().effort, *images]


def test_same_seed_and_commands_give_the_same_bits():
    first = scripted_run(Cell(CellConfig()), 7)
    used = Cell(CellConfig())
    scripted_run(used, 3)
    second = scripted_run(used, 7)
    for a, b in zip(first, second, strict=True):
        assert a.tobytes() == b.tobytes()


def test_another_seed_gives_another_scene():
    cell = Cell(CellConfig())
    first, second = cell.reset(1, "box"), cell.reset(2, "box")
    assert first.T_base_object.distance_to(second.T_base_object)[0] > 1e-3


def test_what_the_physics_complains_of_goes_to_the_log_and_into_no_file(tmp_path, monkeypatch, caplog):
    monkeypatch.chdir(tmp_path)
    build_scene((), CellConfig().world)
    falling = mujoco.MjSpec()
    body = falling.worldbody.add_body()
    body.add_freejoint()
    body.add_geom(type=mujoco.mjtGeom.mjGEOM_SPHERE, size=(0.1, 0.0, 0.0))
    model = falling.compile()
    data = mujoco.MjData(model)
    data.qvel[:] = 1e12
    mujoco.mj_step(model, data)
    assert "unstable" in caplog.text
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", LIBRARY)
def test_a_dropped_object_rests_in_the_work_area_and_stays(cell, name):
    before = cell.reset(11, name)
    run_for(cell, 1.0)
    after = cell.object_state()
    moved, turned = before.T_base_object.distance_to(after.T_base_object)
    assert moved < 5e-4
    assert turned < 0.01
    assert abs(after.clearance) < 3e-4
    assert not after.lifted
    assert np.abs(after.T_base_object.translation[:2] - (0.5, 0.0)).max() < cell.config.drop.area


def test_time_never_goes_back(cell):
    run_for(cell, 0.1)
    before = cell.time_ns
    cell.reset(1)
    assert cell.time_ns >= before
    run_for(cell, 0.1)
    assert cell.time_ns == before + 100_000_000


def test_reset_brings_the_arm_home_and_aborts_its_goal(cell):
    outcomes = []
    goal = cell.arm.check(trajectory_to(cell, np.array(cell.robot.home) + 0.3, 1.0), cell.time_ns)
    cell.arm.start(goal, cell.time_ns, outcomes.append)
    run_for(cell, 0.5)
    cell.reset(1)
    assert outcomes[0].code.name == "INVALID_GOAL"
    np.testing.assert_array_equal(cell.joint_readings().position[:7], cell.robot.home)
    run_for(cell, 0.5)
    np.testing.assert_allclose(cell.joint_readings().position[:7], cell.robot.home, atol=1e-3)


def test_spawning_keeps_arm_and_objects_where_they_are(cell):
    cell.reset(2, "box")
    follow(cell, trajectory_to(cell, np.array(cell.robot.home) + 0.2, 0.5))
    arm, box = cell.joint_readings().position, cell.object_state("box").T_base_object
    cell.spawn("cube", T_base_object=Transform.from_rpy((0, 0, 0), (0.5, 0.25, 0.03)))
    np.testing.assert_array_equal(cell.joint_readings().position, arm)
    assert cell.object_state("box").T_base_object.distance_to(box) == (0.0, 0.0)
    assert cell.object_state().name == "cube"
    run_for(cell, 0.3)
    np.testing.assert_allclose(cell.joint_readings().position, arm, atol=1e-3)


def test_two_objects_of_a_kind_have_names_of_their_own(cell):
    for x in (0.45, 0.55):
        cell.spawn("cube", T_base_object=Transform.from_rpy((0, 0, 0), (x, 0.0, 0.03)))
    assert [placed.name for placed in cell.scene.objects] == ["cube", "cube_2"]


def test_a_crowd_of_objects_settles_on_and_beside_each_other(cell):
    for seed, name in enumerate(("box", "banana", "hammer", "can")):
        cell.spawn(name, seed=seed)
    run_for(cell, 2.0)
    for placed in cell.scene.objects:
        assert cell.object_state(placed.name).T_base_object.translation[2] > 0.0


def test_unknown_and_impossible_placements_are_refused_in_a_sentence(cell):
    with pytest.raises(UnknownObjectError, match="no object ''; it has none"):
        cell.object_state()
    with pytest.raises(UnknownObjectError, match="'anvil' is not in the object library; known: box"):
        cell.reset(1, "anvil")
    with pytest.raises(PlacementError, match="does not come to rest"):
        cell.spawn("cube", T_base_object=Transform.from_rpy((0, 0, 0), (3.0, 0.0, 0.03)))
    cell.spawn("cube", T_base_object=Transform.from_rpy((0, 0, 0), (0.5, 0.0, 0.025)))
    with pytest.raises(PlacementError):
        cell.spawn("box", T_base_object=Transform.from_rpy((0, 0, 0), (0.5, 0.0, 0.02)))
    assert [placed.name for placed in cell.scene.objects] == ["cube"]


def test_link_poses_chain_up_to_the_tool(cell):
    """The product of the published transforms is the TCP pose that the scripted arm aims at."""
    from scripted_arm import inverse_kinematics

    wanted = tool_down(0.5, 0.1, 0.2)
    joints = inverse_kinematics(cell, wanted, np.array(cell.robot.home))
    follow(cell, trajectory_to(cell, joints, 2.0))
    run_for(cell, 0.5)
    positions, quaternions = cell.link_poses()
    poses = {cell.robot.base_frame: Transform.identity()}
    for link, position, quaternion in zip(cell.links(), positions, quaternions, strict=True):
        poses[link.name] = poses[link.parent] @ Transform.from_quaternion(quaternion, position)
    distance, angle = poses[cell.robot.tcp_frame].distance_to(wanted)
    assert distance < 5e-4
    assert angle < 1e-3
