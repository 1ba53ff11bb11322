# SPDX-License-Identifier: Apache-2.0
"""A robot description is understood, or refused in one sentence that says where."""

from __future__ import annotations

import contextlib
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pinch_core.config import dump_yaml
from pinch_core.errors import DamagedFileError, PinchError, UnknownNameError
from pinch_core.resources import load_robot
from pinch_core.robot_description.description import load_description
from pinch_core.robot_description.errors import RobotDescriptionError
from pinch_core.robot_description.joint import JointKind, Mimic
from pinch_core.testing_arm import ARM_SRDF, ARM_URDF, edited, with_continuous, write_arm

J2_LIMIT = '<limit lower="-2.2" upper="2.2" effort="50" velocity="2.0"/>'
J1_LIMIT = '<limit lower="-2.9" upper="2.9" effort="50" velocity="2.0"/>'
EXTRA = '  <link name="tcp"/>\n'


def refused(robot) -> str:
    """The sentence with which the description is refused."""
    with pytest.raises(RobotDescriptionError) as caught:
        load_description(robot)
    sentence = str(caught.value)
    assert sentence.endswith(".") and "\n" not in sentence
    return sentence


def test_a_whole_description_is_read(tmp_path):
    description = load_description(write_arm(tmp_path))
    assert description.tree.root == "base"
    assert description.semantics.groups["arm"] >= set(description.robot.arm_joints)
    ranges = description.ranges(description.robot.arm_joints)
    np.testing.assert_allclose(ranges.lower, [-2.9, -2.2, -2.6, -2.9, -2.2, -2.9])
    np.testing.assert_allclose(ranges.velocity, 2.0)
    assert frozenset(("base", "l1")) in description.semantics.disabled_pairs


@pytest.mark.parametrize(
    ("changes", "line", "said"),
    [
        ({J1_LIMIT: ""}, 4, "joint 'j1' is revolute and has no <limit>"),
        ({' velocity="2.0"': ""}, 4, "the limit of joint 'j1' gives no velocity"),
        ({' effort="50"': ""}, 4, "the limit of joint 'j1' gives no effort"),
        ({'velocity="2.0"': 'velocity="0"'}, 4, "the limit of joint 'j1' has velocity = 0"),
        ({'velocity="2.0"': 'velocity="-2"'}, 4, "velocity = -2, which is negative"),
        ({'velocity="2.0"': 'velocity="2,0"'}, 4, "velocity = '2,0', which is no finite number"),
        ({'lower="-2.2" upper="2.2"': 'lower="2.2" upper="-2.2"'}, 6, "joint 'j2' can move from 2.2 to -2.2"),
        ({'lower="-2.2" upper="2.2"': ""}, 6, "from 0 to 0 (lower and upper not given)"),
        ({'"revolute"': '"floating"'}, 4, "joint 'j1' is of type 'floating'"),
        ({'"revolute"': '"hinge"'}, 4, "joint 'j1' is of type 'hinge'"),
        ({'lower="-2.2" upper="2.2"': 'lower="-126" upper="126"'}, 6, "in radians, not in degrees"),
        ({'<origin xyz="0 0 0.15"/>': '<origin xyz="0 0 150"/>'}, 4, "is 150 m from its parent link"),
        ({EXTRA: EXTRA + '  <jointt name="j7"/>\n'}, 22, '<jointt name="j7"> is no element of a URDF'),
        ({' type="revolute"': ""}, 4, "joint 'j1' has no type"),
        ({'<axis xyz="0 0 1"/>': '<axis xyz="0 0 0"/>'}, 4, "the axis of joint 'j1' is zero"),
        ({'<origin xyz="0 0 0.15"/>': '<origin xyz="0 0.15"/>'}, 4, "the origin of joint 'j1'"),
        ({'<child link="l1"/>': ""}, 4, "joint 'j1' has no <child"),
        ({'<parent link="l1"/>': '<parent link="l11"/>'}, 6, "'l11', which does not exist (the nearest name"),
        ({'<child link="l2"/>': '<child link="l1"/>'}, 6, "'l1' is the child of two joints, 'j1' and 'j2'"),
        ({'<joint name="j2"': '<joint name="j1"'}, 6, "joint 'j1' is defined again, after line 4"),
        ({'<link name="l2"': '<link name="l1"'}, 7, "link 'l1' is defined again, after line 5"),
        ({'<child link="l1"/>': '<child link="tcp"/>'}, 20, "link 'tcp' is the child of two joints"),
        ({EXTRA: EXTRA + '  <link name="alone"/>\n'}, 22, "'base' and 'alone' have no parent"),
        ({'<mass value="1"/>': '<mass value="x"/>'}, 3, "the mass of link 'base' has value = 'x'"),
        ({'<mass value="1"/>': '<mass value="-1"/>'}, 3, "the mass of link 'base' is negative"),
        ({' iyz="0"': ""}, 3, "the inertia of link 'base' gives no iyz"),
        ({'radius="0.07"': 'radius="-1"'}, 3, "a cylinder, has radius = -1"),
        ({'<cylinder radius="0.07" length="0.1"/>': "<cone/>"}, 3, "link 'base' is a <cone>"),
        ({'<robot name="test_arm">': "<robot>"}, 2, "the <robot> has no name"),
        (
            {J2_LIMIT: J2_LIMIT + '<mimic joint="j9"/>'},
            6,
            "joint 'j2' mimics 'j9', which does not exist (the nearest name is",
        ),
        ({J2_LIMIT: J2_LIMIT + '<mimic joint="tcp_joint"/>'}, 6, "'tcp_joint' is fixed"),
        ({J2_LIMIT: J2_LIMIT + '<mimic joint="j2"/>'}, 6, "j2 -> j2 mimic each other in a circle"),
        ({J2_LIMIT: J2_LIMIT + '<mimic joint="j1"/>'}, 6, "'j2' of arm_joints mimics 'j1'"),
        ({'type="fixed"><parent link="l6"/><child link="tcp"/>': 'type="fixed"><child link="tcp"/>'}, 20,
         "joint 'tcp_joint' has no <parent"),
    ],
)  # fmt: skip
def test_a_fault_in_the_urdf_is_named_with_its_line(tmp_path, changes, line, said):
    robot = write_arm(tmp_path, edited(ARM_URDF, changes))
    sentence = refused(robot)
    assert said in sentence
    assert f"arm.urdf, line {line}: " in sentence


