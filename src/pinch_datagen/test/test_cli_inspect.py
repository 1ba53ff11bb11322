# SPDX-License-Identifier: Apache-2.0
"""``pinch datagen inspect`` as the dispatcher runs it."""

from __future__ import annotations

import json
import shutil
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from boxes_to_inspect import JUG, REASONS, SURFACE, box, write_cup_and_jug
from object_data_samples import write_dataset
from pictures_read_back import assert_shows_something

from pinch_core.cli import __main__ as cli
from pinch_datagen.dataset.dexnet_format import export_dexnet
from pinch_datagen.inspect import object_picture, report

SHEETS = {"positives_32.png", "negatives_32.png", "statistics.png", "statistics.json"}


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
    return write_cup_and_jug(tmp_path / "data")


def inspect(folder: Path, *arguments: object) -> int:
    return cli.main(["datagen", "inspect", str(folder), *map(str, arguments)])


def only_sentence(capsys: pytest.CaptureFixture[str]) -> str:
    output = capsys.readouterr()
    assert output.out == ""
    (line,) = output.err.splitlines()
    assert line.startswith("pinch: ")
    assert line.endswith((".", "..."))
    return line


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
