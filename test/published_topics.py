# SPDX-License-Identifier: Apache-2.0
"""Topics of the stack as its source has them: each ``create_publisher``, read without running it."""

from __future__ import annotations

import ast
from pathlib import Path

from source_tree import ROOT

NODES = {
    "pinch_camera": "depth_camera",
    "pinch_gqcnn": "grasp_planner",
    "pinch_executor": "grasp_executor",
    "pinch_sim": "sim_cell",
}
# A library, used by every node: diagnostics.
SHARED = "pinch_ros"


def published_topics() -> dict[str, str]:
    """Topic -> type, as package/Type."""
    topics: dict[str, str] = {}
    for package in (*NODES, SHARED):
        for path in sorted((ROOT / "src" / package / package).rglob("*.py")):
            # Examples and benchmarks have nodes of their own.
            if "benchmark" not in path.as_posix().removeprefix(ROOT.as_posix()):
                topics.update(_publishers(path, NODES.get(package, "")))
    return topics


def _publishers(path: Path, node: str) -> dict[str, str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    types = {
        alias.asname or alias.name: f"{statement.module.partition('.')[0]}/{alias.name}"
        for statement in ast.walk(tree)
        if isinstance(statement, ast.ImportFrom) and (statement.module or "").endswith(".msg")
        for alias in statement.names
    }
    found = {}
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "create_publisher":
            _, kind, topic, *_ = call.args
            if isinstance(topic, ast.Constant):
                name = str(topic.value).replace("~", f"/{node}", 1)
                # Relative names are below the node's namespace, here none.
                found[f"/{name.removeprefix('/')}"] = types[ast.unparse(kind)]
    return found
