# SPDX-License-Identifier: Apache-2.0
"""The meshes of a URDF are found wherever a URDF may say they are, and are of a link's size."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from pinch_core.robot_description.description import load_description
from pinch_core.robot_description.errors import RobotDescriptionError
from pinch_core.testing_arm import ARM_URDF, edited, write_arm

CYLINDER = '<cylinder radius="0.07" length="0.1"/>'
CORNERS = ((0.0, 0.0, 0.0), (0.1, 0.0, 0.0), (0.0, 0.1, 0.0), (0.0, 0.0, 0.1))
FACES = ((0, 2, 1), (0, 1, 3), (0, 3, 2), (1, 2, 3))


def binary_stl(scale: float = 1.0) -> bytes:
    triangles = b"".join(
        struct.pack("<12fH", 0, 0, 0, *(scale * x for corner in face for x in CORNERS[corner]), 0)
        for face in FACES
    )
    return b"solid but binary".ljust(80, b" ") + struct.pack("<I", len(FACES)) + triangles


def ascii_stl() -> bytes:
    loops = "".join(
        "facet normal 0 0 0\nouter loop\n"
        + "".join("vertex {} {} {}\n".format(*CORNERS[corner]) for corner in face)
        + "endloop\nendfacet\n"
        for face in FACES
    )
    return f"solid s\n{loops}endsolid s\n".encode()


def obj() -> bytes:
    return (
        "".join("v {} {} {}\n".format(*corner) for corner in CORNERS)
        + "".join("f {} {} {}\n".format(*(i + 1 for i in face)) for face in FACES)
    ).encode()


def arm_with(folder: Path, filename: str, attributes: str = ""):
    mesh = f'<mesh filename="{filename}"{attributes}/>'
    return write_arm(folder, edited(ARM_URDF, {CYLINDER: mesh}))


def mesh_path(robot) -> Path:
    """Where the mesh was found."""
    found = load_description(robot).xml().find(".//mesh")
    assert found is not None
    return Path(found.get("filename", ""))


def refused(robot) -> str:
    with pytest.raises(RobotDescriptionError) as caught:
        load_description(robot)
    return str(caught.value)


@pytest.fixture
def urdf_folder(tmp_path: Path) -> Path:
    """lab/lab_description/urdf in a checkout, with a mesh in each place where one may lie."""
    folder = tmp_path / "lab" / "lab_description" / "urdf"
    for place in (folder / "meshes", folder.parent / "meshes", tmp_path / "lab" / "other" / "meshes"):
        place.mkdir(parents=True)
        (place / "base.stl").write_bytes(binary_stl())
    return folder


@pytest.mark.parametrize(
    ("filename", "where"),
    [
        ("meshes/base.stl", "lab/lab_description/urdf/meshes"),
        ("../meshes/base.stl", "lab/lab_description/urdf/../meshes"),
        ("file://{tmp}/lab/other/meshes/base.stl", "lab/other/meshes"),
        ("{tmp}/lab/other/meshes/base.stl", "lab/other/meshes"),
        ("package://lab_description/meshes/base.stl", "lab/lab_description/meshes"),
        ("model://other/meshes/base.stl", "lab/other/meshes"),
        ("package://other/meshes/base.stl", "lab/other/meshes"),
    ],
)
def test_a_mesh_is_found_from_where_the_urdf_lies(tmp_path, urdf_folder, filename, where):
    robot = arm_with(urdf_folder, filename.format(tmp=tmp_path))
    assert mesh_path(robot) == tmp_path / where / "base.stl"


def test_a_package_is_looked_up_in_all_share_directories(tmp_path, urdf_folder, monkeypatch):
    prefixes = [tmp_path / name for name in ("first", "second", "third")]
    for prefix in prefixes:
        (prefix / "share" / "far").mkdir(parents=True)
    mesh = prefixes[2] / "share" / "far" / "base.stl"
    mesh.write_bytes(binary_stl())
    monkeypatch.setenv("AMENT_PREFIX_PATH", ":".join(map(str, prefixes)))
    assert mesh_path(arm_with(urdf_folder, "package://far/base.stl")) == mesh


@pytest.mark.parametrize(
    ("filename", "said"),
    [
        ("meshes/base.STL", "has no such file (the nearest name is 'base.stl')"),
        ("meshes/missing.dae", "has no such file"),
        ("nowhere/base.stl", "does not exist; correct the path"),
        ("file:///nowhere/base.stl", "/nowhere/base.stl does not exist"),
        ("package://othr/meshes/base.stl", "the package 'othr' is neither in the"),
        ("package://other/mesh/base.stl", "has no mesh/base.stl"),
        ("https://example.org/base.stl", "pinch reads no https:// addresses"),
        ("$(find lab)/base.stl", "which xacro was to expand and did not"),
        ("", "which names no file"),
        ("package://other/" + 300 * "x", "correct the path"),
        (300 * "x" + "/base.stl", "does not exist"),
    ],
)
def test_a_mesh_that_is_nowhere_is_named_with_its_link_and_line(urdf_folder, filename, said):
    sentence = refused(arm_with(urdf_folder, filename))
    assert said in sentence
    assert "arm.urdf, line 3: link 'base' has the collision mesh" in sentence


def test_a_missing_mesh_of_a_picture_does_not_matter(tmp_path):
    visual = '<visual><geometry><mesh filename="gone.dae"/></geometry></visual>'
    load_description(write_arm(tmp_path, edited(ARM_URDF, {"<collision>": visual + "<collision>"})))


@pytest.mark.parametrize(
    ("name", "content"), [("a.stl", binary_stl()), ("b.stl", ascii_stl()), ("c.OBJ", obj())]
)
def test_a_mesh_drawn_in_millimetres_is_recognised_by_its_size(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    load_description(arm_with(tmp_path, name))
    load_description(arm_with(tmp_path, name, ' scale="0.1 -0.1 0.1"'))
    assert "is 100 m large" in refused(arm_with(tmp_path, name, ' scale="1000 1000 1000"'))
    assert "0.0001 m large" in refused(arm_with(tmp_path, name, ' scale="0.001 0.001 0.001"'))


def test_a_mesh_in_millimetres_needs_its_scale(tmp_path):
    (tmp_path / "mm.stl").write_bytes(binary_stl(1000.0))
    load_description(arm_with(tmp_path, "mm.stl", ' scale="0.001 0.001 0.001"'))
    assert 'no scale; if it was drawn in millimetres, add scale="0.001' in refused(
        arm_with(tmp_path, "mm.stl")
    )


@pytest.mark.parametrize("scale", ["0.001", "0 0 0", "1 1 x", ""])
def test_a_scale_that_is_not_three_numbers_is_named(tmp_path, scale):
    (tmp_path / "a.stl").write_bytes(binary_stl())
    assert "which is not three numbers" in refused(arm_with(tmp_path, "a.stl", f' scale="{scale}"'))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.stl", binary_stl()[:-20]),
        ("a.stl", ascii_stl()[:-20]),
        ("a.stl", b""),
        ("a.stl", b"version https://git-lfs.github.com/spec/v1\n".ljust(200, b"x")),
        ("a.obj", b"# nothing\n"),
        ("a.obj", b"v 1 2\nv 0 0 0\nv 0 1 0\n"),
    ],
)
def test_a_damaged_mesh_is_named(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    assert "cannot be read" in refused(arm_with(tmp_path, name))
