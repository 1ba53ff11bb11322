# SPDX-License-Identifier: Apache-2.0
"""What a run promises, in this process; workers are tested in test_run_local_pool.py and test_run_ray.py."""

from __future__ import annotations

import dataclasses
import io
from pathlib import Path

import pytest
from fake_generation import GRIPPER, Faulty, InProcess, files_of, generate
from rich.console import Console

from pinch_core.config import load_yaml
from pinch_core.errors import OutputError
from pinch_core.parallel_jaw.gripper import ParallelJawGripper
from pinch_datagen.datagen_config import DatagenConfig
from pinch_datagen.dataset.dataset import Dataset
from pinch_datagen.dataset.manifest import Manifest, read_manifest
from pinch_datagen.dataset.tables import ObjectData
from pinch_datagen.errors import DamagedDatasetError, DatagenError, NoObjectsError
from pinch_datagen.object_ref import ObjectRef, list_objects
from pinch_datagen.run.generation import run_generation
from pinch_datagen.run.inputs import Inputs, first_difference
from pinch_datagen.run.output_folder import output_folder
from pinch_datagen.run.progress import progress_on
from pinch_datagen.run.work import Generate, Outcome

REFS = list_objects(5, ())
CONFIG = DatagenConfig(seed=3, procedural_count=5)


def run(
    directory: Path,
    config: DatagenConfig = CONFIG,
    refs: list[ObjectRef] = REFS,
    *,
    gripper: ParallelJawGripper = GRIPPER,
    resume: bool = False,
    generate: Generate = generate,
) -> Manifest:
    return run_generation(directory, config, gripper, refs, InProcess(), generate, resume=resume)


def mesh(path: Path, content: str) -> ObjectRef:
    path.parent.mkdir(exist_ok=True)
    path.write_text(content, encoding="utf-8")
    return ObjectRef(path.stem, path)


@pytest.fixture
def interrupted(tmp_path: Path) -> Path:
    """Two of five objects done."""
    with pytest.raises(DatagenError):
        run(tmp_path / "data", generate=Faulty("bug", REFS[2].name))
    assert len(list((tmp_path / "data" / "objects").iterdir())) == 2
    return tmp_path / "data"


def test_a_run_leaves_a_dataset_and_the_config_that_makes_it_again(tmp_path: Path) -> None:
    manifest = run(tmp_path / "a")
    assert read_manifest(tmp_path / "a") == manifest
    assert len(Dataset.open(tmp_path / "a", verify=True)) == 5 * 12
    again = run(tmp_path / "b", load_yaml(DatagenConfig, tmp_path / "a" / "config.yaml"))
    assert again.fingerprint == manifest.fingerprint
    assert files_of(tmp_path / "a") == files_of(tmp_path / "b")
    assert set(files_of(tmp_path / "a")) >= {"config.yaml", "inputs.json", "manifest.json"}


def test_another_seed_gives_another_dataset(tmp_path: Path) -> None:
    other = dataclasses.replace(CONFIG, seed=4)
    assert run(tmp_path / "a").fingerprint != run(tmp_path / "b", other).fingerprint


def test_a_resumed_run_equals_an_uninterrupted_one_and_repeats_nothing(
    interrupted: Path, tmp_path: Path
) -> None:
    made: list[str] = []

    def counted(ref: ObjectRef, config: DatagenConfig, gripper: ParallelJawGripper) -> ObjectData:
        made.append(ref.name)
        return generate(ref, config, gripper)

    run(interrupted, resume=True, generate=counted)
    assert made == [ref.name for ref in REFS[2:]]
    run(tmp_path / "whole")
    assert files_of(interrupted) == files_of(tmp_path / "whole")


def test_resume_starts_what_was_never_begun(tmp_path: Path) -> None:
    (tmp_path / "data" / ".tmp-config.yaml-0").mkdir(parents=True)
    (tmp_path / "data" / "inputs.json").write_text("{}", encoding="utf-8")
    run(tmp_path / "data", resume=True)
    run(tmp_path / "whole")
    assert files_of(tmp_path / "data") == files_of(tmp_path / "whole")


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"config": dataclasses.replace(CONFIG, seed=4)}, r"another config.seed \(3, now 4\)"),
        (
            {"config": dataclasses.replace(CONFIG, views=dataclasses.replace(CONFIG.views, per_pose=7))},
            r"another config.views.per_pose \(45, now 7\)",
        ),
        ({"gripper": dataclasses.replace(GRIPPER, max_opening=0.05)}, "another gripper.max_opening"),
    ],
)
def test_a_run_is_not_resumed_with_other_settings(
    interrupted: Path, change: dict[str, object], named: str
) -> None:
    before = files_of(interrupted)
    with pytest.raises(OutputError, match=named):
        run(interrupted, resume=True, **change)  # type: ignore[arg-type]
    assert files_of(interrupted) == before


