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
from object_data_samples import write_dataset

from pinch_core.cli import __main__ as cli
from pinch_core.pictures.crop_sheet import grey_crops
from pinch_core.pictures.palette import GREY, ORANGE
from pinch_datagen.dataset.dexnet_format import export_dexnet
from pinch_datagen.dataset.manifest import Skipped, read_manifest, write_manifest
from pinch_datagen.dataset.shard import CropPrecision, Shard, read_shard
from pinch_datagen.dataset.tables import EXAMPLES, GRASPS, POSES, VIEWS, GraspKind, ObjectData
from pinch_datagen.inspect import object_picture, report
from pinch_datagen.inspect.colors import epsilon_colors, grasp_colors
from pinch_datagen.inspect.contact_sheet import captions, draw_contact_sheet, sorted_for_reading
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

SHEETS = {"positives_32.png", "negatives_32.png", "statistics.png", "statistics.json"}
REASONS = {"beside": 2, "blocked": 1, "collision": 2 + 7, "no contact": 1, "low epsilon": 3}


def box(
    name: str, grasps: list[tuple[GraspKind, bool, bool, float, int]], sizes: tuple[int, ...] = (32,)
) -> ObjectData:
    """A box turned by 90 degrees about x; the crop of example k is flat, k mm nearer than the grasp."""
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
    monkeypatch.setattr(object_picture, "WIDTH", 132)
    monkeypatch.setattr(object_picture, "HEIGHT", 105)


@pytest.fixture
def without_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("draw_histograms", "draw_contact_sheet", "draw_object"):
        monkeypatch.setattr(report, name, lambda *arguments: b"a picture")


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
    colors, counts = np.unique(picture(png).astype(int) @ [1, 256, 65536], return_counts=True)
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


