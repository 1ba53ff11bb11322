# SPDX-License-Identifier: Apache-2.0
"""One shape in every format is one shape; what a file says and the library reads otherwise is refused."""

from __future__ import annotations

import json
import re
import struct
from pathlib import Path

import numpy as np
import pytest
import trimesh
from mesh_files import (
    BRACKET,
    BRACKET_FACES,
    BRACKET_TRIANGLES,
    BRACKET_VOLUME,
    POLYGON_WRITERS,
    TRIANGLE_WRITERS,
    glb,
    glb_of,
    obj,
    off,
    ply,
    ply_strip,
    stl_ascii,
    stl_binary,
)

from pinch_core.errors import DamagedFileError
from pinch_datagen.errors import BadMeshError
from pinch_datagen.objects import mesh_file
from pinch_datagen.objects.mesh_file import load_raw_mesh
from pinch_datagen.objects.mesh_kinds import READ
from pinch_datagen.objects.mesh_scan.scans import SCANS
from pinch_datagen.objects.object_model import ObjectModel
from pinch_datagen.objects.preparation import PreparationConfig, prepare

WRITTEN = {
    **{name: writer(BRACKET, BRACKET_FACES) for name, writer in POLYGON_WRITERS.items()},
    **{name: writer(BRACKET, BRACKET_TRIANGLES) for name, writer in TRIANGLE_WRITERS.items()},
}


def written(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def prepared(path: Path) -> ObjectModel:
    return prepare(load_raw_mesh(path, "bracket"), 0.05, PreparationConfig(fit_to_jaw=False))


def refusal(path: Path) -> BadMeshError:
    with pytest.raises(BadMeshError) as caught:
        load_raw_mesh(path, "bad")
    sentence = str(caught.value)
    assert sentence.startswith(str(path)) and sentence.endswith(".") and "\n" not in sentence
    return caught.value


def test_every_format_is_written() -> None:
    assert {Path(name).suffix for name in WRITTEN} == set(READ) == set(SCANS)


@pytest.mark.parametrize("name", WRITTEN)
def test_one_shape_gives_the_same_object_from_every_format(tmp_path: Path, name: str) -> None:
    """Independent of both readers: the bracket's volume and corners are known."""
    model = prepared(written(tmp_path, name, WRITTEN[name]))
    assert model.mesh.volume == pytest.approx(BRACKET_VOLUME, rel=1e-5)
    assert model.mesh.is_volume
    expected = prepared(written(tmp_path, "expected.obj", obj(BRACKET, BRACKET_TRIANGLES)))
    found = model.vertices[np.lexsort(model.vertices.round(5).T)]
    np.testing.assert_allclose(found, expected.vertices[np.lexsort(expected.vertices.round(5).T)], atol=1e-6)


def test_indices_between_blocks_of_vertices_count_back_from_where_they_stand(tmp_path: Path) -> None:
    """The library counts them from the end of the file."""
    boxes = [trimesh.creation.box(extents=[0.01 * k, 0.02, 0.03]) for k in (1, 2, 4)]
    for k, box in enumerate(boxes):
        box.apply_translation([0.1 * k, 0, 0])
    text = "".join(f"o part_{k}\n{obj(box.vertices, box.faces - 8).decode()}" for k, box in enumerate(boxes))
    text = re.sub(r"(?m)^f .*$", lambda line: " ".join(
        w if w == "f" else str(int(w) - 1) for w in line[0].split()), text)  # fmt: skip
    raw = load_raw_mesh(written(tmp_path, "boxes.obj", text.encode()), "boxes")
    assert trimesh.triangles.mass_properties(raw.vertices[raw.faces]).volume == pytest.approx(
        sum(box.volume for box in boxes)
    )


def reading(change: str) -> object:
    """The library as it might misread a file."""
    parsed = mesh_file._parsed

    def misread(content: bytes, extension: str) -> tuple[np.ndarray, np.ndarray]:
        vertices, faces = parsed(content, extension)
        if change == "a face lost":
            return vertices, faces[1:]
        if change == "in millimetres":
            return vertices * 1000, faces
        if change == "axes swapped":
            return vertices[:, [1, 0, 2]], faces
        faces = faces.copy()
        faces[0, 0] = next(
            k
            for k in faces.reshape(-1)
            if not any(np.array_equal(vertices[k], vertices[m]) for m in faces[0])
        )
        return vertices, faces

    return misread


@pytest.mark.parametrize("change", ["a face lost", "in millimetres", "axes swapped", "another corner"])
@pytest.mark.parametrize(
    "name",
    [
        "triangles_plain.obj",
        "triangles_big.ply",
        "binary.stl",
        "text.stl",
        "graph.glb",
        "triangles_plain.off",
    ],
)
def test_what_the_trimesh_reads_otherwise_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, change: str
) -> None:
    monkeypatch.setattr(mesh_file, "_parsed", reading(change))
    sentence = str(refusal(written(tmp_path, name, WRITTEN[name])))
    assert "is misread: the file" in sentence
    if change == "a face lost":
        assert "the file has 20 triangles, the mesh library read 19" in sentence


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("tabs.obj", obj(BRACKET, BRACKET_TRIANGLES).replace(b" ", b"\t")),
        ("mac.obj", obj(BRACKET, BRACKET_TRIANGLES).replace(b"\n", b"\r")),
        ("comments.obj", obj(BRACKET, BRACKET_TRIANGLES).replace(b"\n", b" # text\n")),
        ("tail.stl", stl_binary(BRACKET, BRACKET_TRIANGLES) + b"xx"),
        ("line.stl", stl_ascii(BRACKET, BRACKET_TRIANGLES).replace(b"\n", b" ")),
        ("newline.ply", ply("binary_big_endian")(BRACKET, BRACKET_TRIANGLES) + b"\n"),
    ],
)
def test_whole_files_that_the_library_gives_up_on_are_read(tmp_path: Path, name: str, content: bytes) -> None:
    assert prepared(written(tmp_path, name, content)).mesh.volume == pytest.approx(BRACKET_VOLUME, rel=1e-5)


