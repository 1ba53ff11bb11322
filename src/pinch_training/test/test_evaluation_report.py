# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import base64
import csv
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from pinch_core.errors import OutputError, UnknownNameError
from pinch_core.perception.crop import fill_gaps
from pinch_core.report.crop_sheet import TILE, grey_crops
from pinch_datagen.dataset.dataset import Dataset
from pinch_datagen.dataset.groups import SplitUnit
from pinch_datagen.errors import DatagenError
from pinch_training.errors import EvaluationError
from pinch_training.evaluation import report
from pinch_training.evaluation.binary_metrics import binary_metrics
from pinch_training.evaluation.evaluate import EXAMPLES_AT_ONCE, evaluate
from pinch_training.evaluation.evaluation import COLUMNS
from pinch_training.evaluation.mistakes import Showcase, captions, draw_sheet, mistaken, worst_mistakes

COUNT = 6000
RNG = np.random.default_rng


class Source:
    """Two parts of random examples whose first pixel says the label; the path holds no files."""

    crop_sizes = (32, 96)
    metrics = ("robust_epsilon",)
    open_limit = 2
    counts = np.array([COUNT // 3, COUNT - COUNT // 3])

    def __init__(self, path: Path, objects: bool = True) -> None:
        self.path = path
        rng = RNG(0)
        self._objects = objects
        self._labels = rng.random(COUNT) < 0.3
        self._depths = rng.uniform(0.5, 0.8, COUNT).astype(np.float32)

    def labels(self) -> np.ndarray:
        return self._labels

    def depths(self) -> np.ndarray:
        return self._depths

    def metric(self, name: str) -> np.ndarray:
        return np.where(self._labels, np.float32(0.003), np.float32(0.001))

    def group_ids(self, unit: SplitUnit) -> np.ndarray:
        if unit is SplitUnit.OBJECT and not self._objects:
            raise DatagenError("no objects.")
        return np.arange(COUNT) // (300 if unit is SplitUnit.OBJECT else 2)

    def crops(self, part: int, size: int) -> np.ndarray:
        rows = slice(0, self.counts[0]) if part == 0 else slice(self.counts[0], COUNT)
        labels = self._labels[rows]
        images = np.zeros((len(labels), size, size), np.float16)
        images[:, 0, 0] = np.where(labels, 0.03, -0.03)
        images[:, 1, 1] = np.nan
        return images


class Reader:
    """Reads the label off the first pixel and is wrong about a share of it."""

    def __init__(self, crop_size: int = 32, noise: float = 0.3) -> None:
        self.crop_size, self.noise = crop_size, noise
        self.batches: list[int] = []

    def predict(self, crops: np.ndarray, depths: np.ndarray) -> np.ndarray:
        assert crops.shape == (len(depths), self.crop_size, self.crop_size)
        assert np.isfinite(crops).all()  # networks refuse gaps
        self.batches.append(len(depths))
        success = crops[:, 0, 0] > 0
        wrong = np.sin(1e5 * depths) ** 2 < self.noise
        return np.where(success != wrong, 0.9, 0.2).astype(np.float32)


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    return Dataset(Source(Path("some <data>")))


@pytest.fixture(scope="module")
def finished(dataset: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("evaluation") / "out"
    run(dataset, out)
    return out


SPLITS = {"image": np.arange(0, COUNT, 7), "object & more": np.arange(5900, COUNT)}


def run(dataset: Dataset, out: Path, splits: Any = None, models: Any = None) -> Any:
    models = {"good": Reader(), "large <b>": Reader(96, 0.4)} if models is None else models
    return evaluate(models, dataset, SPLITS if splits is None else splits, out, RNG(0))


def test_report_is_whole_and_needs_no_network(finished: Path) -> None:
    assert {path.name for path in finished.iterdir()} == report.FILES
    page = (finished / report.REPORT_FILE).read_text(encoding="utf-8")
    assert not re.search(r"https?:|<script|<link|@import|url\((?!#)", page)
    pictures = re.findall(r'<img class="sheet" alt="([^"]+)" src="data:image/png;base64,([^"]+)">', page)
    assert len(pictures) == page.count("<img") == 2 * 2 * 2
    assert page.count("<svg") == 2 * (3 + 2)  # three kinds of curves, and a histogram of each model
    for title, data in pictures:
        assert "<" not in title
        assert cv2.imdecode(np.frombuffer(base64.b64decode(data), np.uint8), cv2.IMREAD_COLOR) is not None
    assert "large &lt;b&gt;" in page and "large <b>" not in page and "some <data>" not in page
    _Nesting().feed(page)


class _Nesting(HTMLParser):
    """Fails where a tag is closed that is not the last opened one."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in ("meta", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_files_hold_the_metrics_of_the_predictions(dataset: Dataset, finished: Path) -> None:
    values = json.loads((finished / report.JSON_FILE).read_text())
    page = (finished / report.REPORT_FILE).read_text(encoding="utf-8")
    with (finished / report.CSV_FILE).open(newline="") as file:
        rows = {(row["split"], row["model"]): row for row in csv.DictReader(file)}
    assert values["unit"] == "object"
    for split, indices in SPLITS.items():
        for name, size, noise in (("good", 32, 0.3), ("large <b>", 96, 0.4)):
            crops = fill_gaps(dataset.crops(size, indices))
            q = Reader(size, noise).predict(crops, dataset.depths()[indices])
            expected = binary_metrics(dataset.labels()[indices], q)
            stated, row = values["splits"][split][name]["metrics"], rows[split, name]
            assert stated["average_precision"] == pytest.approx(expected.average_precision)
            assert stated["confusion"] == list(expected.confusion)
            assert float(row["roc_auc"]) == pytest.approx(expected.roc_auc, rel=1e-5)
            assert int(row["examples"]) == len(indices)
            assert f"{expected.average_precision:.3f}" in page


def test_order_of_indices_and_equal_seeds_change_no_byte(
    dataset: Dataset, finished: Path, tmp_path: Path
) -> None:
    run(dataset, tmp_path, {name: indices[::-1] for name, indices in SPLITS.items()})
    for name in report.FILES:
        assert (tmp_path / name).read_bytes() == (finished / name).read_bytes()


def test_examples_are_predicted_once_each_in_bounded_batches(dataset: Dataset, tmp_path: Path) -> None:
    model = Reader()
    run(dataset, tmp_path, {"all": np.arange(COUNT)}, {"model": model})
    assert model.batches == [EXAMPLES_AT_ONCE, COUNT - EXAMPLES_AT_ONCE]


def test_one_class_leaves_null_empty_and_a_dash(dataset: Dataset, tmp_path: Path) -> None:
    run(dataset, tmp_path, {"failures": np.flatnonzero(~dataset.labels())[:50]}, {"model": Reader()})
    values = json.loads((tmp_path / report.JSON_FILE).read_text())["splits"]["failures"]["model"]
    assert values["metrics"]["roc_auc"] is None and values["intervals"]["roc_auc"] == [None, None]
    with (tmp_path / report.CSV_FILE).open(newline="") as file:
        assert next(csv.DictReader(file))["roc_auc"] == ""
    assert "<td>&ndash;</td>" in (tmp_path / report.REPORT_FILE).read_text()


def test_layout_without_objects_resamples_images(tmp_path: Path) -> None:
    source = Source(tmp_path, objects=False)
    evaluation = run(Dataset(source), tmp_path / "out", {"s": np.arange(100)}, {"model": Reader()})
    assert evaluation.unit is SplitUnit.IMAGE
    assert evaluation.splits["s"].groups == 50


class Broken:
    crop_size = 32

    def __init__(self, answer: Any) -> None:
        self.answer = answer

    def predict(self, images: np.ndarray, depths: np.ndarray) -> Any:
        return self.answer(len(depths))


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda n: np.full(n, np.nan), "model 'bad' .* no probabilities, such as nan"),
        (lambda n: np.full(n, 3.0), "model 'bad' .* such as 3"),
        (lambda n: np.full(n - 1, 0.5), "model 'bad' .*one number an example"),
        (lambda n: np.full((n, 2), 0.5), "model 'bad' .*one number an example"),
        (lambda n: 0.5, "model 'bad' .*one number an example"),
    ],
)
def test_broken_model_is_named_and_leaves_nothing(
    dataset: Dataset, tmp_path: Path, answer: Any, message: str
) -> None:
    with pytest.raises(EvaluationError, match=message):
        run(dataset, tmp_path / "out", models={"good": Reader(), "bad": Broken(answer)})
    assert list(tmp_path.iterdir()) == []


def test_requests_without_an_answer_are_refused(dataset: Dataset, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with pytest.raises(EvaluationError, match="0 models on 2 splits"):
        run(dataset, out, models={})
    with pytest.raises(EvaluationError, match="2 models on 0 splits"):
        run(dataset, out, splits={})
    with pytest.raises(EvaluationError, match="split 'none' holds 0 examples"):
        run(dataset, out, splits={"none": np.array([], np.int64)})
    with pytest.raises(UnknownNameError, match="no crops of 64 px"):
        run(dataset, out, models={"other": Reader(64)})
    with pytest.raises(IndexError):
        run(dataset, out, splits={"beyond": np.array([COUNT])})


def test_earlier_report_is_replaced_and_foreign_files_are_never_touched(
    dataset: Dataset, tmp_path: Path
) -> None:
    out, splits = tmp_path / "out", {"s": np.arange(50)}
    out.mkdir()
    (out / report.CSV_FILE).write_text("an earlier one")
    run(dataset, out, splits, {"other": Reader()})
    assert "other" in (out / report.CSV_FILE).read_text()
    (out / "thesis.tex").write_text("years of work")
    model = Reader()
    with pytest.raises(EvaluationError, match="something else than a report"):
        run(dataset, out, splits, {"model": model})
    assert model.batches == []  # refused before any work
    assert (out / "thesis.tex").read_text() == "years of work"
    with pytest.raises(EvaluationError, match="something else than a report"):
        run(dataset, out / "thesis.tex", splits)


def test_failure_while_writing_keeps_the_earlier_report(
    dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, splits = tmp_path / "out", {"s": np.arange(50)}
    out.mkdir()
    for name in report.FILES:
        (out / name).write_text(f"earlier {name}")
    before = {path.name: path.read_bytes() for path in out.iterdir()}

    def full(evaluation: object) -> bytes:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(report, "metrics_json", full)
    with pytest.raises(OutputError, match="No space left"):
        run(dataset, out, splits, {"other": Reader()})
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_columns_have_names_of_their_own() -> None:
    assert (
        len({column.key for column in COLUMNS}) == len({column.title for column in COLUMNS}) == len(COLUMNS)
    )


def test_worst_mistakes_are_the_most_confident_and_one_a_group() -> None:
    labels = np.array([0, 0, 0, 0, 1, 1, 1], bool)
    q = np.array([0.6, 0.9, 0.8, 0.5, 0.5, 0.1, 0.7])
    apart = np.arange(7)
    assert worst_mistakes(labels, q, False, apart).tolist() == [1, 2, 0]
    assert worst_mistakes(labels, q, True, apart).tolist() == [5, 4]
    assert worst_mistakes(labels, q, False, apart, count=1).tolist() == [1]
    assert worst_mistakes(labels, q, False, np.array([0, 1, 1, 2, 3, 4, 5])).tolist() == [1, 0]
    wrong = mistaken(labels, q, False) | mistaken(labels, q, True)
    np.testing.assert_array_equal(wrong, labels != (q > 0.5))


def test_mistakes_are_shown_relative_to_the_grasp_in_their_crops_pixels(dataset: Dataset) -> None:
    indices = np.arange(200)
    showcase = Showcase(
        dataset, indices, dataset.depths(), np.full(COUNT, 48, np.float32), dataset.metric("robust_epsilon")
    )
    labels = dataset.labels()[indices]
    for size, opening in ((32, 16.0), (96, 48.0)):
        worst = showcase.worst("model", size, indices, labels, np.full(200, 0.9), succeeds=False)
        assert worst.total == (~labels).sum() and len(worst.q) == 40
        np.testing.assert_allclose(worst.crops[:, 0, 0], -0.03, atol=1e-4)
        assert np.isnan(worst.crops[:, 1, 1]).all()
        assert worst.opening is not None and (worst.opening == opening).all()
        assert captions(worst)[0] == "q 0.900   ε 0.0010"


def test_sheet_draws_each_crop_and_the_jaws_where_they_are(dataset: Dataset) -> None:
    indices = np.arange(200)
    widths = np.full(COUNT, 48, np.float32)  # jaws 16 px apart in crops of 32
    showcase = Showcase(dataset, indices, dataset.depths(), widths, None)
    q = np.full(200, 0.9)
    with_jaws = showcase.worst("model", 32, indices, dataset.labels()[indices], q, succeeds=False)
    sheet = cv2.imdecode(np.frombuffer(draw_sheet(with_jaws), np.uint8), cv2.IMREAD_COLOR)[..., ::-1]
    tile = sheet[96 : 96 + TILE, 24 : 24 + TILE]
    orange = (tile[..., 0] > 200) & (tile[..., 2] < 60)
    scale = TILE // 32
    columns = np.flatnonzero(orange.any(axis=0))
    center = (16 + 0.5) * scale
    assert columns.min() == pytest.approx(center - 8 * scale, abs=3)
    assert columns.max() == pytest.approx(center + 8 * scale, abs=3)
    assert np.flatnonzero(orange.any(axis=1)).mean() == pytest.approx(center, abs=1.5)
    expected = 255 * grey_crops(with_jaws.crops[:1])[0, 0, 0, 0]
    assert tile[1, 1, 0] == pytest.approx(expected, abs=2)


def test_sheet_of_a_faultless_model_says_so(dataset: Dataset) -> None:
    indices = np.arange(20)
    labels = dataset.labels()[indices]
    worst = Showcase.of(dataset).worst("model", 32, indices, labels, labels.astype(float), succeeds=True)
    assert len(worst.q) == worst.total == 0
    assert draw_sheet(worst).startswith(b"\x89PNG")
