# SPDX-License-Identifier: Apache-2.0
"""Models, datasets and settings are data: nothing in src/ can run code out of them."""

from __future__ import annotations

import ast

import pytest
from source_tree import ROOT

FORBIDDEN_MODULES = {"pickle", "cPickle", "dill", "joblib", "shelve", "marshal"}
FORBIDDEN_CALLS = {"eval", "exec", "os.system", "os.popen", "yaml.load", "yaml.unsafe_load", "torch.load"}
SOURCES = sorted(path for path in ROOT.glob("src/*/*/**/*.py") if "test" not in path.relative_to(ROOT).parts)


def breaches(source: str) -> list[str]:
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found += [a.name for a in node.names if a.name.split(".")[0] in FORBIDDEN_MODULES]
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in FORBIDDEN_MODULES:
            found.append(str(node.module))
        elif isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            found += [name] if name in FORBIDDEN_CALLS else []
            found += [
                f"{name}({k.arg}=...)"
                for k in node.keywords
                if k.arg in ("allow_pickle", "shell") and ast.unparse(k.value) != "False"
            ]
    return found


def test_no_source_can_run_code_from_data() -> None:
    found = {str(p.relative_to(ROOT)): breaches(p.read_text(encoding="utf-8")) for p in SOURCES}
    assert len(found) > 100
    assert not {place: names for place, names in found.items() if names}


@pytest.mark.parametrize(
    "source",
    ["import pickle", "from joblib import load", "torch.load(p)", "np.load(p, allow_pickle=True)", "eval(x)"],
)
def test_the_walk_sees_a_breach(source: str) -> None:
    assert breaches(source)
