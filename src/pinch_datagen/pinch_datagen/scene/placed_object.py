# SPDX-License-Identifier: Apache-2.0
"""An object where it stands."""

from __future__ import annotations

from dataclasses import dataclass

from pinch_core.geometry.transform import Transform
from pinch_datagen.objects.object_model import ObjectModel


@dataclass(frozen=True, eq=False)
class PlacedObject:
    """An object standing on the table."""

    model: ObjectModel
    T_table_obj: Transform
