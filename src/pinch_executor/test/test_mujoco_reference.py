# SPDX-License-Identifier: Apache-2.0
"""The judge of the other tests sees what it has to see."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from executor_cases import WORK_AREAS, scenes_of
from mujoco_reference import MujocoReference

from pinch_core.geometry.transform import Transform
from pinch_core.resources import load_robot


@pytest.fixture(params=WORK_AREAS)
def robot(request):
    return load_robot(request.param)


def test_at_home_nothing_touches(robot):
    home = np.array(robot.home)
    tcp = MujocoReference(robot).tcp(home)
    entering, leaving = scenes_of(tcp, 0.03)
    for scene in (replace(entering, target=None), replace(leaving, held=None)):
        assert not MujocoReference(robot, scene).contacts(home)


def test_a_raised_table_touches_the_fingers_or_what_they_hold(robot):
    home = np.array(robot.home)
    tcp = MujocoReference(robot).tcp(home)
    height = float(tcp.translation[2])
    for scene in scenes_of(tcp, 0.03):
        touching = MujocoReference(robot, replace(scene, table_height=height - 1e-3)).contacts(home)
        fingers = {frozenset((link, "table")) for link in robot.finger_links}
        assert fingers <= touching
        assert (frozenset((robot.tcp_frame, "table")) in touching) == (scene.held is not None)


def test_a_wide_target_touches_both_fingers(robot):
    home = np.array(robot.home)
    tcp = MujocoReference(robot).tcp(home)
    entering, _ = scenes_of(tcp, 0.03)
    wide = replace(entering, opening=0.02, target=replace(entering.target, T_base_box=tcp))
    assert {frozenset((link, "target")) for link in robot.finger_links} <= MujocoReference(
        robot, wide
    ).contacts(home)


def test_kinematics_of_the_ur5e_are_those_of_the_makers_table():
    # Denavit-Hartenberg parameters that Universal Robots publishes for the UR5e: a, d [m], alpha [rad].
    table = [
        (0.0, 0.1625, np.pi / 2),
        (-0.425, 0.0, 0.0),
        (-0.3922, 0.0, 0.0),
        (0.0, 0.1333, np.pi / 2),
        (0.0, 0.0997, -np.pi / 2),
        (0.0, 0.0996, 0.0),
    ]
    robot = load_robot("ur5e_2f85")
    # The ROS driver's base_link is turned half round against the maker's base.
    tcp = Transform(np.eye(3), np.array([0.0, 0.0, 0.140]))
    for q in np.random.default_rng(0).uniform(-3.0, 3.0, (10, 6)):
        expected = Transform.from_rpy((0.0, 0.0, np.pi))
        for angle, (a, d, alpha) in zip(q, table, strict=True):
            about_z = Transform(Transform.from_rpy((0.0, 0.0, angle)).rotation, np.array([0.0, 0.0, d]))
            expected = expected @ about_z @ Transform.from_rpy((alpha, 0.0, 0.0), (a, 0.0, 0.0))
        distance, turned = MujocoReference(robot).tcp(q).distance_to(expected @ tcp)
        assert distance < 1e-6
        assert turned < 1e-6