def test_a_loop_of_links_is_named(tmp_path):
    extra = (
        EXTRA + '<link name="a"/><link name="b"/>'
        '<joint name="ab" type="fixed"><parent link="a"/><child link="b"/></joint>'
        '<joint name="ba" type="fixed"><parent link="b"/><child link="a"/></joint>\n'
    )
    assert "a -> b -> a form a loop" in refused(write_arm(tmp_path, edited(ARM_URDF, {EXTRA: extra})))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("hello\n", "is not XML (line 1"),
        ("<sdf version='1.9'/>", "an SDF model of Gazebo"),
        ("<mujoco/>", "a MuJoCo model"),
        ("<html><body/></html>", "a web page"),
        ("<robot name='r'/>", "has no link"),
        ("<robot name='r'>\n<link name='a'>\n</robot>", "line 3: the XML is not well-formed (mismatched tag"),
    ],
)
def test_what_is_no_urdf_is_named_for_what_it_is(tmp_path, text, said):
    assert said in refused(write_arm(tmp_path, text))


@given(st.integers(0, len(ARM_URDF.rstrip()) - 1))
@example(28)  # within the tag of the root
def test_a_urdf_cut_off_anywhere_is_damaged_and_the_line_is_said(tmp_path_factory, length):
    cut = ARM_URDF[:length]
    robot = write_arm(tmp_path_factory.mktemp("cut"), cut)
    with pytest.raises((DamagedFileError, RobotDescriptionError)) as caught:
        load_description(robot)
    if "<robot" in cut:
        assert isinstance(caught.value, DamagedFileError)
        assert f"cut off at line {cut.count(chr(10)) + 1}" in str(caught.value) or "line" in str(caught.value)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"tcp_frame": "tpc"}, "has tcp_frame 'tpc'"),
        ({"base_frame": "Base"}, "has base_frame 'Base'"),
        ({"finger_links": ("fl", "fx")}, "has finger_links 'fx'"),
        ({"arm_joints": ("j1", "j2", "j3", "j4", "j5", "j66")}, "'j66'"),
        ({"finger_joints": ("finger_lef",)}, "the nearest name is 'finger_left'"),
        ({"finger_joints": ("tcp_joint",)}, "joint 'tcp_joint' is fixed"),
        ({"finger_joints": ("j6",)}, "both arm_joints and finger_joints"),
        ({"arm_joints": ("j1", "j2", "j3", "j4", "j5", "finger_left")}, "does not lie between base_frame"),
        ({"arm_joints": ("j1", "j2", "j3", "j4", "j5", "j5")}, "lists joint 'j5' twice"),
        ({"home": (0.0, -0.3, 3.6, 0.0, 1.8, 0.0)}, "joint 'j3' at 3.6 rad, outside its limits [-2.6, 2.6]"),
        (
            {"arm_joints": ("j1", "j2", "j3"), "home": (0.0, 0.0, 0.0), "max_acceleration": (5.0,) * 3},
            "joint 'j4' moves the TCP",
        ),
    ],
)
def test_a_name_of_the_yaml_that_the_urdf_lacks_is_named(tmp_path, settings, said):
    assert said in refused(write_arm(tmp_path, **settings))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({'link1="base"': 'link1="bas"'}, "line 5: <disable_collisions> names the link 'bas'"),
        ({'<joint name="finger_left"/>': '<joint name="finger"/>'}, "names the joint 'finger'"),
        ({' link2="l1"': ""}, "line 5: <disable_collisions> gives no link2"),
        ({'tip_link="tcp"': 'tip_link="tool"'}, "<chain> names the link 'tool'"),
        ({'group="gripper"': 'group="griper"'}, "the group 'griper', which this SRDF does not have"),
        ({"<robot": "<semantics", "</robot>": "</semantics>"}, "its root is <semantics>"),
    ],
)
def test_a_name_of_the_srdf_that_the_urdf_lacks_is_named(tmp_path, changes, said):
    assert said in refused(write_arm(tmp_path, srdf=edited(ARM_SRDF, changes)))


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ('<robot name="other_arm">', "it is of robot 'other_arm'"),
        ('<robot name="test_arm_with_camera">', "it is of robot 'test_arm_with_camera'"),
        ("<robot>", "its <robot> has no name"),
    ],
)
def test_an_srdf_of_another_robot_is_refused_though_all_its_links_exist(tmp_path, written, said):
    sentence = refused(write_arm(tmp_path, srdf=edited(ARM_SRDF, {'<robot name="test_arm">': written})))
    assert said in sentence
    assert f"{tmp_path}/arm.srdf, line 1: " in sentence
    assert f"the URDF {tmp_path}/arm.urdf is of robot 'test_arm'" in sentence


