# SPDX-License-Identifier: Apache-2.0
"""The networks that are shipped: whole, small, with a card, and right about grasps that anyone can judge."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from pinch_core.networks.errors import NetworkError
from pinch_core.networks.pretrained import find_network, pretrained_networks
from pinch_core.networks.quality_model import QualityModel, load_quality_model
from pinch_core.networks.weights import read_card
from pinch_core.perception.crop import relative_crops
from pinch_core.resources import load_gripper

Float32 = NDArray[np.float32]

DEFAULTS = {"compact_50mm": "yumi", "compact_85mm": "robotiq_2f85"}
LICENCES = {"Apache-2.0, generated"}
MEGABYTE = 1_000_000
# Of the camera that took the training images: a crop's pixel is three of the image's.
TABLE, METRES_PER_PIXEL = 0.70, 3 * 0.70 / 560


@pytest.fixture(scope="module", params=DEFAULTS)
def shipped(request: pytest.FixtureRequest) -> tuple[str, QualityModel]:
    return request.param, load_quality_model(pretrained_networks()[request.param])


def box(along: float, across: float, height: float) -> Float32:
    """Float32[32, 32]: a box on the table from above, its side ``along`` in line with the closing axis."""
    offset = (np.arange(32) - 16) * METRES_PER_PIXEL
    inside = (np.abs(offset)[None, :] <= along / 2) & (np.abs(offset)[:, None] <= across / 2)
    return np.where(inside, TABLE - height, TABLE).astype(np.float32)


def quality(model: QualityModel, crop: Float32, height: float) -> float:
    """Of a grasp with its fingertips ``height`` above the table."""
    depth = np.array([TABLE - height], np.float32)
    return float(model.predict(relative_crops(crop[None], depth), depth)[0])


def test_every_shipped_network_is_small_and_says_what_it_was_trained_on() -> None:
    networks = pretrained_networks()
    assert set(DEFAULTS) <= set(networks)
    for name, path in networks.items():
        card = read_card(path)
        assert path.stat().st_size < 20 * MEGABYTE
        assert card is not None and card.metrics and "seed" in card.data_config
        assert {source.licence for source in card.mesh_sources} <= LICENCES
        if name in DEFAULTS:
            assert card.jaw_width == pytest.approx(load_gripper(DEFAULTS[name]).max_opening)


def test_a_bar_is_held_across_and_not_along(shipped: tuple[str, QualityModel]) -> None:
    name, model = shipped
    width = load_gripper(DEFAULTS[name]).max_opening
    thin, long = 0.6 * width, 1.3 * width  # all of it in the crop: what is not seen may be heavy
    held = quality(model, box(thin, long, 0.04), 0.02)
    assert held > 0.5
    assert quality(model, box(long, thin, 0.04), 0.02) < min(0.5, held / 2)  # the fingers come down on it
    assert quality(model, box(thin, long, 0.04), 0.10) < 0.1  # above it


def test_nothing_is_held_where_nothing_is(shipped: tuple[str, QualityModel]) -> None:
    _, model = shipped
    assert quality(model, np.full((32, 32), TABLE, np.float32), 0.01) < 0.1


def test_networks_are_found_by_name_and_by_file(tmp_path: Path) -> None:
    name, path = next(iter(pretrained_networks().items()))
    assert find_network(name) == path == find_network(path)
    with pytest.raises(NetworkError, match="compact_50mm"):
        find_network(tmp_path / "nothing.safetensors")
