# SPDX-License-Identifier: Apache-2.0
"""Robots of any description in the cell."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scripted_arm import follow, trajectory_to

from pinch_core.config import dump_yaml
from pinch_core.errors import PinchError
from pinch_core.testing_arm import ARM_URDF, edited, with_continuous, write_arm
from pinch_sim.cell import Cell
from pinch_sim.cell_config import CellConfig
from pinch_sim.errors import ModelError
from pinch_sim.robot_model import RobotPhysicsConfig, compiled, joint_limits, load_robot_spec

TCP = '  <link name="tcp"/>\n'
L1_INERTIAL = '<link name="l1"><inertial><mass value="1"/><inertia ixx="0.01" iyy="0.01" izz="0.01"'
CYLINDER = '<cylinder radius="0.07" length="0.1"/>'


def model_of(robot):
    return compiled(load_robot_spec(robot, RobotPhysicsConfig()), robot)


def cell_of(folder, robot) -> Cell:
    path = folder / "robot.yaml"
    path.write_text(dump_yaml(robot), encoding="utf-8")
    return Cell(replace(CellConfig(), robot=str(path)))


def test_a_continuous_joint_turns_without_end(tmp_path):
    robot = write_arm(tmp_path, with_continuous("j1", "j6"))
    assert joint_limits(robot).upper[5] == np.inf
    cell = cell_of(tmp_path, robot)
    home = np.array(robot.home)
    goal = home + np.array([0, 0, 0, 0, 0, 4.0])
    follow(cell, trajectory_to(cell, goal, 4.0))
    np.testing.assert_allclose(cell.joint_readings().position[:6], goal, atol=0.01)


def test_joints_that_mimic_others_start_and_stay_where_those_put_them(tmp_path):
    follower = (
        '<link name="{0}"><inertial><mass value="0.05"/><inertia ixx="1e-4" iyy="1e-4" izz="1e-4" ixy="0" '
        'ixz="0" iyz="0"/></inertial></link><joint name="{0}_joint" type="prismatic"><parent link="l6"/>'
        '<child link="{0}"/><axis xyz="1 0 0"/><limit lower="-1" upper="1" effort="1" velocity="1"/>'
        '<mimic joint="{1}" multiplier="{2}" offset="{3}"/></joint>\n'
    )
    extra = follower.format("a", "b_joint", 0.5, 0.01) + follower.format("b", "finger_left", -2.0, 0.02)
    cell = cell_of(tmp_path, write_arm(tmp_path, edited(ARM_URDF, {TCP: TCP + extra})))

    def positions() -> list[float]:
        data = cell.data if hasattr(cell, "data") else cell._data
        return [
            float(data.qpos[cell.scene.model.joint(n).qposadr[0]])
            for n in ("finger_left", "a_joint", "b_joint")
        ]

    for steps in (0, 200):
        for _ in range(steps):
            cell.step()
        finger, a, b = positions()
        assert b == pytest.approx(-2.0 * finger + 0.02, abs=1e-3)
        assert a == pytest.approx(0.5 * b + 0.01, abs=1e-3)


@pytest.mark.parametrize(
    ("changes", "settings", "said"),
    [
        ({'effort="50"': 'effort="0"'}, {}, "line 4: joint 'j1' has no effort limit above 0"),
        ({CYLINDER: '<mesh filename="base.dae"/>'}, {}, "the simulated cell reads .stl, .obj, .msh"),
        ({}, {"base_frame": "l1"}, "does not lie between base_frame 'l1'"),
        (
            {'name="test_arm">': 'name="test_arm"><link name="floor"/><joint name="stand" type="fixed">'
             '<parent link="floor"/><child link="base"/><origin xyz="0 0 1"/></joint>'},
            {},
            "base_frame 'base' of robot 'test_arm' is not the root link",
        ),
        ({L1_INERTIAL: L1_INERTIAL.replace('"1"', '"0"').replace("0.01", "0")}, {}, "MuJoCo cannot simulate"),
    ],
)  # fmt: skip
def test_what_only_physics_needs_is_named(tmp_path, changes, settings, said):
    (tmp_path / "base.dae").write_text("<COLLADA/>", encoding="utf-8")
    robot = write_arm(tmp_path, edited(ARM_URDF, changes), **settings)
    with pytest.raises(PinchError) as caught:
        model_of(robot)
    assert said in str(caught.value)


def test_a_root_link_named_world_holds_the_base(tmp_path):
    world = (
        'name="test_arm"><link name="world"/><joint name="stand" type="fixed"><parent link="world"/>'
        '<child link="base"/></joint>'
    )
    cell = cell_of(tmp_path, write_arm(tmp_path, edited(ARM_URDF, {'name="test_arm">': world})))
    assert {link.name for link in cell.links()} >= {"l1", "tcp"}


COUNT = sum(len(element.attrib) for element in ElementTree.fromstring(ARM_URDF).iter())


@settings(deadline=None, derandomize=True, max_examples=150)
@given(st.integers(0, COUNT - 1), st.sampled_from([None, "", "0", "-1", "l1", "1e30", "0 0 0"]))
def test_whatever_is_wrong_no_error_of_mujoco_comes_through(tmp_path_factory, which, value):
    root = ElementTree.fromstring(ARM_URDF)
    element, key = [(element, key) for element in root.iter() for key in element.attrib][which]
    if value is None:
        del element.attrib[key]
    else:
        element.set(key, value)
    robot = write_arm(tmp_path_factory.mktemp("odd"), ElementTree.tostring(root, encoding="unicode"))
    with contextlib.suppress(PinchError):
        model_of(robot)


def test_a_damaged_mesh_that_looks_whole_ends_in_a_sentence(tmp_path):
    (tmp_path / "flat.obj").write_text("v 0 0 0\nv 0.1 0 0\nv 0 0.1 0\nf 1 2 9\n", encoding="utf-8")
    robot = write_arm(tmp_path, edited(ARM_URDF, {CYLINDER: '<mesh filename="flat.obj"/>'}))
    with pytest.raises(ModelError, match="MuJoCo cannot simulate"):
        model_of(robot)