FINGER_RANGE = 'lower="0" upper="0.04"'


@pytest.mark.parametrize("ends", ['lower="0" upper="40"', 'lower="-40" upper="0"', 'lower="0" upper="5"'])
def test_a_finger_whose_limit_is_in_millimetres_is_refused(tmp_path, ends):
    sentence = refused(write_arm(tmp_path, edited(ARM_URDF, {FINGER_RANGE: ends})))
    assert "arm.urdf, line 16: joint 'finger_left' can slide from " in sentence
    assert "in metres, not in millimetres" in sentence


def test_a_finger_that_is_not_listed_is_held_to_the_length_of_fingers_too(tmp_path):
    lines = ARM_URDF.splitlines(keepends=True)
    lines[17] = lines[17].replace(FINGER_RANGE, 'lower="0" upper="12"')
    lines[17] = lines[17].replace("</joint>", '<mimic joint="finger_left"/></joint>')
    robot = write_arm(tmp_path, "".join(lines), finger_joints=("finger_left",))
    assert "line 18: joint 'finger_right' can slide from 0 to 12 m" in refused(robot)


@pytest.mark.parametrize(("upper", "is_refused"), [(7.0, False), (350.0, True), (12000.0, True)])
def test_an_axis_of_an_arm_slides_as_far_as_a_rail_and_not_its_millimetres(tmp_path, upper, is_refused):
    sliding = {
        '<joint name="j2" type="revolute">': '<joint name="j2" type="prismatic">',
        'lower="-2.2" upper="2.2"': f'lower="-1" upper="{upper}"',
    }
    robot = write_arm(tmp_path, edited(ARM_URDF, sliding))
    if is_refused:
        assert f"line 6: joint 'j2' can slide from -1 to {upper:g} m" in refused(robot)
    else:
        assert load_description(robot).joint("j2").upper == upper


def test_all_names_that_the_urdf_lacks_are_told_at_once(tmp_path):
    sentence = refused(write_arm(tmp_path, tcp_frame="tpc", finger_links=("fl", "fx"), finger_joints=("f",)))
    assert all(said in sentence for said in ("tcp_frame 'tpc'", "finger_links 'fx'", "finger_joints 'f'"))
    touching = edited(ARM_SRDF, {'link1="base" link2="l1"': 'link1="bas" link2="l11"'})
    sentence = refused(write_arm(tmp_path, srdf=touching))
    assert "names the link 'bas'" in sentence and "names the link 'l11'" in sentence


def test_a_urdf_in_place_of_the_srdf_is_named(tmp_path):
    assert "it is a URDF; name the SRDF" in refused(write_arm(tmp_path, srdf=ARM_URDF))


def test_a_continuous_joint_has_no_limits_of_position(tmp_path):
    description = load_description(write_arm(tmp_path, with_continuous("j1", "j4")))
    assert description.joint("j4").kind is JointKind.CONTINUOUS
    ranges = description.ranges(("j1", "j2"))
    assert ranges.upper[0] == np.inf and ranges.upper[1] == 2.2


def test_a_continuous_arm_joint_without_velocity_is_refused(tmp_path):
    urdf = edited(with_continuous("j1"), {'<limit effort="50" velocity="2.0"/>': ""})
    assert "joint 'j1' gives no velocity" in refused(write_arm(tmp_path, urdf))


