# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import sys

import numpy as np
import pytest

from pinch_sim import renderer
from pinch_sim.cell import Cell
from pinch_sim.cell_config import CellConfig
from pinch_sim.errors import RenderingError
from pinch_sim.sensor import CellCamera


@pytest.mark.parametrize(("egl", "backend"), [(True, "egl"), (False, "osmesa")])
def test_without_opengl_one_sentence_names_the_packages(monkeypatch, egl, backend):
    monkeypatch.setenv("MUJOCO_GL", "egl")
    monkeypatch.setattr(renderer, "_has_egl_device", lambda: egl)
    monkeypatch.setitem(sys.modules, f"mujoco.{backend}", None)
    with pytest.raises(RenderingError, match=f"by {backend} failed.*apt-get install libegl1"):
        renderer.open_gl_context(8, 8)


@pytest.mark.skipif(not renderer._has_egl_device(), reason="there is no EGL here whose display could end")
def test_a_display_that_another_library_ended_is_opened_again(monkeypatch):
    monkeypatch.setenv("MUJOCO_GL", "egl")
    renderer.open_gl_context(8, 8).free()
    import mujoco.egl

    mujoco.egl.EGL.eglTerminate(mujoco.egl.EGL_DISPLAY)  # as pyrender does when it has drawn
    renderer.open_gl_context(8, 8).free()


def test_one_camera_draws_scene_after_scene():
    cell = Cell(CellConfig())
    camera = CellCamera(cell.config)
    empty = camera.ideal_depth(cell.snapshot())
    cell.reset(1, "can")
    with_can = camera.ideal_depth(cell.snapshot())
    cell.reset(1, "box")
    with_box = camera.ideal_depth(cell.snapshot())
    camera.close()
    assert (np.abs(with_can - empty) > 0.02).any()
    assert (np.abs(with_box - with_can) > 0.01).any()


def test_colour_shows_the_object_where_depth_does():
    cell = Cell(CellConfig())
    camera = CellCamera(cell.config)
    empty = cell.snapshot()
    table, bare = camera.ideal_depth(empty), camera.colour(empty).astype(int)
    cell.reset(4, "cube")
    snapshot = cell.snapshot()
    on_object = np.abs(camera.ideal_depth(snapshot) - table) > 0.02
    changed = np.abs(camera.colour(snapshot).astype(int) - bare).max(axis=-1) > 40
    camera.close()
    assert changed[on_object].mean() > 0.95
