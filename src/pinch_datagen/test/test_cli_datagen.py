# SPDX-License-Identifier: Apache-2.0
"""``pinch datagen`` as the dispatcher runs it, with a generator of tiny objects and without processes."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import numpy as np
import pytest
import yaml
from fake_generation import GRIPPER, Faulty, InProcess, files_of, generate

from pinch_core.cli import __main__ as cli
from pinch_core.config import dump_yaml
from pinch_datagen.dataset.manifest import read_manifest


@pytest.fixture(autouse=True)
def workers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[int]:
    """A config folder and the command's entry point; returns the numbers of workers that were asked for."""
    asked: list[int] = []

    def pool(count: int) -> InProcess:
        asked.append(count)
        return InProcess()

    monkeypatch.setattr("pinch_datagen.run.executor.LocalPool", pool)
    monkeypatch.setattr("pinch_datagen.generate.generate_object", generate)
    entry = EntryPoint("datagen", "pinch_datagen.cli.datagen:main", "pinch.commands")
    monkeypatch.setattr(cli, "entry_points", lambda group: [entry])
    config = tmp_path / "config"
    (config / "datagen").mkdir(parents=True)
    (config / "datagen" / "tiny.yaml").write_text("{seed: 3, gripper: hand, procedural_count: 3}")
    (config / "grippers").mkdir()
    (config / "grippers" / "hand.yaml").write_text(dump_yaml(GRIPPER))
    monkeypatch.setenv("PINCH_CONFIG_DIR", str(config))
    return asked


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "data"


def datagen(out: Path, *arguments: object, config: object = "tiny") -> int:
    return cli.main(["datagen", "--config", str(config), "--out", str(out), *map(str, arguments)])


def meshes(folder: Path, **content: str) -> Path:
    folder.mkdir()
    for name, text in content.items():
        (folder / f"{name}.obj").write_text(text, encoding="utf-8")
    return folder


def only_sentence(capsys: pytest.CaptureFixture[str]) -> str:
    output = capsys.readouterr()
    assert output.out == ""
    (line,) = output.err.splitlines()
    assert line.startswith("pinch: ")
    assert line.endswith(".")
    return line


def test_figures_go_to_stdout_and_progress_to_stderr(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert datagen(out) == 0
    output = capsys.readouterr()
    (figures,) = output.out.splitlines()
    assert figures.startswith(f"{out}: 3 objects, 0 skipped, 36 examples, ")
    assert figures.endswith(f" positive; fingerprint {read_manifest(out).fingerprint}")
    assert output.err.startswith("3/3 objects, 36 examples")


def test_options_overrule_the_config_and_the_dataset_says_so(out: Path, workers: list[int]) -> None:
    assert datagen(out, "--seed", 9, "--procedural", 2, "--workers", 6) == 0
    noted = yaml.safe_load((out / "config.yaml").read_text())
    assert (noted["seed"], noted["procedural_count"], noted["gripper"]) == (9, 2, "hand")
    assert len(read_manifest(out).shards) == 2
    assert workers == [6]


def test_there_is_a_worker_for_every_core(
    out: Path, workers: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda process: {0, 3, 4})
    datagen(out)
    assert workers == [3]


def test_the_noted_config_makes_the_dataset_again(out: Path, tmp_path: Path) -> None:
    datagen(out, "--seed", 9)
    assert datagen(tmp_path / "again", config=out / "config.yaml") == 0
    assert files_of(tmp_path / "again") == files_of(out)


def test_meshes_of_several_folders_are_used_and_bad_ones_listed_with_their_reason(
    out: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folders = meshes(tmp_path / "a", cup="ok", jug="broken"), meshes(tmp_path / "b", pan="ok")
    assert datagen(out, "--procedural", 1, "--objects", *folders) == 0
    output = capsys.readouterr()
    assert "3 objects, 1 skipped, 36 examples" in output.out
    last = output.err.splitlines()[-1]
    assert last.startswith("skipped: ")
    assert last.endswith("jug.obj holds no faces; repair or remove it.")


def test_without_any_example_the_run_falls_short(
    out: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = meshes(tmp_path / "meshes", jug="broken")
    assert datagen(out, "--procedural", 0, "--objects", folder, "--format", "dexnet") == 1
    assert capsys.readouterr().err.splitlines()[-1].startswith("no object gave an example")
    assert read_manifest(out).shards == ()


def test_dexnet_format_is_exported_beside_the_dataset_and_once(out: Path) -> None:
    assert datagen(out) == 0
    assert not (out / "dexnet").exists()
    assert datagen(out, "--resume", "--format", "dexnet") == 0
    exported = np.load(out / "dexnet" / "tensors" / "hand_poses_00000.npz")["arr_0"]
    assert exported.shape == (36, 7)
    assert datagen(out, "--resume", "--format", "dexnet") == 0


def test_a_run_is_resumed_only_as_it_was_begun(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    datagen(out)
    capsys.readouterr()
    assert datagen(out) == 2
    assert "is not empty; choose a new folder, or --resume" in only_sentence(capsys)
    assert datagen(out, "--resume", "--seed", 4) == 2
    assert "was begun with another config.seed (3, now 4)" in only_sentence(capsys)
    assert datagen(out, "--resume") == 0


def test_damaged_data_has_a_code_of_its_own(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    datagen(out)
    capsys.readouterr()
    (out / "inputs.json").write_bytes(b"[")
    assert datagen(out, "--resume") == 3
    assert "inputs.json is not valid JSON" in only_sentence(capsys)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--config", "nothing"], "'nothing' is not one of the datagen"),
        (["--config", "wrong.yaml"], "has the unknown key 'sed' in DatagenConfig"),
        (["--procedural", "0"], "there is no object to generate from"),
        (["--objects", "empty"], "empty"),
        (["--objects", "empty", "--objects", "empty"], "--objects is given more than once"),
        (["--workers", "0"], "DatagenOptions.workers = 0 is outside"),
        (["--cluster", "127.0.0.1:1"], "no Ray cluster answers at '127.0.0.1:1'"),
        (["--out", "file"], "file cannot be made a folder"),
    ],
)
def test_bad_input_ends_with_one_sentence_and_code_2(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("wrong.yaml").write_text("sed: 3", encoding="utf-8")
    Path("file").touch()
    Path("empty").mkdir()
    assert datagen(Path("data"), *arguments) == 2
    assert message in only_sentence(capsys)


def test_a_full_disk_is_bad_input(
    out: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("os.fsync", lambda descriptor: None)  # restored at the end: the fault replaces it
    monkeypatch.setattr("pinch_datagen.generate.generate_object", Faulty("disk full", "procedural_00000000"))
    assert datagen(out) == 2
    assert "No space left on device" in only_sentence(capsys)


def test_inspect_is_a_command_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pinch_datagen.cli.inspect_dataset.main", lambda argv: len(argv))
    assert cli.main(["datagen", "inspect", "data", "--more"]) == 2


def test_help_answers_without_loading_the_generator() -> None:
    code = (
        "import sys\nfrom pinch_datagen.cli.datagen import main\n"
        "try: main(['--help'])\nexcept SystemExit: print(sorted({'numpy', 'ray', 'cv2'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "--cluster" in done.stdout
    assert "pinch datagen inspect" in done.stdout
    assert done.stdout.splitlines()[-1] == "[]"
