# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import trimesh

from pinch_core.check import Beside, Checked, SeenFile
from pinch_core.errors import PinchError
from pinch_datagen.check_mesh import CHECK
from pinch_datagen.objects.mesh_kinds import FOREIGN_MESHES


def written(path: Path, extents: tuple[float, float, float] = (0.02, 0.03, 0.06)) -> Path:
    trimesh.creation.box(extents).export(path)
    return path


def checked(path: Path) -> Checked:
    assert CHECK.recognises(SeenFile(path))
    return CHECK.check(path, Beside())


@pytest.mark.parametrize("ending", ["obj", "stl", "ply", "off", "glb"])
def test_a_mesh_shows_its_triangles_extents_and_volume(ending: str, tmp_path: Path) -> None:
    found = checked(written(tmp_path / f"box.{ending}"))
    assert found.warnings == ()
    assert found.figures["triangles"] == 12
    assert sorted(found.figures["extents"]) == pytest.approx([0.02, 0.03, 0.06], abs=1e-6)
    assert found.figures["volume"] == pytest.approx(3.6e-5, rel=1e-4)


def test_a_mesh_in_millimetres_is_a_warning_with_the_setting(tmp_path: Path) -> None:
    found = checked(written(tmp_path / "box.stl", (20.0, 30.0, 60.0)))
    assert "preparation.unit" in found.warnings[0]
    assert "millimetres" in found.warnings[0]


def test_a_surface_with_a_large_hole_is_a_warning(tmp_path: Path) -> None:
    box = trimesh.creation.box((0.02, 0.03, 0.06))
    trimesh.Trimesh(box.vertices, box.faces[2:], process=False).export(tmp_path / "open.ply")
    assert "no closed surface" in checked(tmp_path / "open.ply").warnings[0]


@pytest.mark.parametrize("ending", FOREIGN_MESHES)
def test_a_mesh_that_is_not_read_is_named_with_what_converts_it(ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"part{ending.upper()}"
    path.write_text("ISO-10303-21;")
    with pytest.raises(PinchError) as refused:
        checked(path)
    assert str(refused.value) == (
        f"{path} is no mesh that pinch reads (.obj, .stl, .ply, .glb, .off): {FOREIGN_MESHES[ending]}."
    )


@pytest.mark.parametrize(
    ("ending", "head"), [(".3mf", b"PK\x03\x04"), (".usdz", b"PK\x03\x04"), (".dae", b"<?xml ")]
)
def test_the_container_of_a_mesh_is_not_taken_for_what_it_is_named_for(
    ending: str, head: bytes, tmp_path: Path
) -> None:
    path = tmp_path / f"part{ending}"
    path.write_bytes(head + bytes(600))
    with pytest.raises(PinchError, match="is no mesh that pinch reads"):
        checked(path)


@pytest.mark.parametrize(("ending", "tool"), [
    (".fbx", "Blender"), (".usdz", "Blender"), (".sldprt", "FreeCAD"), (".max", "program that wrote it"),
    (".3mf", "slicer"), (".x3d", "Blender"),
])  # fmt: skip
def test_what_converts_a_mesh_is_told(ending: str, tool: str) -> None:
    assert tool in FOREIGN_MESHES[ending]


def test_the_picture_shows_the_object_of_any_unit(tmp_path: Path) -> None:
    pictures = []
    for scale in (1.0, 1000.0):
        draw = checked(written(tmp_path / f"{scale}.stl", (0.02 * scale, 0.03 * scale, 0.06 * scale))).draw
        assert draw is not None
        pictures.append(cv2.imdecode(np.frombuffer(draw(), np.uint8), cv2.IMREAD_GRAYSCALE))
    shaded = [float(np.mean((picture > 100) & (picture < 230))) for picture in pictures]
    assert shaded[0] > 0.05
    assert shaded[0] == pytest.approx(shaded[1], abs=0.02)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        (
            "box.obj",
            b"version https://git-lfs.github.com/spec/v1\nsize 123\n",
            "git lfs pull",
        ),
        ("box.stl", b"<!DOCTYPE html><html>404</html>", "an HTML page"),
        ("box.ply", b"\x1f\x8b\x08\x00", "gunzip"),
        ("box.step", b"ISO-10303-21;\nHEADER;\n", "FreeCAD"),
        ("box.glb", b"glTF\2\0\0\0", "ends after 8 bytes"),
    ],
)
def test_what_is_no_mesh_is_named_for_what_it_is(
    name: str, content: bytes, says: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(PinchError, match=says):
        checked(tmp_path / name)