@pytest.mark.parametrize("content", ["other triangles", None])
def test_a_run_is_not_resumed_with_other_meshes(tmp_path: Path, content: str | None) -> None:
    cup = mesh(tmp_path / "meshes" / "cup.obj", "triangles")
    run(tmp_path / "data", refs=[cup])
    refs = [cup] if content else []
    mesh(cup.path, content or "")  # type: ignore[arg-type]
    with pytest.raises(OutputError, match=r"another meshes.cup \("):
        run(tmp_path / "data", refs=refs, resume=True)


def test_a_run_is_not_resumed_with_other_libraries(
    interrupted: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pinch_datagen.run.inputs.versions", lambda: {"numpy": "0.1"})
    with pytest.raises(OutputError, match=r"another versions\.coal"):
        run(interrupted, resume=True)


@pytest.mark.parametrize(
    ("file", "message"),
    [
        ("inputs.json", r"inputs\.json is not valid JSON"),
        ("config.yaml", r"cannot be resumed \(.*config.yaml is not valid YAML"),
    ],
)
def test_damaged_notes_of_a_run_are_damaged_data(interrupted: Path, file: str, message: str) -> None:
    (interrupted / file).write_text("{", encoding="utf-8")
    with pytest.raises(DamagedDatasetError, match=message):
        run(interrupted, resume=True)


def test_differences_are_found_at_any_depth() -> None:
    assert first_difference({"a": {"b": [1, 2]}}, {"a": {"b": [1, 2]}}) is None
    assert first_difference({"a": {"b": 1}, "c": 2}, {"a": {"b": 0}, "c": 3}) == "a.b (1, now 0)"
    assert first_difference({"a": 1}, {}) == "a (1, now None)"
    assert first_difference({"a": 1}, {"a": {"b": 1}}) == "a (1, now {'b': 1})"


@pytest.mark.parametrize("resume", [False, True])
def test_a_folder_with_other_things_is_refused_and_left_alone(tmp_path: Path, resume: bool) -> None:
    (tmp_path / "holiday.jpg").write_bytes(b"")
    (tmp_path / ".tmp-mine").write_bytes(b"")
    with pytest.raises(
        OutputError, match=r"holds no run to resume, but holiday.jpg" if resume else "not empty"
    ):
        run(tmp_path, resume=resume)
    assert set(files_of(tmp_path)) == {"holiday.jpg", ".tmp-mine"}


def test_a_finished_dataset_is_not_overwritten_without_resume(tmp_path: Path) -> None:
    run(tmp_path / "data")
    with pytest.raises(OutputError, match="--resume"):
        run(tmp_path / "data")


def test_a_file_is_no_place_for_a_dataset(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OutputError, match="cannot be made a folder"):
        run(tmp_path / "file")


def test_two_runs_do_not_share_a_folder(tmp_path: Path) -> None:
    with (
        output_folder(tmp_path, Inputs.of(CONFIG, GRIPPER, REFS), resume=False),
        pytest.raises(OutputError, match="in use by another run"),
    ):
        run(tmp_path, resume=True)
    run(tmp_path, resume=True)


def test_cut_shards_are_made_again(interrupted: Path, tmp_path: Path) -> None:
    crops = interrupted / "objects" / REFS[0].name / "crops_32.npy"
    crops.write_bytes(crops.read_bytes()[:-1])
    (interrupted / "objects" / REFS[1].name / "shard.json").unlink()
    run(interrupted, resume=True)
    run(tmp_path / "whole")
    assert files_of(interrupted) == files_of(tmp_path / "whole")


def test_resume_repairs_a_single_bit_of_a_finished_dataset(tmp_path: Path) -> None:
    run(tmp_path / "data")
    before = files_of(tmp_path / "data")
    crops = tmp_path / "data" / "objects" / REFS[0].name / "crops_32.npy"
    content = bytearray(crops.read_bytes())
    content[-1] ^= 1
    crops.write_bytes(content)
    run(tmp_path / "data", resume=True)
    assert files_of(tmp_path / "data") == before


def test_a_bad_mesh_is_skipped_with_its_reason_and_never_tried_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    refs = [
        mesh(tmp_path / "meshes" / "cup.obj", "triangles"),
        mesh(tmp_path / "meshes" / "jug.obj", "broken"),
    ]
    manifest = run(tmp_path / "data", refs=refs)
    assert [shard.name for shard in manifest.shards] == ["cup"]
    assert [(skip.object, "holds no faces" in skip.reason) for skip in manifest.skipped] == [("jug", True)]
    assert "warning: jug is skipped: " in capsys.readouterr().err

    def never(ref: ObjectRef, config: DatagenConfig, gripper: ParallelJawGripper) -> ObjectData:
        raise AssertionError(ref)

    assert run(tmp_path / "data", refs=refs, resume=True, generate=never) == manifest


def test_a_damaged_note_of_a_skipped_mesh_is_written_again(tmp_path: Path) -> None:
    refs = [mesh(tmp_path / "meshes" / "jug.obj", "broken")]
    run(tmp_path / "data", refs=refs)
    before = files_of(tmp_path / "data")
    (tmp_path / "data" / "skipped" / "jug.json").write_bytes(b"\0")
    run(tmp_path / "data", refs=refs, resume=True)
    assert files_of(tmp_path / "data") == before


def test_a_folder_of_meshes_that_this_machine_cannot_see_ends_the_run(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"meshes is not visible on .*; put it on storage"):
        run(tmp_path / "data", refs=[ObjectRef("cup", tmp_path / "meshes" / "cup.obj")])
    assert not (tmp_path / "data" / "skipped").exists()


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (
            "bug",
            r"failed with ZeroDivisionError: division by zero \(.*fake_generation.py:\d+\); this is a bug",
        ),
        ("memory", r"memory ran out at object 'procedural_00000002'; run again with fewer --workers"),
    ],
)
def test_what_is_not_the_meshs_fault_ends_the_run(tmp_path: Path, fault: str, message: str) -> None:
    with pytest.raises(DatagenError, match=message):
        run(tmp_path / "data", generate=Faulty(fault, REFS[2].name))
    assert not (tmp_path / "data" / "manifest.json").exists()


