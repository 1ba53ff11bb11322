# SPDX-License-Identifier: Apache-2.0
"""Pictures and pages of an object with its grasps."""

from __future__ import annotations

import base64
import re
from dataclasses import replace
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import trimesh
from boxes_to_inspect import CUP, EXTENT, OPENING, box, write_cup_and_jug
from object_data_samples import write_dataset
from pictures_read_back import assert_shows_something, picture, pixels_like

from pinch_core.report.palette import GREY
from pinch_core.report.plots import epsilon_colors
from pinch_datagen.dataset.shard import Shard, read_shard
from pinch_datagen.inspect import object_picture
from pinch_datagen.inspect.grasp_drawing import grasp_colors, grasp_segments, opening_of
from pinch_datagen.inspect.object_page import object_page
from pinch_datagen.inspect.object_picture import draw_object
from pinch_datagen.inspect.shaded_view import ParallelView
from pinch_datagen.ray_mesh import RayMesh


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return write_cup_and_jug(tmp_path / "data")


@pytest.fixture
def cup(data: Path) -> Shard:
    return read_shard(data / "objects" / "000000_cup")


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