PLY = ply("ascii")(BRACKET, BRACKET_FACES)
BINARY_PLY = ply("binary_little_endian")(BRACKET, BRACKET_FACES)
STL = stl_binary(BRACKET, BRACKET_TRIANGLES)
OFF = off(BRACKET, BRACKET_FACES)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.ply", PLY.replace(b"face 8", b"face 7"), "7 of 'face' that its header counts"),
        ("b.ply", PLY.replace(b"face 8", b"face 9"), "its header counts 9 of 'face'"),
        ("c.ply", BINARY_PLY.replace(b"face 8", b"face 7"), "more bytes follow the 7 of 'face'"),
        ("d.ply", BINARY_PLY.replace(b"face 8", b"face 800"), "counts 800 of 'face'"),
        ("e.ply", BINARY_PLY.replace(b"vertex 12", b"vertex 11"), "'"),
        ("f.ply", PLY.replace(b"6 5 4 3 2 1 0", b"6 5 4 3 2 1 12"), "face 1 of 8 has the vertex 12"),
        ("g.stl", STL[:80] + struct.pack("<I", 19) + STL[84:], "counts 19 triangles, but 20 follow"),
        ("h.stl", STL[:-60], "counts 20 triangles, but 18 follow"),
        ("i.stl", stl_ascii(BRACKET, BRACKET_TRIANGLES).replace(b"endfacet", b"", 1), "60 vertices for 19"),
        ("j.stl", stl_ascii(BRACKET, BRACKET_TRIANGLES)[:-300], "17 facets without 'endsolid'"),
        ("k.off", OFF.replace(b"12 8 0", b"12 7 0"), "12 vertices and 7 faces, but 20 rows follow"),
        (
            "l.off",
            OFF.replace(b"12 8 0", b"11 9 0"),
            "face 3 of 9 has the vertex 11 (from 0), the",
        ),
        ("m.obj", obj(BRACKET, BRACKET_FACES) + b"f 1 2 13\n", "face 9 of 9 has the vertex 12"),
        ("n.obj", obj(BRACKET, BRACKET_FACES) + b"f 1 2\n", "face 9 of 9 has 2 corners"),
        ("o.obj", obj(BRACKET, BRACKET_FACES) + b"f 0 1 2\n", "line 22 is 'f 0 1 2'"),
        ("p.obj", obj(BRACKET, BRACKET_FACES) + b"f -13 1 2\n", "line 22 is 'f -13 1 2'"),
        ("q.glb", glb(BRACKET, BRACKET_TRIANGLES)[:-40], "header says"),
        (
            "r.glb",
            glb(BRACKET, BRACKET_TRIANGLES).replace(b'"count": 60', b'"count": 99', 1),
            "counts 99 values",
        ),
    ],
)
def test_counts_that_the_file_does_not_keep_are_damage_and_named(
    tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    error = refusal(written(tmp_path, name, content))
    assert message in str(error)
    assert isinstance(error, DamagedFileError) and error.path == tmp_path / name


def tree_of(content: bytes) -> tuple[dict[str, object], bytes]:
    (size,) = struct.unpack_from("<I", content, 12)
    return json.loads(content[20 : 20 + size]), content[28 + size :]


def changed_glb(**values: object) -> bytes:
    tree, binary = tree_of(glb(BRACKET, BRACKET_TRIANGLES))
    return glb_of({**tree, **values}, binary)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("draco.glb", changed_glb(extensionsRequired=["KHR_draco_mesh_compression"]), "KHR_draco_mesh"),
        ("other.glb", changed_glb(buffers=[{"uri": "x.bin", "byteLength": 12}]), "another file"),
        (
            "skin.glb",
            changed_glb(nodes=[{"mesh": 0, "skin": 0}], scenes=[{"nodes": [0]}]),
            "skinned",
        ),
        ("old.glb", b"glTF" + struct.pack("<II", 1, 20) + bytes(20), "version 1 of glTF"),
        ("four.off", OFF.replace(b"OFF", b"4OFF", 1), "'4OFF', pinch reads ASCII OFF of three dimensions"),
        ("stl.ply", STL, "does not begin with 'ply'"),
        (
            "range.ply",
            b"ply\nformat ascii 1.0\nelement vertex 1\nproperty float x\nproperty float y\nproperty float z\n"
            b"element range_grid 1\nproperty list uchar int vertex_indices\nend_header\n0 0 0\n1 0\n",
            "holds no triangles, but 1 of 'vertex', 1 of 'range_grid'",
        ),
        ("wide.obj", obj(BRACKET, BRACKET_FACES).decode().encode("utf-16"), "no text of single bytes"),
        ("corners.ply", PLY.replace(b"vertex_indices", b"corners"), "but 'corners'"),
        ("nurbs.obj", obj(BRACKET, BRACKET_FACES) + b"surf 0 1 0 1 1 2\n", "free-form surfaces"),
    ],
)
def test_what_pinch_does_not_read_is_named_and_not_called_damage(
    tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    error = refusal(written(tmp_path, name, content))
    assert message in str(error)
    assert not isinstance(error, DamagedFileError)


def test_strips_turn_every_second_triangle_and_have_no_triangles_without_area(tmp_path: Path) -> None:
    square = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [1, 1, 0]], float)
    content = ply_strip(square, []).replace(b"tristrips 1", b"tristrips 1")
    content = content[: -struct.calcsize(">i")] + struct.pack(">8i", 7, 0, 1, 2, 3, -1, 0, 0)
    raw = load_raw_mesh(written(tmp_path, "square.ply", content), "square")
    normals = trimesh.triangles.normals(raw.vertices[raw.faces])[0]
    assert normals.tolist() == [[0, 0, 1], [0, 0, 1]]


@pytest.mark.parametrize(
    ("factor", "guesses"),
    [(1000.0, ["0.001 if it is in millimetres"]), (1 / 0.0254, ["0.0254 if it is in inches", "0.01 if"])],
)
def test_a_size_that_tells_the_unit_is_refused_with_the_guess(
    tmp_path: Path, factor: float, guesses: list[str]
) -> None:
    path = written(tmp_path, "mm.obj", obj(BRACKET * factor, BRACKET_FACES))
    raw = load_raw_mesh(path, "mm")
    with pytest.raises(BadMeshError, match=r"with preparation\.unit 1; set preparation\.unit to") as caught:
        prepare(raw, 0.05, PreparationConfig(fit_to_jaw=False))
    assert all(guess in str(caught.value) for guess in guesses)
    right = prepare(raw, 0.05, PreparationConfig(fit_to_jaw=False, unit=1 / factor))
    assert right.mesh.volume == pytest.approx(BRACKET_VOLUME, rel=1e-5)