@pytest.mark.usefixtures("without_pictures")
def test_the_table_states_the_shares_beside_the_papers(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
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


@pytest.mark.usefixtures("without_pictures")
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


@pytest.mark.parametrize("count", [0, 1, 7, 16, 17])
def test_a_sample_is_as_large_as_asked_and_the_same_for_the_same_seed(data: Path, count: int) -> None:
    subject = ShardSubject(data)
    first, again, other = (subject.sample(False, count, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert len(first) == len(other) == min(count, 16)
    np.testing.assert_array_equal(first.crops[32], again.crops[32])
    if count == 7:
        assert (first.crops[32] != other.crops[32]).any()


def test_what_lies_outside_the_image_counts_as_no_return(tmp_path: Path) -> None:
    cup = box("cup", CUP)
    cup.crops[32][:, :, :5] = -cup.examples["depth"][:, None, None]  # a depth of 0 from the camera
    subject = ShardSubject(write_dataset(tmp_path, [cup], CropPrecision.FLOAT16))
    crops = subject.sample(True, 4, np.random.default_rng(0)).crops[32]
    assert np.isnan(crops[:, :, :5]).all()
    assert np.isfinite(crops[:, :, 5:]).all()


def test_near_is_bright_and_the_same_depth_is_the_same_grey_in_every_tile() -> None:
    crops = np.array([-0.05, -0.02, 0.0, 0.02, 0.05, np.nan], np.float32).reshape(6, 1, 1)
    grey = grey_crops(crops)[:, 0, 0]
    assert grey[2] == pytest.approx([0.5, 0.5, 0.5])
    assert (grey[0] == 1).all() and (grey[4] == 0).all()
    assert (np.diff(grey[:5, 0]) < 0).all()
    assert grey[5, 2] > grey[5, 0] + 0.2  # bluish


def sampled(count: int, opening_px: float, size: int = 32) -> SampledExamples:
    rng = np.random.default_rng(0)
    return SampledExamples(
        1000,
        {size: rng.uniform(-0.03, 0.03, (count, size, size)).astype(np.float32)},
        np.full(count, opening_px, np.float32),
        np.linspace(0.0, 0.004, count, dtype=np.float32),
        (np.arange(count) % len(Reason)).astype(np.uint8),
    )


@pytest.mark.parametrize(("size", "scale"), [(32, 5), (96, 2)])
@pytest.mark.parametrize("opening_px", [18.0, 36.0, 54.0])
def test_jaws_are_drawn_across_the_middle_row_at_the_opened_width(
    size: int, scale: int, opening_px: float
) -> None:
    image = picture(draw_contact_sheet(sampled(1, opening_px, size), size, True))
    orange = pixels_like(image, ORANGE)
    columns = np.unique(orange[:, 1])
    (gap,) = np.flatnonzero(np.diff(columns) > 1)
    left, right = columns[: gap + 1].mean(), columns[gap + 1 :].mean()
    # Crops of 96 px have the image's pixels, those of 32 px three of them in each.
    assert right - left == pytest.approx(opening_px * size / 96 * scale, abs=1)
    corner = 24 + (size // 2 + 0.5) * scale
    assert (left + right) / 2 + 0.5 == pytest.approx(corner, abs=1)
    assert orange[:, 0].mean() + 0.5 == pytest.approx(96 - 24 + corner, abs=1)


def test_a_sheet_has_a_tile_for_every_example() -> None:
    few, many = (draw_contact_sheet(sampled(count, 36.0), 32, False) for count in (3, 13))
    assert picture(many).shape[0] > picture(few).shape[0] + 160
    for png in (few, many):
        assert_shows_something(png)


def test_captions_give_robust_epsilon_and_of_negatives_the_reason() -> None:
    examples = sampled(5, 36.0)
    assert captions(examples, True) == ["0.0000", "0.0010", "0.0020", "0.0030", "0.0040"]
    assert captions(examples, False)[1:4] == ["0.0010  blocked", "0.0020  collision", "0.0030  no contact"]


def test_positives_are_sorted_by_quality_and_negatives_by_reason() -> None:
    examples = sampled(12, 36.0)
    positives, negatives = (sorted_for_reading(examples, label) for label in (True, False))
    assert (np.diff(positives.robust_epsilon) <= 0).all()
    assert (np.diff(negatives.reason.astype(int)) >= 0).all()
    order = np.argmax(examples.robust_epsilon)
    np.testing.assert_array_equal(positives.crops[32][0], examples.crops[32][order])


# --- objects ---------------------------------------------------------------------------------------------


def test_jaws_are_drawn_at_the_contacts_or_opened_where_there_are_none(cup: Shard) -> None:
    assert opening_of(cup) == pytest.approx(OPENING, abs=1e-6)
    segments = grasp_segments(cup.grasps, opening_of(cup))
    span = np.linalg.norm(segments[:, 0, 1] - segments[:, 0, 0], axis=-1)
    assert span == pytest.approx([0.03, 0.03, 0.03, 0.03, OPENING, OPENING])
    for side in (0, 1):
        tip, top = segments[:, 1 + side].swapaxes(0, 1)
        jaw = segments[:, 0, side]
        assert np.cross(tip - top, [0, -1, 0]) == pytest.approx(np.zeros((6, 3)))  # along the approach
        assert ((tip - jaw) @ [0, -1, 0] > 0).all() and ((jaw - top) @ [0, -1, 0] > 0).all()
    across = grasp_segments(cup.grasps, OPENING, across=True)[:, 1]
    assert np.abs((across[:, 1] - across[:, 0]) @ np.array([[1, 0], [0, 1], [0, 0]])).max() < 1e-12


def test_an_object_is_drawn_where_it_projects_to_and_shades_the_table_beside_it() -> None:
    mesh = trimesh.creation.box(EXTENT)
    rays = RayMesh(mesh.vertices + np.array([0, 0, EXTENT[2] / 2]), mesh.faces)
    view = ParallelView.looking_down(np.array([0, 0, 0.02]), -90.0, 90.0, 0.002, 120, 80)
    image = view.shade(rays)
    bluish = np.argwhere(image[..., 2] - image[..., 0] > 0.01)  # the table is white, the object is not
    low, high = bluish.min(0), bluish.max(0)
    assert high - low + 1 == pytest.approx(EXTENT[[1, 0]] / 0.002, abs=1)
    corners = view.project(rays.vertices)
    assert corners.min(0)[::-1] == pytest.approx(low - 0.5, abs=0.6)
    assert corners.max(0)[::-1] == pytest.approx(high + 0.5, abs=0.6)
    beside = image[high[0] + 3, 60]
    assert (beside < 0.95).all() and (image[40, 1] == 1).all()
    hidden = view.is_hidden(rays, np.array([[0, 0, 0.01], [0, 0, 0.05], [0.05, 0, 0.01]]))
    assert hidden.tolist() == [True, False, False]


def test_colours_tell_robust_epsilon_and_collision() -> None:
    epsilon = np.array([0.0, 0.001, 0.002, 0.004, 0.02, 0.004], np.float32)
    colors = grasp_colors(epsilon, np.array([True] * 5 + [False]), 0.002)
    luminance = colors[:, :3] @ [0.2126, 0.7152, 0.0722]
    assert (np.diff(luminance[:4]) > 0.05).all()
    np.testing.assert_array_equal(colors[3], colors[4])
    assert np.ptp(colors[5, :3]) == 0


def test_the_picture_of_an_object_shows_it_with_its_grasps(
    cup: Shard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()  # panels of full size
    long = replace(cup, info=replace(cup.info, source="/a/long/path" * 30))
    png = draw_object(long, 0.002)
    assert_shows_something(png)
    image = picture(png)
    panels = image[object_picture.HEADER : -object_picture.FOOTER]
    robust = np.round(255 * np.array(epsilon_colors(0.002).to_rgba(0.003)[:3])).astype(int)
    assert len(pixels_like(panels, "#" + bytes(robust.tolist()).hex())) > 20
    assert len(pixels_like(panels, GREY)) > 5
    for edge in (image[:2], image[-2:], image[:, :2], image[:, -2:]):  # nothing is cut off
        assert (edge == 255).all()


class Resources(HTMLParser):
    """Collects what a page would load."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.headings: list[str] = []
        self._tag = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._tag = tag
        self.found += [str(value) for name, value in attrs if name in ("src", "href", "data", "srcset")]

    def handle_data(self, text: str) -> None:
        if self._tag == "h1":
            self.headings.append(text.strip())
            self._tag = ""


def scene_in(page: str) -> trimesh.Scene:
    (encoded,) = re.findall(r'base64_data="([^"]+)"', page)
    scene = trimesh.load_scene(BytesIO(base64.b64decode(encoded)), file_type="glb")
    assert isinstance(scene, trimesh.Scene)
    return scene


def test_the_page_of_an_object_loads_nothing_from_elsewhere(data: Path) -> None:
    folder = write_dataset(
        data / "odd", [replace(box("cup", CUP), model=replace(box("cup", CUP).model, name="a<b>&$c"))]
    )
    (shard,) = (read_shard(path) for path in (folder / "objects").iterdir())
    page = object_page(shard, 0.002)
    resources = Resources()
    resources.feed(page)
    assert resources.found == []
    assert resources.headings == ["a<b>&$c"]
    ours = page[page.index('<div id="legend">') :]
    assert "http" not in ours
    assert not re.search(r"\b(fetch|import|XMLHttpRequest|url)\s*\(", ours)


def test_the_page_holds_the_object_in_its_pose_and_the_grasps_in_their_colours(cup: Shard) -> None:
    scene = scene_in(object_page(cup, 0.002))
    names = {"pose0_object", "pose0_table", "pose0_free", "pose0_colliding"}
    assert names <= set(scene.graph.nodes_geometry)
    T_table_obj = cup.poses["T_table_obj"][0]
    parts = {}
    for name in names:
        transform, geometry = scene.graph[name]
        parts[name] = scene.geometry[geometry]
        if name != "pose0_table":
            np.testing.assert_allclose(transform, T_table_obj, atol=1e-7)
    np.testing.assert_allclose(parts["pose0_object"].extents, EXTENT, atol=1e-6)
    segments = grasp_segments(cup.grasps, opening_of(cup))
    free = cup.grasps["collision_free"]
    bounds = parts["pose0_free"].bounds
    np.testing.assert_allclose(bounds[:, 0], [-OPENING / 2, OPENING / 2], atol=1e-3)
    assert (bounds[0] <= segments[free].min((0, 1, 2)) + 1e-6).all()
    assert (bounds[1] >= segments[free].max((0, 1, 2)) - 1e-6).all()
    shown = np.unique(parts["pose0_free"].visual.vertex_colors, axis=0)
    expected = np.round(255 * epsilon_colors(0.002).to_rgba([0.0, 0.001, 0.003]))
    assert np.abs(shown[:, None].astype(float) - expected).max(2).min(0) == pytest.approx(0, abs=1)
    assert len(shown) == 3
    grey = [int(GREY[k : k + 2], 16) for k in (1, 3, 5)]
    np.testing.assert_array_equal(
        np.unique(parts["pose0_colliding"].visual.vertex_colors, axis=0), [[*grey, 255]]
    )


# --- the command -----------------------------------------------------------------------------------------


def test_every_file_is_written_and_shows_something(data: Path) -> None:
    assert inspect(data) == 0
    written = {path.name: path for path in (data / "inspect").iterdir()}
    drawn = {f"object_{name}.{kind}" for name in ("000000_cup", "000001_jug") for kind in ("png", "html")}
    assert written.keys() == SHEETS | drawn
    for name, path in written.items():
        if name.endswith("png"):
            assert_shows_something(path.read_bytes())


@pytest.mark.usefixtures("without_pictures")
def test_the_objects_with_most_positives_are_drawn_or_the_one_that_is_named(tmp_path: Path) -> None:
    objects = [
        box(f"jug{k}", [(SURFACE, True, True, 0.003, k), (SURFACE, False, True, 0.0, 9 - k)])
        for k in range(5)
    ]
    data = write_dataset(tmp_path / "data", objects)
    for arguments, numbers in (((), (2, 3, 4)), (("--object", "jug0"), (0,))):
        assert inspect(data, "--out", tmp_path / f"{numbers}", *arguments) == 0
        drawn = {f"object_{k:06d}_jug{k}.{kind}" for k in numbers for kind in ("png", "html")}
        assert {path.name for path in (tmp_path / f"{numbers}").iterdir()} == SHEETS | drawn


def test_both_sizes_of_crops_get_a_sheet_of_the_same_examples(tmp_path: Path) -> None:
    data = write_dataset(tmp_path, [box("jug", JUG, sizes=(32, 96))])
    sample = ShardSubject(data).sample(False, 5, np.random.default_rng(3))
    np.testing.assert_array_equal(sample.crops[32][:, 0, 0], sample.crops[96][:, 0, 0])
    assert list(sample.opening(96)) == pytest.approx(list(3 * sample.opening(32)))


@pytest.mark.usefixtures("without_pictures")
def test_without_positives_there_is_no_sheet_of_them(tmp_path: Path) -> None:
    data = write_dataset(tmp_path, [box("jug", JUG[1:])])
    assert inspect(data) == 0
    assert not (data / "inspect" / "positives_32.png").exists()
    assert (data / "inspect" / "negatives_32.png").exists()


@pytest.mark.usefixtures("without_pictures")
def test_of_an_unfinished_dataset_what_is_whole_is_shown_with_a_warning(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (data / "manifest.json").unlink()
    (data / "objects" / "000001_jug" / "mesh.npz").unlink()
    (data / "objects" / ".tmp-half-written").mkdir()
    (data / "skipped").mkdir()
    (data / "skipped" / "leaf.json").write_text('{"name": "leaf", "source": "leaf.obj", "reason": "a hole"}')
    assert inspect(data) == 0
    output = capsys.readouterr()
    warnings = [line for line in output.err.splitlines() if line.startswith("warning: ")]
    assert len(warnings) == 2
    assert "is unfinished" in warnings[0] and "000001_jug/mesh.npz is damaged" in warnings[1]
    assert "1 objects, 1 skipped" in output.out
    assert "leaf: a hole" in output.out
    shutil.rmtree(data / "objects" / "000000_cup")
    assert inspect(data) == 2
    assert "holds no whole object with examples" in only_sentence(capsys)


def test_a_published_folder_gives_figures_and_sheets_of_what_it_holds(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    export_dexnet(data, tmp_path / "dexnet")
    assert inspect(tmp_path / "dexnet", "--json") == 0
    figures = json.loads(capsys.readouterr().out)
    assert (figures["examples"], figures["positives"], figures["robust_epsilon_threshold"]) == (25, 9, 0.002)
    assert figures["negatives"] == {
        "beside": 0, "blocked": 0, "collision": 10, "no contact": 0, "low epsilon": 6,
    }  # fmt: skip
    assert {path.name for path in (tmp_path / "dexnet" / "inspect").iterdir()} == SHEETS
    for field in ("collision_free", "object_labels", "pose_labels", "image_labels"):
        (tmp_path / "dexnet" / "tensors" / f"{field}_00000.npz").unlink()
    (tmp_path / "dexnet" / "export.json").unlink()
    assert inspect(tmp_path / "dexnet", "--json") == 0  # as the paper's own dataset
    figures = json.loads(capsys.readouterr().out)
    assert (figures["collision_share"], figures["negatives"]["low epsilon"]) == (None, 16)
    assert inspect(tmp_path / "dexnet", "--object", "cup") == 2
    assert "names no objects" in only_sentence(capsys)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere"], "nowhere is not a folder"),
        (["empty"], "empty holds neither manifest.json nor tensors/"),
        (["data", "--object", "cat"], "has no object 'cat'; its objects are cup, jug, ..."),
        (["data", "--out", "file"], "file"),
        (["data", "--seed", "-1"], "InspectOptions.seed = -1 is outside"),
        (["--json", "data"], "the dataset's folder is missing"),
        ([], "the dataset's folder is missing"),
    ],
)
def test_bad_input_ends_with_one_sentence_and_code_2(
    data: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    message: str,
) -> None:
    monkeypatch.chdir(data.parent)
    Path("empty").mkdir()
    Path("file").touch()
    assert cli.main(["datagen", "inspect", *arguments]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert len(error.splitlines()) == 1


@pytest.mark.parametrize("file", ["crops_32.npy", "grasps.npy", "mesh.npz", "shard.json"])
def test_damage_has_a_code_of_its_own(data: Path, capsys: pytest.CaptureFixture[str], file: str) -> None:
    path = data / "objects" / "000001_jug" / file
    path.write_bytes(path.read_bytes()[:-7])
    assert inspect(data) == 3
    assert "is damaged" in only_sentence(capsys) or file == "shard.json"


def test_an_empty_dataset_is_said_to_be_empty(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert inspect(write_dataset(tmp_path / "none", [])) == 2
    assert "holds no object" in only_sentence(capsys)
    assert (
        inspect(write_dataset(tmp_path / "no examples", [box("cup", [(SURFACE, True, True, 0.003, 0)])])) == 2
    )
    assert "holds no whole object with examples" in only_sentence(capsys)
