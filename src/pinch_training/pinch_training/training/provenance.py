# SPDX-License-Identifier: Apache-2.0
"""Where examples come from, as far as it is known: what of a model card is about data."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pinch_core.config import load_yaml
from pinch_core.errors import ConfigError
from pinch_core.grasp_types import gripper_from_mapping
from pinch_core.networks.model_card import MeshSource
from pinch_datagen.datagen_config import DatagenConfig
from pinch_datagen.dataset import canonical_json
from pinch_datagen.dataset.dataset import Dataset
from pinch_datagen.dataset.groups import SplitUnit
from pinch_datagen.dataset.manifest import MANIFEST_FILE, ShardRecord, read_manifest
from pinch_datagen.errors import DamagedDatasetError, DatagenError
from pinch_datagen.objects.mesh_folder import object_name
from pinch_datagen.run.inputs import CONFIG_FILE, INPUTS_FILE

NOT_STATED = "not stated"
PROCEDURAL, PROCEDURAL_LICENCE = "procedural objects of pinch", "Apache-2.0, generated"
PROCEDURAL_NAME = re.compile(r"procedural_\d+")
LICENCE_FILES = re.compile(r"(licen[cs]e|copying)(\.(txt|md))?", re.IGNORECASE)
LICENCE_LENGTH = 100


@dataclass(frozen=True)
class Provenance:
    """See the fields of the same names in ``ModelCard``."""

    data_config: str
    data_command: str
    mesh_sources: tuple[MeshSource, ...]
    gripper: str
    jaw_width: float
    gripper_type: str
    objects: int
    examples: int
    trained_focal_range: tuple[float, float] | None = None
    trained_tilt_range: tuple[float, float] | None = None

    @classmethod
    def of(cls, dataset: Dataset) -> Provenance:
        """From what generation noted in the dataset's folder; paths of this machine are left out.

        Raises:
            DamagedDatasetError: the notes are missing or damaged.
        """
        if not (dataset.path / MANIFEST_FILE).exists():
            return _of_published(dataset)
        shards = read_manifest(dataset.path).shards
        try:
            config = (dataset.path / CONFIG_FILE).read_text(encoding="utf-8")
            inputs = canonical_json.read(dataset.path / INPUTS_FILE)
            gripper = gripper_from_mapping(inputs.get("gripper"), str(dataset.path / INPUTS_FILE))
            camera = load_yaml(DatagenConfig, dataset.path / CONFIG_FILE).views.camera
        except (OSError, UnicodeDecodeError, ConfigError) as error:
            raise DamagedDatasetError(
                f"{dataset.path} does not say what it was made from ({' '.join(str(error).split())}); "
                "generate it again with --resume."
            ) from error
        sources, folders = _mesh_sources(shards)
        command = f"pinch datagen --config {CONFIG_FILE} --out data"
        return cls(
            data_config=config,
            data_command=" ".join([command, *(["--objects", *folders] if folders else [])]),
            mesh_sources=sources,
            gripper=gripper.name,
            jaw_width=gripper.span,
            gripper_type=gripper.type,
            objects=len(shards),
            examples=len(dataset),
            trained_focal_range=camera.focal,
            trained_tilt_range=camera.polar,
        )


def _of_published(dataset: Dataset) -> Provenance:
    try:
        objects = len(np.unique(dataset.group_ids(SplitUnit.OBJECT)))
    except DatagenError:
        objects = 0
    return Provenance(
        data_config="",
        data_command=f"{NOT_STATED}: a folder '{dataset.path.name}' in the layout of Dex-Net 2.0",
        mesh_sources=(MeshSource(f"Dex-Net 2.0 layout, {dataset.path.name}", NOT_STATED, objects),),
        gripper=NOT_STATED,
        jaw_width=0.0,
        gripper_type="parallel_jaw",
        objects=objects,
        examples=len(dataset),
    )


def _mesh_sources(shards: tuple[ShardRecord, ...]) -> tuple[tuple[MeshSource, ...], list[str]]:
    """Each folder that was given with its licence, after what is procedural; and the folders' names."""
    procedural, roots = 0, Counter[Path]()
    for shard in shards:
        if PROCEDURAL_NAME.fullmatch(shard.name) and shard.source.startswith("procedural "):
            procedural += 1
        else:
            roots[_root(shard)] += 1
    sources = [MeshSource(PROCEDURAL, PROCEDURAL_LICENCE, procedural)] if procedural else []
    ordered = sorted(roots.items(), key=lambda item: item[0].name)
    sources += [MeshSource(root.name, _licence(root), count) for root, count in ordered]
    return tuple(sources), [root.name for root, _ in ordered]


def _root(shard: ShardRecord) -> Path:
    """The folder that generation was given: the one below which the file's path makes the object's name."""
    path = Path(shard.source)
    for folder in path.parents:
        name = object_name(path, [folder])
        if shard.name == name or re.fullmatch(rf"{re.escape(name)}_\d+", shard.name):
            return folder
    return path.parent


def _licence(folder: Path) -> str:
    """First line of a licence file in the folder, where it still lies there."""
    try:
        files = sorted(path for path in folder.iterdir() if LICENCE_FILES.fullmatch(path.name))
        lines = [line.strip() for path in files[:1] for line in path.read_text(errors="replace").splitlines()]
    except OSError:
        return NOT_STATED
    return next((line[:LICENCE_LENGTH] for line in lines if line), NOT_STATED)