def test_a_mimic_of_a_mimic_follows_the_first_joint(tmp_path):
    follower = (
        '<link name="{0}"/><joint name="{0}_joint" type="prismatic"><parent link="l6"/><child link="{0}"/>'
        '<limit lower="-1" upper="1" effort="1" velocity="1"/><mimic joint="{1}" multiplier="{2}" '
        'offset="{3}"/></joint>\n'
    )
    extra = follower.format("a", "b_joint", 2.0, 0.1) + follower.format("b", "finger_left", -3.0, 0.5)
    description = load_description(write_arm(tmp_path, edited(ARM_URDF, {EXTRA: EXTRA + extra})))
    assert description.mimics() == {
        "a_joint": Mimic("finger_left", -6.0, 1.1),
        "b_joint": Mimic("finger_left", -3.0, 0.5),
    }


def test_a_finger_that_runs_against_the_one_it_mimics_is_refused(tmp_path):
    mimic = '<mimic joint="finger_left" multiplier="-1"/>'
    end = '</joint>\n  <link name="fr">'
    urdf = edited(ARM_URDF, {end: mimic + end})
    assert "mimics 'finger_left' with multiplier -1" in refused(write_arm(tmp_path, urdf))
    load_description(write_arm(tmp_path, urdf, finger_joints=("finger_left",)))


def test_a_description_is_found_beside_its_yaml(tmp_path):
    robot = write_arm(tmp_path, description="arm.urdf", semantics="arm.srdf")
    (tmp_path / "my_arm.yaml").write_text(dump_yaml(robot), encoding="utf-8")
    description = load_description(load_robot(str(tmp_path / "my_arm.yaml")))
    assert description.path == tmp_path / "arm.urdf"


def test_a_description_that_is_nowhere_is_named(tmp_path, monkeypatch):
    share = tmp_path / "prefix" / "share"
    (share / "lab").mkdir(parents=True)
    (share / "lab" / "arm.urdf").touch()
    monkeypatch.setenv("AMENT_PREFIX_PATH", str(tmp_path / "prefix"))
    with pytest.raises(UnknownNameError, match=r"has no file amr.urdf \(it has arm.urdf\)"):
        load_description(write_arm(tmp_path, description="lab/amr.urdf"))
    with pytest.raises(UnknownNameError, match="none of the share directories"):
        load_description(write_arm(tmp_path, description="labb/arm.urdf"))
    for name in ("x" * 300, "x" * 300 + "/arm.urdf", "lab/" + "x" * 300, "a\0b", "/"):
        with pytest.raises(UnknownNameError):
            load_description(write_arm(tmp_path, description=name))


def _attributes(root: ElementTree.Element) -> list[tuple[ElementTree.Element, str]]:
    return [(element, key) for element in root.iter() for key in element.attrib]


WRONG = ["", "nan", "-1", "inf", "l1", "j1", "fixed", "0 0 0", "1e400"]
COUNT = len(_attributes(ElementTree.fromstring(ARM_URDF)))


@given(
    st.integers(0, COUNT - 1),
    st.sampled_from(["", "nan", "-1", "inf", "l1", "j1", "fixed", "0 0 0", "1e400"]),
)
def test_a_wrong_value_is_read_or_refused_but_never_a_traceback(tmp_path_factory, which, value):
    root = ElementTree.fromstring(ARM_URDF)
    element, key = _attributes(root)[which]
    element.set(key, value)
    robot = write_arm(tmp_path_factory.mktemp("odd"), ElementTree.tostring(root, encoding="unicode"))
    with contextlib.suppress(PinchError):
        load_description(robot)


def test_the_text_that_is_handed_out_has_absolute_mesh_paths(tmp_path: Path) -> None:
    mesh = tmp_path / "my link.stl"
    mesh.write_text("solid s\n" + "vertex 0 0 0\nvertex 0.1 0 0\nvertex 0 0.1 0\n" + "endsolid s\n")
    urdf = edited(ARM_URDF, {'<cylinder radius="0.07" length="0.1"/>': '<mesh filename="my link.stl"/>'})
    description = load_description(write_arm(tmp_path, urdf))
    assert str(mesh) in description.text()
    assert mesh.as_uri() in description.text(Path.as_uri)
    assert mesh.as_uri() in description.published_text()
    (tmp_path / "lab").mkdir()
    (tmp_path / "lab" / "link.stl").write_bytes(mesh.read_bytes())
    description = load_description(write_arm(tmp_path, urdf.replace("my link.stl", "package://lab/link.stl")))
    assert "package://lab/link.stl" in description.published_text()
    assert "package://" not in description.text()


def test_base_and_tcp_in_each_others_place_are_told_of(tmp_path):
    robot = write_arm(tmp_path, base_frame="tcp", tcp_frame="base")
    assert "swap them in the robot's YAML" in refused(robot)
