# SPDX-License-Identifier: Apache-2.0
"""From a reference to the prepared object."""

from __future__ import annotations

import dataclasses

from pinch_core.gripper import Gripper
from pinch_datagen.datagen_config import DatagenConfig
from pinch_datagen.object_ref import ObjectRef
from pinch_datagen.objects.mesh_file import load_raw_mesh
from pinch_datagen.objects.object_model import ObjectModel
from pinch_datagen.objects.preparation import prepare
from pinch_datagen.objects.procedural.generator import make_procedural
from pinch_datagen.random_streams import RandomStreams


def load_object(ref: ObjectRef, config: DatagenConfig, gripper: Gripper) -> ObjectModel:
    """The object that a reference names: read from its mesh file or made procedurally, then prepared, at a
    random scale.

    Raises:
        BadMeshError: the mesh cannot be made into an object.
    """
    if ref.path is not None:
        raw = load_raw_mesh(ref.path, ref.name)
    else:
        made = make_procedural(ref.procedural_index, config.seed, config.procedural)
        raw = dataclasses.replace(made, name=ref.name)
    scale = RandomStreams(config.seed, ref.name).of("scale").uniform(*config.object_scale)
    return prepare(raw, gripper.span, config.preparation, scale)
