# SPDX-License-Identifier: Apache-2.0
"""Procedural objects are solids, varied, and the same on every machine."""

from __future__ import annotations

import hashlib
import subprocess
import sys

import numpy as np
import pytest
import trimesh

from pinch_core.errors import ConfigError
from pinch_datagen.errors import DatagenError
from pinch_datagen.objects.object_model import RawMesh
from pinch_datagen.objects.procedural import generator
from pinch_datagen.objects.procedural.families import FAMILIES
from pinch_datagen.objects.procedural.generator import ProceduralConfig, make_procedural

ALL = ProceduralConfig()


def made(family: str, index: int, seed: int = 0) -> RawMesh:
    return make_procedural(index, seed, ProceduralConfig(families=(family,)))


def mesh_of(raw: RawMesh) -> trimesh.Trimesh:
    return trimesh.Trimesh(raw.vertices, raw.faces, process=False)


def digest(raw: RawMesh) -> str:
    return hashlib.sha256(raw.vertices.tobytes() + raw.faces.tobytes()).hexdigest()


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_makes_solids_in_one_piece_of_handy_size(family: str) -> None:
    for index in range(4):
        raw = made(family, index)
        mesh = mesh_of(raw)
        assert mesh.is_volume and mesh.body_count == 1, f"{family} {index}"
        assert mesh.area_faces.min() > 0
        assert 0.01 <= np.ptp(raw.vertices, axis=0).max() <= 0.30
        assert len(raw.faces) <= ALL.max_faces
        assert raw.source == f"procedural {family}"


@pytest.mark.parametrize("family", FAMILIES)
def test_no_two_of_a_family_are_alike(family: str) -> None:
    volumes = [mesh_of(made(family, index)).volume for index in range(5)]
    assert len({round(volume, 12) for volume in volumes}) == 5


@pytest.mark.parametrize(
    ("family", "holes"),
    [
        ("ring", 1),
        ("mug", 1),
        ("washer", 1),
        ("basket", 1),
        ("chain_link", 1),
        ("cup", 0),
        ("banana", 0),
        ("pot", 2),
    ],
)
def test_what_a_finger_goes_through_has_holes(family: str, holes: int) -> None:
    # A closed surface with h holes has the Euler number 2 - 2 h.
    assert [mesh_of(made(family, index)).euler_number for index in range(3)] == [2 - 2 * holes] * 3


def test_a_cup_holds_water_and_a_can_does_not() -> None:
    cup, can = mesh_of(made("cup", 0)), mesh_of(made("can", 0))
    assert cup.volume < 0.5 * cup.convex_hull.volume
    assert can.volume > 0.9 * can.convex_hull.volume


def test_numbers_and_seeds_decide_and_another_process_agrees() -> None:
    here = [digest(make_procedural(index, 5, ALL)) for index in range(12)]
    program = (
        "from test_procedural import *\n"
        "print(*[digest(make_procedural(index, 5, ALL)) for index in range(12)])"
    )
    there = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        env={"PYTHONPATH": ":".join(sys.path)},
    )
    assert there.stdout.split() == here
    assert len({*here, *(digest(make_procedural(index, 6, ALL)) for index in range(12))}) == 24


def test_all_families_come_up() -> None:
    drawn = {make_procedural(index, 0, ALL).source.removeprefix("procedural ") for index in range(600)}
    assert drawn == set(FAMILIES)


def test_an_object_that_is_too_fine_is_made_coarser() -> None:
    few = make_procedural(0, 0, ProceduralConfig(families=("vase",), max_faces=600))
    assert len(few.faces) <= 600 and mesh_of(few).is_volume


def test_an_unknown_family_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ConfigError, match=r"'teapot'.*known: superquadric"):
        ProceduralConfig(families=("mug", "teapot"))


def test_a_family_that_makes_rubbish_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    from manifold3d import Manifold

    two = Manifold.cube([0.02] * 3) + Manifold.cube([0.02] * 3).translate([0.05, 0, 0])
    monkeypatch.setattr(generator, "FAMILIES", {"rubble": lambda rng: two})
    with pytest.raises(DatagenError, match=r"'rubble'.*seed 0, number 3"):
        make_procedural(3, 0, ALL)
