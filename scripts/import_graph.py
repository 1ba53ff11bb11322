# SPDX-License-Identifier: Apache-2.0
"""Draws which package, and which file, imports which, and prints circles, floors and arrows.

    python scripts/import_graph.py [--root DIR] [--out DIR]

Writes packages.png, and for each package one picture of its files, into results/imports. A floor stands above
all that it imports. Exit code 1 where files import each other in a circle.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import networkx as nx

from import_pictures import draw_files, draw_packages
from source_imports import (
    Module,
    When,
    circles,
    floors,
    import_graph,
    imports_between,
    package_graph,
    read_modules,
)

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    """Draw, print, and say by the exit code whether there is a circle."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--root", type=Path, default=ROOT, help="checkout that is read; by default this one")
    parser.add_argument(
        "--out", type=Path, default=ROOT / "results" / "imports", help="folder of the pictures"
    )
    options = parser.parse_args()
    modules = read_modules(options.root)
    if not modules:
        parser.error(f"{options.root} has no package in src/; name a checkout of pinch with --root")
    graph = import_graph(modules)
    found = circles(graph)
    _print(modules, graph, found)
    options.out.mkdir(parents=True, exist_ok=True)
    packages = package_graph(graph)
    draw_packages(packages, modules, found, options.out / "packages.png")
    for package in packages:
        draw_files(package, graph, modules, options.out / f"{package}.png")
    print(f"pictures: {options.out}")
    return 1 if found else 0


def _print(modules: dict[str, Module], graph: nx.DiGraph[str], found: list[list[str]]) -> None:
    packages = package_graph(graph)
    when = [one.when for one in imports_between(modules)]
    deferred, types = when.count(When.CALLING), when.count(When.TYPE_CHECKING)
    level, height = floors(graph), floors(packages)
    lines = sum(one.lines for one in modules.values())
    print(f"{len(packages)} packages on {max(height.values())} floors, {packages.number_of_edges()} arrows")
    print(
        f"{len(modules)} files on {max(level.values())} floors, {lines} lines, "
        f"{graph.number_of_edges()} arrows; {deferred} imports are in functions, {types} for types only"
    )
    print(f"{len(found)} circles of files, {len(circles(packages))} of packages")
    for group in found:
        print(f"  circle: {' <-> '.join(group)}")
    for floor in range(max(height.values()), 0, -1):
        print(f"floor {floor}")
        for package in sorted(name for name in packages if height[name] == floor):
            files = [one for one in modules.values() if one.package == package]
            uses = ", ".join(
                f"{to} {packages.edges[package, to]['imports']}"
                for to in sorted(packages.successors(package))
            )
            size = f"{len(files)} files, {sum(one.lines for one in files)} lines"
            print(f"  {package}: {size}; imports {uses or 'none'}")


if __name__ == "__main__":
    raise SystemExit(main())