def test_objects_are_listed_by_name_and_names_are_unique(tmp_path: Path) -> None:
    assert [ref.procedural_index for ref in list_objects(12, ())] == list(range(12))
    with pytest.raises(NoObjectsError, match="no object to generate from"):
        list_objects(0, ())
    (tmp_path / "a b.obj").touch()
    (tmp_path / "a_b.obj").touch()
    with pytest.raises(NoObjectsError, match=r"a b.obj and .*a_b.obj would both be the object 'a_b"):
        list_objects(3, [tmp_path])
    with pytest.raises(ValueError, match="not a procedural object"):
        _ = ObjectRef("cup", tmp_path / "cup.obj").procedural_index


def shown(console: Console, *outcomes: Outcome, interval: float = 0.0) -> None:
    with progress_on(console, total=4, done=2, interval=interval) as show:
        for outcome in outcomes:
            show(outcome)


DONE = Outcome("cup", 30, 10, 1.0)
SKIPPED = Outcome("[jug]", 0, 0, 1.0, "it leaks")


def test_without_a_terminal_progress_is_plain_lines_and_the_last_one_always_comes() -> None:
    lines, rare = io.StringIO(), io.StringIO()
    shown(Console(file=lines), DONE, SKIPPED)
    first, warning, last = lines.getvalue().splitlines()
    assert first.startswith("3/4 objects, 30 examples, ")
    assert first.endswith("0 skipped, 0:00:00 left")
    assert warning == "warning: [jug] is skipped: it leaks"
    assert last.startswith("4/4 objects, 30 examples, ")
    shown(Console(file=rare), DONE, SKIPPED, interval=1e9)
    assert [line[:3] for line in rare.getvalue().splitlines()] == ["war", "4/4"]


def test_on_a_terminal_progress_is_a_bar() -> None:
    screen = io.StringIO()
    shown(Console(file=screen, force_terminal=True, width=120), DONE, SKIPPED)
    assert "4/4" in screen.getvalue()
    assert "objects, 30 examples" in screen.getvalue()
    assert "warning: [jug] is skipped: it leaks" in screen.getvalue()
