# SPDX-License-Identifier: Apache-2.0
"""The same shape in several files is one object; objects of nearly one shape stay in one split."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import trimesh
from fake_generation import GRIPPER, InProcess, files_of
from hypothesis import given, settings
from hypothesis import strategies as st
from mesh_files import BRACKET, BRACKET_TRIANGLES, TRIANGLE_WRITERS, Float64, obj, stl_binary
from object_data_samples import object_data, write_dataset
from scipy.spatial.transform import Rotation

from pinch_core.errors import OutputError
from pinch_datagen.datagen_config import DatagenConfig
from pinch_datagen.dataset.dataset import Dataset
from pinch_datagen.dataset.groups import SplitUnit
from pinch_datagen.dataset.manifest import Alike, Manifest, read_manifest, write_manifest
from pinch_datagen.dataset.splits import split
from pinch_datagen.dataset.tables import ObjectData
from pinch_datagen.object_list import ObjectList, survey_objects
from pinch_datagen.object_ref import ObjectRef
from pinch_datagen.objects.mesh_file import load_raw_mesh
from pinch_datagen.objects.object_model import ObjectModel
from pinch_datagen.objects.preparation import PreparationConfig
from pinch_datagen.objects.shape import Shape, alike_groups, alike_pairs
from pinch_datagen.run.generation import run_generation

KEEPS_SIZE = PreparationConfig(fit_to_jaw=False)
FACES = np.array(BRACKET_TRIANGLES, dtype=np.int64)


def shape(vertices: Float64, faces: np.ndarray = FACES) -> Shape:
    found = Shape.of(np.asarray(vertices, dtype=np.float64), np.asarray(faces, dtype=np.int64))
    assert found is not None
    return found


def chiral() -> Float64:
    """The bracket, without a plane of symmetry."""
    vertices = BRACKET.copy()
    vertices[8, 2] += 0.01
    return vertices


THING = shape(chiral())


@settings(max_examples=50, deadline=None)
@given(
    st.integers(0, 2**31), st.floats(-10, 10), st.sampled_from(["float32", "text", "double"]), st.booleans()
)
def test_a_copy_is_a_copy_in_any_order_pose_rounding_and_with_any_duplicates(
    seed: int, away: float, rounding: str, soup: bool
) -> None:
    rng = np.random.default_rng(seed)
    vertices = Rotation.random(random_state=seed % 2**31).apply(chiral()) + away * 0.1
    order = rng.permutation(len(vertices))
    moved, faces = vertices[order], np.argsort(order)[FACES]
    faces = np.roll(faces, int(rng.integers(3)), axis=1)[rng.permutation(len(faces))]
    if soup:
        moved, faces = moved[faces].reshape(-1, 3), np.arange(faces.size).reshape(-1, 3)
    if rounding == "float32":
        moved = moved.astype(np.float32).astype(float)
    elif rounding == "text":
        moved = moved.round(6)
    other = shape(np.vstack([moved, [[99.0, 99.0, 99.0]]]), faces)
    assert THING.is_copy(other, any_size=False)
    assert other.is_copy(THING, any_size=False)


def test_a_mirrored_a_larger_and_a_changed_thing_are_no_copies() -> None:
    mirrored = shape(chiral() * [1, 1, -1])
    larger, changed = shape(1.01 * chiral()), chiral()
    changed[3, 0] += 0.001
    for other in (mirrored, larger, shape(changed)):
        assert not THING.is_copy(other, any_size=False)
    assert THING.is_copy(larger, any_size=True)
    assert not THING.is_copy(mirrored, any_size=True)
    # All but the changed one are alike: another split would show a network what it is tested on.
    assert alike_pairs([THING.features, mirrored.features, larger.features]) == [(0, 1), (0, 2), (1, 2)]


def test_moments_are_those_of_points_drawn_from_the_surface() -> None:
    mesh = trimesh.Trimesh(chiral(), FACES, process=False)
    points, _ = trimesh.sample.sample_surface(mesh, 300_000, seed=1)
    points = (points - points.mean(axis=0)) / THING.size
    distance = np.linalg.norm(points, axis=1)
    assert (distance**2).mean() == pytest.approx(1.0, rel=0.01)
    assert THING.features[5] == pytest.approx((distance**4).mean() ** 0.25, rel=0.01)
    skewed = np.linalg.norm((points * distance[:, None] ** 2).mean(axis=0))
    assert THING.features[6] == pytest.approx(skewed, abs=0.01)
    assert THING.features[4] == pytest.approx(np.cbrt(mesh.volume) / THING.size)


def test_finer_triangles_and_scanned_noise_leave_things_alike() -> None:
    mesh = trimesh.Trimesh(chiral(), FACES, process=False).subdivide().subdivide()
    noise = np.random.default_rng(0).normal(0, 1e-4, mesh.vertices.shape)
    fine, scanned = shape(mesh.vertices, mesh.faces), shape(mesh.vertices + noise, mesh.faces)
    box = trimesh.creation.box(extents=[0.06, 0.07, 0.025])
    features = {"fine": fine.features, "scan": scanned.features, "thing": THING.features}
    features["box"] = shape(box.vertices, box.faces).features
    assert alike_groups(features) == [("fine", "scan", "thing")]


def test_what_has_no_area_has_no_shape() -> None:
    assert Shape.of(np.zeros((3, 3)), np.array([[0, 1, 2]])) is None


# ---- in folders ----


def ycb_like(folder: Path, count: int = 3) -> Path:
    """Objects in the formats that such collections have, and what lies beside them."""
    for number in range(count):
        place = folder / f"{number:03d}_thing" / "google_16k"
        place.mkdir(parents=True)
        vertices = chiral() * [1.0, 1.0 + 0.3 * number, 1.0]
        for name, writer in TRIANGLE_WRITERS.items():
            (place / name).write_bytes(writer(vertices, BRACKET_TRIANGLES))
        (place / "texture_map.png").touch()
        (place / "cad.STEP").touch()
        (place / "scene.gltf").touch()
    return folder


def test_every_file_of_a_shape_is_the_same_object_and_each_other_file_is_named(tmp_path: Path) -> None:
    found = survey_objects(2, [ycb_like(tmp_path)], KEEPS_SIZE)
    meshes = [ref for ref in found.refs if ref.path is not None]
    assert len(found.refs) == 5 and len(meshes) == 3
    assert len(found.copies) == 3 * (len(TRIANGLE_WRITERS) - 1)
    for copy in found.copies:
        assert copy.ref.name.split("_")[0] == copy.same_as.split("_")[0]
    remarks = "\n".join(found.remarks)
    for number in range(3):
        assert f"{number:03d}_thing/google_16k/cad.STEP: .step is not read; a CAD solid" in remarks
        assert f"{number:03d}_thing/google_16k/scene.gltf: .gltf is not read; its data may lie" in remarks
    assert "3 other files: no meshes by their endings (3 .png)" in remarks
    assert f"merged: {len(found.copies)} mesh files have the shape of 3 others" in remarks


def test_processes_find_what_one_process_finds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = ycb_like(tmp_path, count=2)
    alone = survey_objects(0, [folder], KEEPS_SIZE)
    monkeypatch.setattr("pinch_datagen.object_list.WORTH_PROCESSES", 0)
    assert survey_objects(0, [folder], KEEPS_SIZE, workers=2) == alone


def test_copies_of_another_size_are_merged_only_where_the_jaws_decide_the_size(tmp_path: Path) -> None:
    (tmp_path / "metres.obj").write_bytes(obj(chiral(), BRACKET_TRIANGLES))
    (tmp_path / "millimetres.stl").write_bytes(stl_binary(1000 * chiral(), BRACKET_TRIANGLES))
    kept = survey_objects(0, [tmp_path], KEEPS_SIZE)
    assert (len(kept.refs), kept.alike, kept.odd_units) == (2, (("metres_obj", "millimetres_stl"),), ())
    fitted = survey_objects(0, [tmp_path], PreparationConfig())
    assert [copy.same_as for copy in fitted.copies] == ["metres_obj"]
    (sentence,) = fitted.odd_units
    assert "millimetres.stl is 70" in sentence and "set preparation.unit to 0.001" in sentence


def test_meshes_that_cannot_be_read_stay_objects_so_that_their_reason_is_told(tmp_path: Path) -> None:
    for name in ("a.obj", "b.obj"):
        (tmp_path / name).write_text("broken")
    found = survey_objects(0, [tmp_path], KEEPS_SIZE)
    assert (len(found.refs), found.copies, found.alike) == (2, (), ())


# ---- in datasets ----


def mesh_data(ref: ObjectRef, config: DatagenConfig, gripper: object) -> ObjectData:
    """Some examples with the mesh of the file."""
    assert ref.path is not None
    raw = load_raw_mesh(ref.path, ref.name)
    data = object_data(len(ref.name), ref.name, examples=12, crop_sizes=(4,))
    model = ObjectModel(ref.name, str(ref.path), raw.vertices, raw.faces, 1.0, np.zeros(3))
    return replace(data, model=model)


def generated(folder: Path, objects: ObjectList, resume: bool = False) -> Manifest:
    return run_generation(
        folder,
        DatagenConfig(),
        GRIPPER,
        objects.refs,
        InProcess(),
        mesh_data,
        copies=objects.copies,
        alike=objects.alike,
        resume=resume,
    )


def nearly_alike(folder: Path) -> Path:
    """Four things, each also finer, as it comes in collections."""
    for number in range(4):
        vertices = chiral() * [1.0, 1.0 + 0.3 * number, 1.0]
        fine = trimesh.Trimesh(vertices, FACES, process=False).subdivide()
        (folder / f"{number}_coarse.obj").write_bytes(obj(vertices, BRACKET_TRIANGLES))
        (folder / f"{number}_fine.obj").write_bytes(obj(fine.vertices, fine.faces.tolist()))
        (folder / f"{number}_copy.stl").write_bytes(stl_binary(vertices, BRACKET_TRIANGLES))
    return folder


def things_in_parts(dataset: Dataset, names: list[str], seed: int) -> list[set[str]]:
    of_example = np.repeat([name[0] for name in names], 12)
    return [set(of_example[part]) for part in split(dataset, SplitUnit.OBJECT, (0.5, 0.25, 0.25), seed)]


@pytest.mark.parametrize("old", [False, True])
def test_no_shape_lies_in_two_splits(tmp_path: Path, old: bool) -> None:
    """Also of datasets whose manifest does not say which objects are alike, as version 1 wrote them."""
    (tmp_path / "meshes").mkdir()
    objects = survey_objects(0, [nearly_alike(tmp_path / "meshes")], KEEPS_SIZE)
    if old:
        objects = ObjectList(tuple(sorted([*objects.refs, *(copy.ref for copy in objects.copies)],
                                          key=lambda ref: ref.name)))  # fmt: skip
    manifest = generated(tmp_path / "data", objects)
    if old:
        write_manifest(tmp_path / "data", replace(manifest, format_version=1))
    names = [shard.name for shard in manifest.shards]
    assert len(names) == (12 if old else 8)
    dataset = Dataset.open(tmp_path / "data")
    for seed in range(20):
        train, validation, test = things_in_parts(dataset, names, seed)
        assert not train & validation and not train & test and not validation & test


def test_the_manifest_says_what_was_merged_and_what_is_alike(tmp_path: Path) -> None:
    (tmp_path / "meshes").mkdir()
    generated(tmp_path / "data", survey_objects(0, [nearly_alike(tmp_path / "meshes")], KEEPS_SIZE))
    manifest = read_manifest(tmp_path / "data")
    assert [(merged.object, merged.same_as) for merged in manifest.merged] == [
        (f"{number}_copy_stl", f"{number}_coarse_obj") for number in range(4)
    ]
    assert manifest.alike[0] == Alike(("0_coarse_obj", "0_fine_obj"))


def test_a_dataset_without_copies_is_split_as_before(tmp_path: Path) -> None:
    objects = [object_data(seed, f"object {seed}", examples=5, crop_sizes=(4,)) for seed in range(8)]
    new = Dataset.open(write_dataset(tmp_path / "new", objects))
    named = np.array([name for name in sorted(data.model.name for data in objects) for _ in range(5)])
    ids = new.group_ids(SplitUnit.OBJECT)
    assert len(set(zip(named, ids, strict=True))) == len(set(ids)) == 8


def test_a_run_is_resumed_with_the_same_copies_only(tmp_path: Path) -> None:
    (tmp_path / "meshes").mkdir()
    folder = nearly_alike(tmp_path / "meshes")
    generated(tmp_path / "data", survey_objects(0, [folder], KEEPS_SIZE))
    before = files_of(tmp_path / "data")
    generated(tmp_path / "data", survey_objects(0, [folder], KEEPS_SIZE), resume=True)
    assert files_of(tmp_path / "data") == before
    (folder / "2_copy.stl").unlink()
    with pytest.raises(OutputError, match=r"begun with another meshes\.2_copy_stl"):
        generated(tmp_path / "data", survey_objects(0, [folder], KEEPS_SIZE), resume=True)
