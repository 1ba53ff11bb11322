# SPDX-License-Identifier: Apache-2.0
"""Mesh files are found, named and read, or refused in one sentence; none of them can stop a run."""

from __future__ import annotations

import json
import os
import struct
from pathlib import Path

import numpy as np
import pytest
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st

from pinch_datagen.errors import BadMeshError, NoObjectsError
from pinch_datagen.objects.mesh_file import load_raw_mesh
from pinch_datagen.objects.mesh_folder import EXTENSIONS, find_meshes, object_name

WEDGE = trimesh.Trimesh(
    [[0, 0, 0], [4, 0, 0], [0, 2, 0], [0, 0, 1]], [[0, 2, 1], [0, 1, 3], [1, 2, 3], [2, 0, 3]], process=False
)


def content_of(mesh: trimesh.Trimesh | trimesh.Scene, extension: str) -> bytes:
    exported = mesh.export(file_type=extension)
    return exported if isinstance(exported, bytes) else str(exported).encode()


def written(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def refusal(path: Path) -> str:
    """The one sentence with which a file is refused."""
    with pytest.raises(BadMeshError) as caught:
        load_raw_mesh(path, "bad")
    sentence = str(caught.value)
    assert sentence.startswith(str(path)) and sentence.endswith(".") and "\n" not in sentence
    return sentence


def test_meshes_of_every_format_are_found_once_in_the_order_of_folders_and_paths(tmp_path: Path) -> None:
    second, first = tmp_path / "a", tmp_path / "b"
    files = ("x/1.STL", "2.glb", "3.Off", "readme.txt", "folder.obj/4.ply")
    for path in (*(first / name for name in files), second / "0.obj"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    (first / "gone.obj").symlink_to(first / "nowhere.obj")
    found = find_meshes([first, second, tmp_path, first])
    assert [str(path.relative_to(tmp_path)) for path in found] == [
        "b/2.glb", "b/3.Off", "b/folder.obj/4.ply", "b/x/1.STL", "a/0.obj",
    ]  # fmt: skip


def test_where_no_mesh_is_the_folders_and_the_formats_are_named(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    with pytest.raises(NoObjectsError) as caught:
        find_meshes([tmp_path / "one", tmp_path / "two"])
    assert all(text in str(caught.value) for text in (*EXTENSIONS, "/one", "/two"))
    with pytest.raises(NoObjectsError, match="/three is no folder"):
        find_meshes([tmp_path, tmp_path / "three"])
    (tmp_path / "two" / "cup.ply").touch()
    assert len(find_meshes([tmp_path / "one", tmp_path / "two"])) == 1


@given(
    st.lists(
        st.text(st.characters(exclude_characters="/\0"), min_size=1, max_size=90), min_size=1, max_size=5
    )
)
def test_names_are_safe_as_folder_names_and_do_not_depend_on_where_the_folder_is(parts: list[str]) -> None:
    path = "/".join(parts) + ".obj"
    name = object_name(Path("/here") / path, [Path("/here")])
    assert name == object_name(Path("/there/again") / path, [Path("/there/again")])
    assert 0 < len(name) <= 200 and name[0] not in ".-"
    assert set(name) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")


def test_files_that_differ_in_folder_or_format_differ_in_name() -> None:
    folders = [Path("/a"), Path("/b")]
    paths = ["/a/cup.obj", "/a/cup.stl", "/a/red/cup.obj", "/b/cup.obj", "/a/" + "x" * 250 + ".obj"]
    paths.append(paths[-1].replace(".obj", "y.obj"))
    assert len({object_name(Path(path), folders) for path in paths}) == len(paths)


@pytest.mark.parametrize("extension", [extension[1:] for extension in EXTENSIONS])
def test_every_format_gives_the_same_triangles(tmp_path: Path, extension: str) -> None:
    path = written(tmp_path, f"wedge.{extension.upper()}", content_of(WEDGE, extension))
    raw = load_raw_mesh(path, "wedge")
    assert (raw.name, raw.source) == ("wedge", str(path))
    corners = raw.vertices[raw.faces]
    assert sorted(corners.mean(axis=1).round(6).tolist()) == sorted(WEDGE.triangles_center.round(6).tolist())
    assert trimesh.triangles.mass_properties(corners).volume == pytest.approx(4 / 3)


def test_the_parts_of_a_nested_scene_lie_where_the_scene_has_them(tmp_path: Path) -> None:
    scene = trimesh.Scene(base_frame="world")
    lift, turn = np.eye(4), trimesh.transformations.rotation_matrix(np.pi / 2, [0, 0, 1])
    lift[2, 3] = 10.0
    scene.graph.update(frame_from="world", frame_to="shelf", matrix=lift)
    scene.add_geometry(WEDGE, node_name="first", parent_node_name="shelf")
    scene.add_geometry(WEDGE, node_name="second", parent_node_name="shelf", transform=turn)
    raw = load_raw_mesh(written(tmp_path, "shelf.glb", content_of(scene, "glb")), "shelf")
    assert len(raw.faces) == 8
    np.testing.assert_allclose(raw.vertices.min(axis=0), [-2, 0, 10], atol=1e-6)
    np.testing.assert_allclose(raw.vertices.max(axis=0), [4, 4, 11], atol=1e-6)


def test_vertices_of_no_triangle_are_left_out(tmp_path: Path) -> None:
    text = b"v nan nan nan\nv 0 0 0\nv 1 0 0\nv 0 1 0\nv 900 900 900\nf 2 3 4\n"
    raw = load_raw_mesh(written(tmp_path, "scan.obj", text), "scan")
    assert raw.vertices.shape == (3, 3) and raw.vertices.max() == 1.0


def test_what_a_file_refers_to_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")  # whoever opens it waits for ever
    text = b"mtllib pipe\nusemtl m\n" + content_of(WEDGE, "obj")
    assert len(load_raw_mesh(written(tmp_path, "wedge.obj", text), "wedge").faces) == 4
    header = {
        "asset": {"version": "2.0"},
        "buffers": [{"uri": "pipe", "byteLength": 12}],
        "meshes": [],
        "nodes": [],
    }
    body = json.dumps(header).encode()
    body += b" " * (-len(body) % 4)
    glb = struct.pack("<4sIII4s", b"glTF", 2, 20 + len(body), len(body), b"JSON") + body
    refusal(written(tmp_path, "linked.glb", glb))


STL = content_of(WEDGE, "stl")
BAD_FILES = {
    "empty.obj": b"",
    "empty.stl": b"",
    "letter.obj": b"Dear Sir,\nfind enclosed no mesh.\n",
    "photo.glb": b"\xff\xd8\xff\xe0" + bytes(range(256)) * 8,
    "truncated.stl": STL[: len(STL) // 2],
    "truncated.ply": content_of(WEDGE, "ply")[:-30],
    "truncated.glb": content_of(WEDGE, "glb")[:-60],
    "overpromising.stl": STL[:80] + struct.pack("<I", 2**32 - 1) + STL[84:],
    "nan.obj": content_of(WEDGE, "obj").replace(b"4.00000000", b"nan"),
    "infinite.off": content_of(WEDGE, "off").replace(b"4.0000000000", b"inf"),
    "points.ply": content_of(trimesh.PointCloud(np.eye(3)), "ply"),
    "vertices.obj": b"v 0 0 0\nv 1 0 0\nv 0 1 0\n",
    "nothing.off": b"OFF\n0 0 0\n",
    "missing.obj": b"v 0 0 0\nv 1 0 0\nf 1 2 9\n",
    "huge_index.obj": b"v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 99999999999999999999999\n",
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_file_is_refused_in_one_sentence(tmp_path: Path, name: str) -> None:
    refusal(written(tmp_path, name, BAD_FILES[name]))


def test_the_sentence_tells_what_is_wrong(tmp_path: Path) -> None:
    wrong = {
        "nan.obj": "not finite",
        "infinite.off": "not finite",
        "points.ply": "no triangles",
        "vertices.obj": "no triangles",
    }
    for name, reason in wrong.items():
        assert reason in refusal(written(tmp_path, name, BAD_FILES[name]))
    assert "cannot be read (No such file" in refusal(tmp_path / "gone.stl")
    (tmp_path / "folder.stl").mkdir()
    assert "cannot be read (Is a directory" in refusal(tmp_path / "folder.stl")


@settings(max_examples=150)
@given(st.sampled_from([extension[1:] for extension in EXTENSIONS]), st.data())
def test_a_damaged_file_is_read_or_refused_and_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, extension: str, data: st.DataObject
) -> None:
    content = bytearray(content_of(WEDGE, extension))
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), max_size=8)):
        content[place] = data.draw(st.integers(0, 255))
    content = content[: data.draw(st.integers(0, len(content)))]
    path = written(tmp_path_factory.getbasetemp(), f"damaged.{extension}", bytes(content))
    try:
        raw = load_raw_mesh(path, "damaged")
    except BadMeshError:
        return
    assert np.isfinite(raw.vertices).all() and raw.faces.max() < len(raw.vertices)
