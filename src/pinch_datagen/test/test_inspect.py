# SPDX-License-Identifier: Apache-2.0
"""``pinch datagen inspect`` on boxes whose grasps and images are counted by hand."""

from __future__ import annotations

import base64
import itertools
import json
import re
import shutil
from dataclasses import replace
from html.parser import HTMLParser
from importlib.metadata import EntryPoint
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
import pytest
import trimesh
from hypothesis import given
from hypothesis import strategies as st
from object_data_samples import write_dataset

from pinch_core.cli import __main__ as cli
from pinch_datagen.dataset.dexnet_format import export_dexnet
from pinch_datagen.dataset.manifest import Skipped, read_manifest, write_manifest
from pinch_datagen.dataset.shard import CropPrecision, Shard, read_shard
from pinch_datagen.dataset.tables import EXAMPLES, GRASPS, POSES, VIEWS, GraspKind, ObjectData
from pinch_datagen.inspect import object_picture
from pinch_datagen.inspect.colors import GREY, ORANGE, epsilon_colors, grasp_colors
from pinch_datagen.inspect.contact_sheet import captions, draw_contact_sheet, grey_crops, sorted_for_reading
from pinch_datagen.inspect.grasp_drawing import grasp_segments, opening_of
from pinch_datagen.inspect.negative_reason import Reason, negative_reasons
from pinch_datagen.inspect.object_page import object_page
from pinch_datagen.inspect.object_picture import draw_object
from pinch_datagen.inspect.shaded_view import ParallelView
from pinch_datagen.inspect.shard_subject import ShardSubject
from pinch_datagen.inspect.statistics import compute_statistics
from pinch_datagen.inspect.subject import SampledExamples
from pinch_datagen.objects.object_model import ObjectModel
from pinch_datagen.ray_mesh import RayMesh

EXTENT = np.array([0.03, 0.06, 0.04])
OPENING, DEPTH, FOCAL = 0.05, 0.7, 525.0
SURFACE, BLOCKED, BESIDE = GraspKind

# Kind, nothing hit, both contacts, robust epsilon, images.
CUP = [
    (SURFACE, True, True, 0.003, 4),  # positive
    (SURFACE, True, True, 0.001, 3),
    (SURFACE, False, True, 0.004, 2),
    (BLOCKED, False, True, 0.004, 1),
    (BESIDE, True, False, 0.0, 2),
    (SURFACE, True, False, 0.0, 1),
]
JUG = [(SURFACE, True, True, 0.0025, 5), (SURFACE, False, True, 0.0, 7)]

REASONS = {"beside": 2, "blocked": 1, "collision": 2 + 7, "no contact": 1, "low epsilon": 3}


def box(name: str, grasps: list[tuple[GraspKind, bool, bool, float, int]], sizes: tuple[int, ...] = (32,)) -> ObjectData:
    """A box that lies on its side, turned by 90 degrees about x; the crop of example k is flat, k mm too near."""
    mesh = trimesh.creation.box(EXTENT)
    model = ObjectModel(name, f"meshes/{name}.obj", mesh.vertices, mesh.faces, 0.5, np.zeros(3))
    poses = np.zeros(1, POSES)
    poses["probability"] = 1.0
    poses["T_table_obj"] = [[[1, 0, 0, 0], [0, 0, -1, 0], [0, 1, 0, EXTENT[1] / 2], [0, 0, 0, 1]]]
    table = np.zeros(len(grasps), GRASPS)
    for row, (kind, free, contact, epsilon, _) in zip(table, grasps, strict=True):
        row["kind"], row["collision_free"], row["robust_epsilon"] = kind, free, epsilon
        row["center"], row["axis"], row["approach"] = (0.0, 0.01, 0.0), (1, 0, 0), (0, -1, 0)
        row["contacts"] = [(-0.015, 0.01, 0.0), (0.015, 0.01, 0.0)] if contact else np.nan
        row["width"] = 0.03 if contact else np.nan
    views = np.zeros(1, VIEWS)
    views["fx"] = views["fy"] = FOCAL
    grasp = np.repeat(np.arange(len(grasps)), [count for *_, count in grasps])
    examples = np.zeros(len(grasp), EXAMPLES)
    examples["grasp"], examples["depth"] = grasp, DEPTH
    examples["width_px"] = OPENING * FOCAL / DEPTH
    examples["label"] = ((table["robust_epsilon"] > 0.002) & table["collision_free"])[grasp]
    near = -0.001 * np.arange(len(grasp), dtype=np.float32)[:, None, None]
    crops = {size: np.broadcast_to(near, (len(grasp), size, size)).copy() for size in sizes}
    return ObjectData(model, poses, table, views, examples, crops)


@pytest.fixture(autouse=True)
def command_and_small_panels(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = EntryPoint("datagen", "pinch_datagen.cli.datagen:main", "pinch.commands")
    monkeypatch.setattr(cli, "entry_points", lambda group: [entry])
    monkeypatch.setattr(object_picture, "WIDTH", 220)
    monkeypatch.setattr(object_picture, "HEIGHT", 175)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = write_dataset(tmp_path / "data", [box("cup", CUP), box("jug", JUG)])
    write_manifest(folder, replace(read_manifest(folder), skipped=(Skipped("leaf", "it has a hole"),)))
    return folder


@pytest.fixture
def cup(data: Path) -> Shard:
    return read_shard(data / "objects" / "000000_cup")


def inspect(folder: Path, *arguments: object) -> int:
    return cli.main(["datagen", "inspect", str(folder), *map(str, arguments)])


def picture(png: bytes) -> np.ndarray:
    decoded = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)
    assert decoded is not None
    return decoded[..., ::-1]


