# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinch_datagen.dataset.manifest import (
    FORMAT_VERSION,
    Alike,
    Manifest,
    Merged,
    ShardRecord,
    Skipped,
    config_sha256,
    read_manifest,
    write_manifest,
)
from pinch_datagen.dataset.shard import Counts
from pinch_datagen.errors import DamagedDatasetError, DatagenError

RECORDS = tuple(
    ShardRecord(f"{k:06d}_{name}", name, f"meshes/{name}.obj", Counts(20, 7, 5, 2, 4), f"{k:064x}")
    for k, name in enumerate(("mug", "bär", "duck"))
)
MANIFEST = Manifest(
    config={"seed": 7, "views": {"radius": [0.65, 0.75], "noise": None}},
    seed=7,
    torque_scale=1000.0,
    robust_epsilon_threshold=0.002,
    versions={"pinch": "0.1.0", "numpy": "2.4.6"},
    shards=RECORDS,
    skipped=(Skipped("plane", "it has no volume"), Skipped("leaf", "it has a hole")),
    merged=(Merged("mug_stl", "meshes/mug.stl", "mug"), Merged("cup", "meshes/cup.ply", "mug")),
    alike=(Alike(("mug", "duck")),),
)

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(), plain, max_size=4), st.integers(0, 2**63), st.permutations(RECORDS))
def test_what_is_written_is_read_whatever_the_order_of_shards(
    config: dict[str, object], seed: int, shards: list[ShardRecord]
) -> None:
    manifest = replace(MANIFEST, config=config, seed=seed, shards=tuple(shards))
    with TemporaryDirectory() as directory:
        write_manifest(Path(directory), manifest)
        read = read_manifest(Path(directory))
    assert read == manifest
    assert read.fingerprint == manifest.fingerprint == replace(manifest, shards=RECORDS).fingerprint


def test_shards_and_skipped_objects_lie_sorted_by_name() -> None:
    assert [shard.name for shard in MANIFEST.shards] == ["bär", "duck", "mug"]
    assert [skipped.object for skipped in MANIFEST.skipped] == ["leaf", "plane"]


@pytest.mark.parametrize(
    "change",
    [
        {"config": {"seed": 8}},
        {"seed": 8},
        {"torque_scale": 1.0},
        {"robust_epsilon_threshold": 0.003},
        {"versions": {}},
        {"skipped": ()},
        {"merged": ()},
        {"alike": ()},
        {"shards": RECORDS[:2]},
        {"shards": (*RECORDS[:2], replace(RECORDS[2], sha256="f" * 64))},
    ],
)
def test_the_fingerprint_covers_everything(change: dict[str, object]) -> None:
    assert replace(MANIFEST, **change).fingerprint != MANIFEST.fingerprint  # type: ignore[arg-type]


def test_the_config_checksum_is_of_the_settings_not_of_their_order() -> None:
    assert config_sha256({"a": 1, "b": (1, 2)}) == config_sha256({"b": [1, 2], "a": 1})
    assert config_sha256({"a": 1}) != config_sha256({"a": 2})


def test_a_missing_manifest_means_an_unfinished_dataset(tmp_path: Path) -> None:
    with pytest.raises(DamagedDatasetError, match="unfinished; run its generation again with --resume"):
        read_manifest(tmp_path)
    with pytest.raises(DatagenError, match="is not a folder"):
        read_manifest(tmp_path / "nowhere")


def test_another_format_version_is_named_not_called_damage(tmp_path: Path) -> None:
    write_manifest(tmp_path, replace(MANIFEST, format_version=FORMAT_VERSION + 1))
    with pytest.raises(DatagenError, match="format version 3, this pinch reads 1 and 2") as caught:
        read_manifest(tmp_path)
    assert not isinstance(caught.value, DamagedDatasetError)


def test_manifests_without_merged_and_alike_objects_are_still_read(tmp_path: Path) -> None:
    old = replace(MANIFEST, merged=(), alike=(), format_version=1)
    write_manifest(tmp_path, old)
    values = json.loads((tmp_path / "manifest.json").read_text(encoding="utf-8"))
    assert not {"merged", "alike"} & set(values)
    assert read_manifest(tmp_path) == old


def test_every_cut_is_found(tmp_path: Path) -> None:
    content = MANIFEST.to_json()
    for length in range(0, len(content) - 2, 7):
        (tmp_path / "manifest.json").write_bytes(content[:length])
        with pytest.raises(DamagedDatasetError, match=r"manifest\.json"):
            read_manifest(tmp_path)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"examples": 20', '"examples": 21'),
        ('"seed": 7,\n  "shards"', '"seed": 8,\n  "shards"'),
        ('"fingerprint": "', '"fingerprint": "0'),
        ('"torque_scale"', '"torque_skale"'),
        ('"mug"', "3"),
        ('"torque_scale": 1000.0', '"torque_scale": NaN'),
        ('"torque_scale": 1000.0', f'"torque_scale": {"9" * 400}'),
    ],
)
def test_an_edited_manifest_is_found(tmp_path: Path, old: str, new: str) -> None:
    text = MANIFEST.to_json().decode()
    assert old in text
    (tmp_path / "manifest.json").write_text(text.replace(old, new))
    with pytest.raises(DamagedDatasetError, match=r"manifest\.json"):
        read_manifest(tmp_path)


def test_the_file_is_plain_json_that_states_both_checksums(tmp_path: Path) -> None:
    write_manifest(tmp_path, MANIFEST)
    values = json.loads((tmp_path / "manifest.json").read_text(encoding="utf-8"))
    assert values["config_sha256"] == config_sha256(MANIFEST.config)
    assert values["fingerprint"] == MANIFEST.fingerprint
    assert values["format_version"] == FORMAT_VERSION
    assert [path.name for path in tmp_path.iterdir()] == ["manifest.json"]
