# SPDX-License-Identifier: Apache-2.0
"""The parameter file and the README keep step with the code."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from pinch_core.config import from_mapping
from pinch_core.errors import ConfigError
from pinch_core.resources import config_directory
from pinch_ros.parameters import parameter_table
from pinch_sim.cell_config import CellConfig
from pinch_sim.errors import UnknownObjectError
from pinch_sim.faults import Faults
from pinch_sim.node_config import NodeConfig
from pinch_sim.place_marks import PlaceMark

README = Path(__file__).resolve().parents[1] / "README.md"


def names() -> set[str]:
    rows = (*parameter_table(NodeConfig), *parameter_table(CellConfig), *parameter_table(Faults, "faults"))
    return {row[0] for row in rows}


def flat(values: dict, prefix: str = "") -> set[str]:
    found: set[str] = set()
    for key, value in values.items():
        found |= flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {prefix + key}
    return found


@pytest.mark.parametrize("file", ["cell.yaml", "cell_with_bin.yaml"])
def test_the_parameter_file_sets_known_parameters_to_allowed_values(file):
    document = yaml.safe_load((config_directory() / "sim" / file).read_text())
    values = document["/**/sim_cell"]["ros__parameters"]
    assert flat(values) <= names()
    node = {
        key: value for key, value in values.items() if key in {row[0] for row in parameter_table(NodeConfig)}
    }
    from_mapping(NodeConfig, node, file)
    from_mapping(CellConfig, {key: value for key, value in values.items() if key not in node}, file)


def test_place_areas_are_where_the_executor_puts_things():
    document = yaml.safe_load((config_directory() / "executor.yaml").read_text())
    areas = document["/**/grasp_executor"]["ros__parameters"]["place_areas"]
    for name, mark in CellConfig().place_areas.named.items():
        settings = {key: areas[name][key] for key in ("position", "size", "yaw")}
        assert from_mapping(PlaceMark, settings, name) == mark


def test_the_readme_names_every_parameter():
    text = README.read_text(encoding="utf-8")
    missing = [name for name in names() if f"`{name}`" not in text]
    assert not missing


def test_unknown_objects_and_values_out_of_range_are_refused():
    with pytest.raises(UnknownObjectError, match="anvil"):
        CellConfig(objects=("box", "anvil"))
    with pytest.raises(ConfigError, match="tilt = 3"):
        from_mapping(CellConfig, {"camera": {"tilt": 3.0}}, "test")
