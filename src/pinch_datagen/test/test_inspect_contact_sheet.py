# SPDX-License-Identifier: Apache-2.0
"""Sheets of crops."""

from __future__ import annotations

import numpy as np
import pytest
from pictures_read_back import assert_shows_something, picture, pixels_like

from pinch_core.report.crop_sheet import grey_crops
from pinch_core.report.palette import ORANGE
from pinch_datagen.inspect.contact_sheet import captions, draw_contact_sheet, sorted_for_reading
from pinch_datagen.inspect.negative_reason import Reason
from pinch_datagen.inspect.subject import SampledExamples


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
    assert (np.diff(positives.quality) <= 0).all()
    assert (np.diff(negatives.reason.astype(int)) >= 0).all()
    order = np.argmax(examples.quality)
    np.testing.assert_array_equal(positives.crops[32][0], examples.crops[32][order])
