# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import re
from pathlib import Path

from pinch_core.planner_config import PlannerConfig
from pinch_gqcnn.node_config import PlannerNodeConfig
from pinch_ros.parameters import parameter_table

README = Path(__file__).parents[1] / "README.md"


def test_the_readme_lists_every_parameter_and_no_other() -> None:
    section = README.read_text(encoding="utf-8").partition("## Parameters")[2].partition("\n## ")[0]
    listed = re.findall(r"^\| `([^`]+)` \|", section, re.MULTILINE)
    assert listed == [
        row[0] for config in (PlannerNodeConfig, PlannerConfig) for row in parameter_table(config)
    ]
