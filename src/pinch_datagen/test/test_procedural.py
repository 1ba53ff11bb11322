# SPDX-License-Identifier: Apache-2.0
"""Procedural objects are solids, varied, and the same on every machine."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import trimesh
from manifold3d import Manifold

from pinch_core.errors import ConfigError
from pinch_datagen.errors import DatagenError
from pinch_datagen.objects.object_model import RawMesh
from pinch_datagen.objects.procedural import generator
from pinch_datagen.objects.procedural.families import FAMILIES
from pinch_datagen.objects.procedural.generator import ProceduralConfig, make_procedural

ALL = ProceduralConfig()


@cache
def made(family: str, index: int, seed: int = 0) -> RawMesh:
    return make_procedural(index, seed, ProceduralConfig(families=(family,)))


def mesh_of(raw: RawMesh) -> trimesh.Trimesh:
    return trimesh.Trimesh(raw.vertices, raw.faces, process=False)


def lowest_altitude(mesh: trimesh.Trimesh) -> float:
    longest = mesh.edges_unique_length[mesh.faces_unique_edges].max(axis=1)
    return float((2 * mesh.area_faces / longest).min())


def cube(size: float = 0.02) -> Manifold:
    return Manifold.cube([size] * 3)


def output_of(program: str) -> list[str]:
    environment = {"PYTHONPATH": ":".join([str(Path(__file__).parent), *sys.path])}
    command = [sys.executable, "-c", program]
    run = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60, env=environment)
    return run.stdout.split()


def digest(raw: RawMesh) -> str:
    return hashlib.sha256(raw.vertices.tobytes() + raw.faces.tobytes()).hexdigest()


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_makes_solids_in_one_piece_of_handy_size(family: str) -> None:
    for index in range(4):
        raw = made(family, index)
        mesh = mesh_of(raw)
        assert mesh.is_volume and mesh.body_count == 1, f"{family} {index}"
        assert lowest_altitude(mesh) >= 1e-6
        assert 0.01 <= np.ptp(raw.vertices, axis=0).max() <= 0.30
        assert 60 <= len(raw.faces) <= ALL.max_faces
        assert raw.name == f"{family}_{index:06d}"
        assert raw.source == f"procedural {family}"


@pytest.mark.parametrize("family", FAMILIES)
def test_no_two_of_a_family_are_alike(family: str) -> None:
    volumes = [mesh_of(made(family, index)).volume for index in range(4)]
    assert len({round(volume, 12) for volume in volumes}) == 4


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
        ("supertoroid", 1),
        ("padlock", 1),
        ("funnel", 1),
        ("teapot", 1),
        ("scissors", 2),
        ("bracket", 2),
        ("pipe_tee", 2),
        ("frame", 5),
        ("fork", 0),
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
    assert output_of(program) == here
    assert len({*here, *(digest(make_procedural(index, 6, ALL)) for index in range(12))}) == 24


def test_all_families_are_equally_likely(monkeypatch: pytest.MonkeyPatch) -> None:
    # The same small block stands in for all, for speed.
    monkeypatch.setattr(generator, "FAMILIES", dict.fromkeys(FAMILIES, lambda rng: cube()))
    draws = 25 * len(FAMILIES)
    drawn = [make_procedural(index, 0, ALL).source.removeprefix("procedural ") for index in range(draws)]
    counts = np.array([drawn.count(family) for family in FAMILIES])
    assert counts.sum() == draws
    # Chi-square with n - 1 degrees of freedom, five standard deviations.
    freedom = len(FAMILIES) - 1
    assert ((counts - 25) ** 2 / 25).sum() < freedom + 5 * np.sqrt(2 * freedom)


def test_threads_do_not_change_a_byte() -> None:
    program = (
        "import os, sys; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})\n"
        "from test_procedural import *\n"
        "print(*[digest(made(family, 0)) for family in FAMILIES])"
    )
    assert output_of(program) == [digest(made(family, 0)) for family in FAMILIES]


def test_an_object_that_is_too_fine_is_made_coarser() -> None:
    few = make_procedural(0, 0, ProceduralConfig(families=("vase",), max_faces=600))
    assert len(few.faces) <= 600 and mesh_of(few).is_volume


def test_an_unknown_family_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ConfigError, match=r"'samovar'.*known: superquadric"):
        ProceduralConfig(families=("mug", "samovar"))


def test_a_plain_box_is_cut_finer_and_stays_the_same_box(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generator, "FAMILIES", {"box": lambda rng: cube(0.03)})
    mesh = mesh_of(make_procedural(0, 0, ALL))
    assert len(mesh.faces) >= 60
    assert mesh.volume == pytest.approx(0.03**3, rel=1e-9) and mesh.area == pytest.approx(
        6 * 0.03**2, rel=1e-9
    )


def test_crumbs_are_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    crumbled = cube() + cube(0.001).translate([0.05, 0, 0])
    monkeypatch.setattr(generator, "FAMILIES", {"box": lambda rng: crumbled})
    assert mesh_of(make_procedural(0, 0, ALL)).volume == pytest.approx(0.02**3)


def test_a_bad_draw_is_followed_by_another_from_the_same_generator(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[float] = []

    def too_large_at_first(rng: np.random.Generator) -> Manifold:
        drawn.append(rng.random())
        return cube(0.4 if len(drawn) < 3 else 0.02)

    monkeypatch.setattr(generator, "FAMILIES", {"box": too_large_at_first})
    assert np.ptp(make_procedural(0, 0, ALL).vertices) == pytest.approx(0.02)
    assert len(set(drawn)) == 3


@pytest.mark.parametrize(
    "rubbish",
    [
        pytest.param(cube() + cube().translate([0.05, 0, 0]), id="two pieces"),
        pytest.param(cube() - cube(0.01).translate([0.005] * 3), id="a bubble inside"),
        pytest.param(cube(0.31), id="too large"),
        pytest.param(cube(0.009), id="too small"),
        pytest.param(Manifold(), id="nothing"),
        pytest.param(Manifold.cube([0.02, 0.02, 1e-7]), id="no thickness"),
    ],
)
def test_a_family_that_makes_rubbish_is_named(rubbish: Manifold, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generator, "FAMILIES", {"rubble": lambda rng: rubbish})
    with pytest.raises(DatagenError, match=r"'rubble'.*seed 0, number 3"):
        make_procedural(3, 0, ALL)
