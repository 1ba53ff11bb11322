# SPDX-License-Identifier: Apache-2.0
"""The cell of a parameter file, for those who look at it without the node."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

from pinch_core.config import from_mapping, read_mapping
from pinch_core.errors import ConfigError
from pinch_sim.cell_config import CellConfig


def load_cell_config(path: Path) -> CellConfig:
    """What a file such as config/sim/cell.yaml says of the cell.

    Raises:
        ConfigError: the file is no parameter file of ``sim_cell``, or a value is wrong.
    """
    try:
        values: dict[str, Any] = read_mapping(path)["/**/sim_cell"]["ros__parameters"]
    except (KeyError, TypeError) as error:
        raise ConfigError(
            f"{path} has no ros__parameters of /**/sim_cell; give a file of config/sim."
        ) from error
    known = {field.name for field in fields(CellConfig)}
    return from_mapping(CellConfig, {name: values[name] for name in values if name in known}, str(path))
