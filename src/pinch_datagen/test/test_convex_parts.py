# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import dataclasses
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
import trimesh

from pinch_datagen.objects.object_model import ObjectModel
from pinch_datagen.physics import convex_parts as module
from pinch_datagen.physics.convex_parts import ConvexPart, DecompositionConfig, convex_parts


def bracket() -> ObjectModel:
    """An L of two plates, with a hollow that no single convex part may fill."""
    solid = trimesh.boolean.union(
        [
            trimesh.creation.box((0.08, 0.04, 0.01)),
            trimesh.creation.box(
                (0.01, 0.04, 0.06), trimesh.transformations.translation_matrix((0.035, 0, 0.03))
            ),
        ],
        engine="manifold",
    )
    return ObjectModel("l", "l", np.array(solid.vertices), np.array(solid.faces), 1.0, np.zeros(3))


def meshes(parts: list[ConvexPart]) -> list[trimesh.Trimesh]:
    return [trimesh.Trimesh(part.vertices, part.faces, process=False) for part in parts]


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("parts")


def test_parts_are_convex_and_wound_outward(cache: Path) -> None:
    for part in meshes(convex_parts(bracket(), DecompositionConfig(), cache)):
        assert part.is_watertight
        assert part.volume > 0
        assert part.volume == pytest.approx(part.convex_hull.volume, rel=1e-6)


def test_a_hollow_stays_open(cache: Path) -> None:
    model = bracket()
    parts = meshes(convex_parts(model, DecompositionConfig(), cache))
    assert len(parts) > 1
    in_the_hollow = np.array([[-0.02, 0.0, 0.04]])
    assert not any(part.contains(in_the_hollow)[0] for part in parts)
    assert sum(part.volume for part in parts) == pytest.approx(model.mesh.volume, rel=0.15)


def test_a_convex_solid_is_one_part(cache: Path) -> None:
    box = trimesh.creation.box((0.03, 0.04, 0.05))
    model = ObjectModel("b", "b", np.array(box.vertices), np.array(box.faces), 1.0, np.zeros(3))
    (part,) = convex_parts(model, DecompositionConfig(), cache)
    assert len(part.vertices) == 8


def test_what_was_taken_apart_before_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = bracket()
    first = convex_parts(model, DecompositionConfig(), tmp_path)

    def refuse(*_: object) -> list[ConvexPart]:
        raise AssertionError("taken apart again")

    monkeypatch.setattr(module, "_decomposed", refuse)
    second = convex_parts(model, DecompositionConfig(), tmp_path)
    for one, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(one.vertices, other.vertices)
        np.testing.assert_array_equal(one.faces, other.faces)


def test_a_shape_is_taken_apart_once_for_all_its_sizes(tmp_path: Path) -> None:
    model = bracket()
    first = convex_parts(model, DecompositionConfig(), tmp_path)
    larger = dataclasses.replace(model, vertices=0.7310585 * model.vertices)
    second = convex_parts(larger, DecompositionConfig(), tmp_path)
    assert len(list(tmp_path.iterdir())) == 1
    for one, other in zip(first, second, strict=True):
        np.testing.assert_allclose(other.vertices, 0.7310585 * one.vertices, rtol=1e-12)


def test_networks_run_in_a_process_that_has_taken_an_object_apart(tmp_path: Path) -> None:
    # ONNX Runtime, imported after CoACD in one process, ended it with a segmentation fault.
    code = (
        "import sys, trimesh\nfrom pinch_datagen.physics.coacd_process import corners_of_parts\n"
        "cup = trimesh.creation.annulus(0.01, 0.02, 0.03)\n"
        "parts = corners_of_parts(cup.vertices, cup.faces, 0.03, 64, 'a ring')\n"
        "import onnxruntime\nsys.exit(0 if len(parts) > 1 else 1)\n"
    )
    script = tmp_path / "script.py"
    script.write_text(f"if __name__ == '__main__':\n{textwrap.indent(code, '    ')}")
    assert subprocess.run([sys.executable, str(script)], timeout=120, check=False).returncode == 0
