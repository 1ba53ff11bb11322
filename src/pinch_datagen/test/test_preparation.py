# SPDX-License-Identifier: Apache-2.0
"""A mesh becomes an object: closed, wound outward, in its own frame and scale; or it is refused."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial import ConvexHull, cKDTree
from scipy.spatial.transform import Rotation

from pinch_core.errors import ConfigError
from pinch_datagen.errors import BadMeshError
from pinch_datagen.objects.mesh_file import load_raw_mesh
from pinch_datagen.objects.mesh_folder import find_meshes
from pinch_datagen.objects.object_model import ObjectModel, RawMesh
from pinch_datagen.objects.preparation import PreparationConfig, prepare
from pinch_datagen.objects.repair import repair

KIT = Path(__file__).resolve().parents[4] / "shared" / "data" / "meshes" / "kit"
JAW = 0.05
AS_IT_IS = PreparationConfig(fit_to_jaw=False, principal_axes=False)


def raw(mesh: trimesh.Trimesh) -> RawMesh:
    return RawMesh("thing", "thing.obj", np.array(mesh.vertices), np.array(mesh.faces, dtype=np.int64))


def prepared(mesh: trimesh.Trimesh, config: PreparationConfig | None = None) -> ObjectModel:
    return prepare(raw(mesh), JAW, config or PreparationConfig())


def mesh_of(sound: RawMesh) -> trimesh.Trimesh:
    return trimesh.Trimesh(sound.vertices, sound.faces, process=False)


def box(*extents: float, at: tuple[float, float, float] = (0.0, 0.0, 0.0)) -> trimesh.Trimesh:
    return trimesh.creation.box(extents=extents).apply_translation(at)


def blob() -> trimesh.Trimesh:
    """A potato without any symmetry, 8 to 13 cm."""
    mesh = trimesh.creation.icosphere(subdivisions=3)
    x, y, z = mesh.vertices.T
    mesh.vertices *= (1 + 0.2 * x * y + 0.15 * z**3 + 0.1 * x**2 + 0.1 * y)[:, None] * [0.06, 0.05, 0.04]
    return mesh


def moved(mesh: trimesh.Trimesh, seed: int, scale: float = 1.0) -> trimesh.Trimesh:
    transform = np.eye(4)
    transform[:3, :3] = scale * Rotation.random(random_state=seed).as_matrix()
    transform[:3, 3] = np.random.default_rng(seed).normal(size=3)
    return mesh.copy().apply_transform(transform)


def distance(one: ObjectModel, other: ObjectModel) -> float:
    """From any vertex of one to the closest of the other [m]."""
    return max(cKDTree(a.vertices).query(b.vertices)[0].max() for a, b in ((one, other), (other, one)))


# --- frame, scale, mass


@settings(max_examples=25)
@given(seed=st.integers(0, 10**6), scale=st.floats(0.01, 100.0))
def test_where_how_and_how_large_the_file_has_it_does_not_matter(seed: int, scale: float) -> None:
    one, other = prepared(blob()), prepared(moved(blob(), seed, scale))
    assert distance(one, other) < 1e-11
    assert other.mesh.volume == pytest.approx(one.mesh.volume, rel=1e-6)


@pytest.mark.parametrize("sides", [(3, 2, 1), (2, 2, 2), (4, 2, 2), (4, 4, 1)])
@pytest.mark.parametrize("seed", range(4))
def test_a_box_comes_to_lie_along_the_axes_also_where_its_sides_are_equal(
    sides: tuple[float, float, float], seed: int
) -> None:
    model = prepared(moved(box(*sides), seed))
    wanted = np.array(sides) * 0.9 * JAW / sides[1]
    np.testing.assert_allclose(np.ptp(model.vertices, axis=0), wanted, rtol=1e-6)


@settings(max_examples=25)
@given(seed=st.integers(0, 10**6), share=st.floats(0.1, 1.5))
def test_the_middle_extent_is_the_share_of_the_jaws_and_the_longest_lies_along_x(
    seed: int, share: float
) -> None:
    model = prepared(moved(blob(), seed), PreparationConfig(fit_share=share))
    extents = np.ptp(model.vertices, axis=0)
    assert extents[0] >= extents[1] >= extents[2]
    assert extents[1] == pytest.approx(share * JAW, rel=1e-12)
    np.testing.assert_allclose(model.vertices.min(axis=0), -model.vertices.max(axis=0), atol=1e-15)


def test_the_axes_are_those_of_the_inertia_and_no_mirror_image_comes_about() -> None:
    mesh = moved(blob(), seed=3)
    model = prepared(mesh, PreparationConfig(fit_to_jaw=False))
    inertia = model.mesh.moment_inertia
    assert np.abs(inertia - np.diag(np.diag(inertia))).max() < 1e-9 * np.trace(inertia)
    assert model.mesh.volume == pytest.approx(mesh.volume, rel=1e-9), (
        "a mirrored one would have less than none"
    )
    mirrored = mesh.copy()
    mirrored.vertices[:, 0] *= -1
    mirrored.invert()
    other = prepared(mirrored, PreparationConfig(fit_to_jaw=False))
    assert distance(model, other) > 1e-3


def test_units_are_minded_and_sizes_kept_where_asked() -> None:
    mesh = moved(blob(), seed=1, scale=1000.0)
    model = prepared(mesh, PreparationConfig(fit_to_jaw=False, unit=1e-3))
    assert model.mesh.volume == pytest.approx(blob().volume, rel=1e-6)
    turned_back = prepared(mesh, PreparationConfig(fit_to_jaw=False, unit=1e-3, principal_axes=False))
    np.testing.assert_allclose(np.ptp(turned_back.vertices, axis=0), mesh.extents / 1000, rtol=1e-6)


@pytest.mark.parametrize("scale", [1000.0, 0.001])
def test_an_absurd_size_is_refused_with_the_setting_that_cures_it(scale: float) -> None:
    with pytest.raises(
        BadMeshError, match=r"thing\.obj is .* with preparation\.unit 1; set preparation\.unit"
    ):
        prepared(blob().apply_scale(scale), PreparationConfig(fit_to_jaw=False))
    prepared(blob().apply_scale(scale))


def test_the_mass_is_as_set_and_its_centre_that_of_the_box_or_of_the_volume() -> None:
    assert prepared(blob()).mass == 1.0
    model = prepared(blob(), PreparationConfig(mass=0.3, center_of_mass_from_volume=True))
    assert model.mass == 0.3
    np.testing.assert_allclose(model.center_of_mass, model.mesh.center_mass, atol=1e-12)
    assert np.linalg.norm(model.center_of_mass) > 1e-4
    np.testing.assert_array_equal(prepared(blob()).center_of_mass, 0.0)


def test_a_centre_of_the_box_outside_the_hull_is_no_centre_of_mass() -> None:
    corner = trimesh.convex.convex_hull([[0, 0, 0], [0.1, 0, 0], [0, 0.1, 0], [0, 0, 0.1]])
    model = prepared(corner, AS_IT_IS)
    assert ConvexHull(model.vertices).equations[:, 3].max() > 0, "the origin is outside"
    np.testing.assert_allclose(model.center_of_mass, model.mesh.center_mass)


def test_settings_out_of_bounds_are_refused() -> None:
    for wrong in ({"unit": 0.0}, {"fit_share": 0.0}, {"max_faces": 3}, {"mass": 0.0}):
        with pytest.raises(ConfigError, match=f"PreparationConfig.{next(iter(wrong))}"):
            PreparationConfig(**wrong)


def test_a_fine_mesh_is_decimated_and_a_hopelessly_rough_one_refused() -> None:
    fine = blob().subdivide().subdivide()
    model = prepared(fine, PreparationConfig(fit_to_jaw=False, max_faces=2000))
    assert len(fine.faces) > 20_000 and len(model.faces) <= 2000
    assert model.mesh.is_volume
    assert model.mesh.volume == pytest.approx(fine.volume, rel=0.02)
    rough = trimesh.creation.icosphere(subdivisions=4)
    rough.vertices *= np.random.default_rng(0).uniform(0.7, 1.3, (len(rough.vertices), 1))
    with pytest.raises(BadMeshError, match=r"5120 triangles.*raise preparation\.max_faces \(200\)"):
        prepared(rough, PreparationConfig(max_faces=200))


def test_the_same_mesh_gives_the_same_object() -> None:
    one, other = prepared(blob()), prepared(blob())
    np.testing.assert_array_equal(one.vertices, other.vertices)
    np.testing.assert_array_equal(one.faces, other.faces)


# --- repair


def test_a_sound_mesh_keeps_its_triangles() -> None:
    sound = repair(raw(blob()))
    wanted = {tuple(sorted(map(tuple, triangle.round(9).tolist()))) for triangle in blob().triangles}
    found = {tuple(sorted(map(tuple, triangle.round(9).tolist()))) for triangle in mesh_of(sound).triangles}
    assert found == wanted


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_loose_triangles_twice_and_in_any_winding_become_the_solid(scale: float) -> None:
    mesh = blob().apply_scale(scale)
    rng = np.random.default_rng(0)
    order = rng.permutation(np.repeat(np.arange(len(mesh.faces)), 2))
    corners = mesh.triangles[order]
    loose = RawMesh("thing", "thing.obj", corners.reshape(-1, 3), np.arange(3 * len(order)).reshape(-1, 3))
    closed = mesh_of(repair(loose))
    assert closed.is_volume and len(closed.faces) == len(mesh.faces)
    assert closed.volume == pytest.approx(mesh.volume, rel=1e-6)
    turned = mesh.copy()
    flip = rng.random(len(mesh.faces)) < 0.4
    turned.faces[flip] = turned.faces[flip][:, ::-1]
    assert mesh_of(repair(raw(turned))).volume == pytest.approx(mesh.volume, rel=1e-6)


def test_an_inside_out_mesh_is_turned() -> None:
    mesh = blob()
    mesh.invert()
    assert mesh.volume < 0
    assert mesh_of(repair(raw(mesh))).volume == pytest.approx(-mesh.volume, rel=1e-9)


def test_a_mesh_drawn_on_both_sides_keeps_the_outer_one() -> None:
    mesh = blob()
    both = trimesh.Trimesh(mesh.vertices, np.vstack([mesh.faces[:, ::-1], mesh.faces]), process=False)
    assert mesh_of(repair(raw(both))).volume == pytest.approx(mesh.volume, rel=1e-9)


def test_a_fin_without_thickness_is_taken_off() -> None:
    mesh = box(1, 1, 1)
    vertices = np.vstack([mesh.vertices, [[3, 3, 3]]])
    fin = [[*mesh.faces[0][:2], 8], [*mesh.faces[0][1::-1], 8]]
    finned = trimesh.Trimesh(vertices, np.vstack([mesh.faces, fin]), process=False)
    np.testing.assert_allclose(mesh_of(repair(raw(finned))).extents, 1.0)


@pytest.mark.parametrize("missing", [1, 3, 7])
def test_small_holes_are_filled(missing: int) -> None:
    mesh = blob()
    gone = np.random.default_rng(missing).choice(len(mesh.faces), missing, replace=False)
    holed = trimesh.Trimesh(mesh.vertices, np.delete(mesh.faces, gone, axis=0), process=False)
    closed = mesh_of(repair(raw(holed)))
    assert not holed.is_watertight and closed.is_volume
    assert closed.volume == pytest.approx(mesh.volume, rel=1e-3)


def test_a_missing_half_a_missing_lid_and_a_missing_wall_are_refused() -> None:
    half, bin_, tube = blob(), box(1, 1, 1), trimesh.creation.cylinder(1, 3, sections=20)
    half.update_faces(half.triangles_center[:, 0] > 0)
    bin_.update_faces(bin_.face_normals[:, 2] < 0.5)
    tube.update_faces(np.abs(tube.face_normals[:, 2]) < 0.5)
    for mesh in (half, bin_, tube):
        with pytest.raises(
            BadMeshError, match=r"thing\.obj is no closed surface: \d+% of it .* mesh editor\."
        ):
            repair(raw(mesh))


def test_flat_and_vanishing_meshes_are_refused() -> None:
    square = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], dtype=np.float64)
    sheets = {
        "one side": [[0, 1, 2], [0, 2, 3]],
        "two sides": [[0, 1, 2], [0, 2, 3], [2, 1, 0], [3, 2, 0]],
        "a folded tetrahedron": [[0, 1, 2], [0, 2, 3], [1, 0, 3], [2, 1, 3]],
        "no corners": [[0, 0, 1], [1, 1, 1]],
    }
    for faces in sheets.values():
        for vertices in (square, square * 1e-300, np.zeros((4, 3)), np.full((4, 3), 7.0)):
            with pytest.raises(BadMeshError, match=r"thing\.obj .*; .*\."):
                repair(RawMesh("thing", "thing.obj", vertices, np.array(faces)))


def test_two_solids_that_touch_in_an_edge_are_a_solid() -> None:
    pair = trimesh.util.concatenate([box(1, 1, 1), box(1, 1, 1, at=(1, 1, 0))])
    pair.merge_vertices()
    assert not pair.is_watertight, "four triangles meet in the edge"
    closed = mesh_of(repair(raw(pair)))
    assert closed.is_volume and closed.volume == pytest.approx(2.0)


def test_overlapping_parts_are_united_also_where_one_is_inside_out() -> None:
    cross = [box(3, 1, 1), box(1, 3, 1)]
    for inverted in itertools.product([False, True], repeat=2):
        parts = [part.copy() for part in cross]
        for part, invert in zip(parts, inverted, strict=True):
            if invert:
                part.invert()
        closed = mesh_of(repair(raw(trimesh.util.concatenate(parts))))
        assert closed.is_volume and closed.body_count == 1
        assert closed.volume == pytest.approx(5.0)


def test_closed_hollows_are_filled() -> None:
    hollow = box(1, 1, 1)
    hollow.invert()
    assert mesh_of(repair(raw(trimesh.util.concatenate([box(2, 2, 2), hollow])))).volume == pytest.approx(8.0)


def test_crumbs_beside_the_main_part_go_and_equal_parts_stay() -> None:
    crumbs = trimesh.util.concatenate([box(2, 2, 2), box(0.5, 0.5, 0.5, at=(5, 0, 0))])
    assert mesh_of(repair(raw(crumbs))).volume == pytest.approx(8.0)
    pair = trimesh.util.concatenate([box(2, 2, 2), box(1, 2, 2, at=(5, 0, 0))])
    assert mesh_of(repair(raw(pair))).volume == pytest.approx(12.0)


@settings(max_examples=100)
@given(st.integers(0, 10**9))
def test_whatever_triangles_come_they_are_a_volume_or_refused(seed: int) -> None:
    rng = np.random.default_rng(seed)
    mesh = [blob, lambda: box(2, 1, 1), lambda: trimesh.creation.annulus(0.3, 1, 0.5, sections=12)][
        seed % 3
    ]()
    vertices, faces = np.array(mesh.vertices), np.array(mesh.faces)
    for _ in range(rng.integers(1, 6)):
        faces[rng.integers(len(faces)), rng.integers(3)] = rng.integers(len(vertices))
    if seed % 2:
        vertices[rng.integers(len(vertices))] = rng.choice([0.0, 1.0, 1e9], 3)
    try:
        model = prepare(RawMesh("thing", "thing.obj", vertices, faces), JAW, PreparationConfig())
    except BadMeshError:
        return
    assert model.mesh.is_volume and np.isfinite(model.vertices).all()


@pytest.mark.skipif(not KIT.is_dir(), reason=f"the optional KIT meshes are not at {KIT}")
def test_of_the_kit_scans_those_that_lack_a_part_of_their_surface_are_refused_and_no_others() -> None:
    refused = {}
    for path in find_meshes([KIT]):
        try:
            model = prepare(load_raw_mesh(path, path.stem), JAW, PreparationConfig())
        except BadMeshError as error:
            refused[path.stem.removesuffix("_800_tex")] = str(error)
            continue
        assert model.mesh.is_volume
        assert np.ptp(model.vertices, axis=0)[1] == pytest.approx(0.045)
    assert set(refused) == {"FlowerCup", "Glassbowl", "SmallGlass", "ToyCarYelloq", "Waterglass", "Wineglass"}
    assert all("no closed surface" in reason for reason in refused.values())
