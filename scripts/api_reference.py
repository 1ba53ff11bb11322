# SPDX-License-Identifier: Apache-2.0
"""The API reference: docstrings and message definitions as HTML in results/docs, for `make docs`."""

from __future__ import annotations

import importlib
import re
import sys
import warnings
from pathlib import Path

import pdoc

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "results" / "docs"
PACKAGES = sorted(path.parent.name for path in ROOT.glob("src/*/setup.py"))
INTERFACES = "pinch_interfaces"
# Sections (Args, Raises) as lists, and roles such as :func: as links.
DOCFORMAT = "google"
# What runs inside MoveIt's process only, and cannot be imported without it.
NEEDS_MOVEIT = ("!pinch_executor.moveit.planner", "!pinch_executor.moveit.planning_world")
# Warnings that cost the reader nothing: those modules once more, and annotations that only type checkers
# import, which are shown as they are written.
HARMLESS = re.compile(r"Error parsing type annotation|No module named 'moveit")


def main() -> int:
    """Write the pages; any warning, such as a module that cannot be imported, ends it with exit code 1."""
    for package in PACKAGES:
        module = importlib.import_module(package)
        module.__doc__ = module.__doc__ or purpose(package)
    interfaces = importlib.import_module(INTERFACES)
    interfaces.__doc__ = f"{purpose(INTERFACES)}\n\n{interface_reference()}"
    interfaces.__all__ = []  # type: ignore[attr-defined]  # the generated classes repeat their definitions
    pdoc.render.configure(docformat=DOCFORMAT, footer_text="pinch", search=True)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        pdoc.pdoc(*PACKAGES, INTERFACES, *NEEDS_MOVEIT, output_directory=OUT)
    ours = [
        warning
        for warning in caught
        if not issubclass(warning.category, DeprecationWarning) and not HARMLESS.search(str(warning.message))
    ]
    for warning in ours:
        print(f"make docs: {warning.message}", file=sys.stderr)
    print(f"written to {OUT.relative_to(ROOT)}/index.html")
    return 1 if ours else 0


def purpose(package: str) -> str:
    """The first paragraph of a package's README."""
    readme = (ROOT / "src" / package / "README.md").read_text(encoding="utf-8")
    return readme.split("\n\n")[1]


def interface_reference() -> str:
    """Every message, service and action with its comments, as Markdown."""
    parts = []
    for kind in ("msg", "srv", "action"):
        for path in sorted((ROOT / "src" / INTERFACES / kind).glob(f"*.{kind}")):
            text = path.read_text(encoding="utf-8").strip()
            parts.append(f"## {kind}/{path.stem}\n\n```python\n{text}\n```")
    return "\n\n".join(parts)


if __name__ == "__main__":
    sys.exit(main())