def assert_shows_something(png: bytes) -> None:
    colors, counts = np.unique(picture(png).reshape(-1, 3), axis=0, return_counts=True)
    assert len(colors) > 50
    assert counts.max() < 0.97 * counts.sum()


def pixels_like(image: np.ndarray, color: str, tolerance: int = 12) -> np.ndarray:
    wanted = np.array([int(color[k : k + 2], 16) for k in (1, 3, 5)])
    return np.argwhere(np.abs(image.astype(int) - wanted).max(axis=2) <= tolerance)


def only_sentence(capsys: pytest.CaptureFixture[str]) -> str:
    output = capsys.readouterr()
    assert output.out == ""
    (line,) = output.err.splitlines()
    assert line.startswith("pinch: ")
    assert line.endswith((".", "..."))
    return line


# --- figures ---------------------------------------------------------------------------------------------


def test_figures_agree_with_a_count_by_hand(data: Path) -> None:
    subject = ShardSubject(data)
    figures = compute_statistics(subject, subject.population())
    assert (figures.examples, figures.positives, figures.grasps) == (25, 9, 8)
    assert (figures.poses, figures.views) == (2, 2)
    assert figures.positive_share == 9 / 25
    assert figures.collision_share == 10 / 25
    assert figures.negatives == REASONS
    kinds = {kind.kind: kind for kind in figures.kinds}
    assert [kinds[name].examples for name in ("surface", "blocked", "beside")] == [22, 1, 2]
    assert kinds["surface"].example_share == 22 / 25
    assert kinds["surface"].positive_share == 9 / 22
    assert kinds["surface"].collision_share == 9 / 22
    assert (kinds["blocked"].positive_share, kinds["blocked"].collision_share) == (0.0, 1.0)
    assert [(entry.name, entry.positives, entry.examples) for entry in figures.objects] == [
        ("cup", 4, 13),
        ("jug", 5, 12),
    ]
    assert [entry.name for entry in figures.ranked_objects] == ["jug", "cup"]
    assert figures.skipped == (Skipped("leaf", "it has a hole"),)
    quantiles = {entry.quantity: entry for entry in figures.quantiles}
    assert quantiles["robust_epsilon"].values[2] == pytest.approx(0.00175)
    assert (quantiles["width"].grasps, quantiles["width"].values[0]) == (6, pytest.approx(0.03))
    # The box stands on its y face: a centre 10 mm along y is 10 mm above the middle.
    assert quantiles["height"].values == pytest.approx((0.04,) * 5)


def test_the_table_states_the_shares_beside_the_papers(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert inspect(data) == 0
    output = capsys.readouterr()
    lines = [" ".join(line.split()) for line in output.out.splitlines()]
    assert lines[1] == "2 objects, 1 skipped, 2 stable poses, 2 views, 8 grasps, 25 examples"
    assert "positive examples 36.0% (Dex-Net 2.0: 21.2%)" in lines
    assert "surface 6 22 88.0% 40.9% 40.9%" in lines
    assert "collision 56.2% 9" in lines
    assert "width between contacts [mm] 30.0 30.0 30.0 30.0 30.0" in lines
    assert lines.index("jug 41.7% 12 meshes/jug.obj") < lines.index("cup 30.8% 13 meshes/cup.obj")
    assert lines[-1] == "leaf: it has a hole"
    assert all(line.startswith("written: ") for line in output.err.splitlines())


def test_json_is_what_is_written(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert inspect(data, "--json", "--out", tmp_path / "report") == 0
    printed = capsys.readouterr().out
    assert printed == (tmp_path / "report" / "statistics.json").read_text()
    assert json.loads(printed)["negatives"] == REASONS


def test_a_reason_is_the_first_that_holds() -> None:
    for kind, free, contact in itertools.product(GraspKind, (True, False), (True, False)):
        if kind == BESIDE:
            expected = Reason.BESIDE
        elif not free:
            expected = Reason.BLOCKED if kind == BLOCKED else Reason.COLLISION
        else:
            expected = Reason.LOW_EPSILON if contact else Reason.NO_CONTACT
        assert negative_reasons(kind, free, contact) == expected


# --- samples and contact sheets --------------------------------------------------------------------------


@pytest.mark.parametrize(("label", "total"), [(True, 9), (False, 16)])
def test_a_sample_holds_examples_of_one_label_once_each(data: Path, label: bool, total: int) -> None:
    sample = ShardSubject(data).sample(label, 100, np.random.default_rng(0))
    assert (sample.total, len(sample)) == (total, total)
    assert ((sample.robust_epsilon > 0.002) & (sample.reason > Reason.COLLISION)).all() == label
    # The crop tells which example it is: cup's are numbers 0 to 12, jug's 0 to 11.
    numbers = np.round(-1000 * sample.crops[32][:, 0, 0]).astype(int)
    labels = [data.examples["label"] for data in (box("cup", CUP), box("jug", JUG))]
    expected = np.concatenate([np.flatnonzero(of_object == label) for of_object in labels])
    assert sorted(numbers) == sorted(expected)


@given(st.integers(0, 20), st.integers(0, 2**32))
def test_a_sample_is_as_large_as_asked_and_depends_on_the_seed_alone(count: int, seed: int) -> None:
    with pytest.MonkeyPatch.context():
        subject = SAMPLED_SUBJECT
        first, again = (subject.sample(False, count, np.random.default_rng(seed)) for _ in range(2))
    assert len(first) == min(count, 16)
    np.testing.assert_array_equal(first.crops[32], again.crops[32])
