# SPDX-License-Identifier: Apache-2.0
"""Pictures of the import graph: packages, and the files of one package, each above what it imports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib
import networkx as nx
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from import_layout import BOX, FloorPlan, arrange
from source_imports import Module, circles

matplotlib.use("Agg")

INK, ARROW, FAINT, CIRCLE = "#22303c", "#7b8794", "#d5dbe1", "#d1242f"
# Fills of folders, light enough for dark text.
FILLS = ("#dbe9f6", "#fde8cf", "#dff0d8", "#eadcf4", "#fbdcdc", "#d9f0ee", "#f3efc9", "#e6e6e6", "#f7d9ec")


def draw_packages(
    packages: nx.DiGraph[str], modules: Mapping[str, Module], found: Sequence[Sequence[str]], path: Path
) -> None:
    """Packages on their floors; each tells how many imports of files its arrows stand for."""
    floor_plan = arrange(packages, row=6)
    figure, axes = _sheet(floor_plan, width=2.9, height=1.7)
    in_circle = {name for group in found for name in group}
    _draw_arrows(axes, packages, floor_plan, half_height=0.31)
    for name, place in floor_plan.places.items():
        files = [one for one in modules.values() if one.package == name]
        tied = sum(one.name in in_circle for one in files)
        uses = sorted(packages.edges(name, data="imports"), key=lambda edge: -edge[2])
        lines = [f"{len(files)} files, {sum(one.lines for one in files):,} lines"]
        words = [f"{to.removeprefix('pinch_')} {count}" for _, to, count in uses]
        lines += [" · ".join(words[index : index + 3]) for index in range(0, len(words), 3)]
        if tied:
            lines.append(f"{tied} files in circles")
        _box(axes, place, (BOX, 0.62), name, lines, FILLS[0], edge=CIRCLE if tied else INK)
    _save(figure, axes, f"{len(packages)} packages, each above what it imports and how often", path)


def draw_files(package: str, graph: nx.DiGraph[str], modules: Mapping[str, Module], path: Path) -> None:
    """The files of a package on floors of its own. Arrows that a longer way implies are faint."""
    inside: nx.DiGraph[str] = nx.DiGraph(graph.subgraph(n for n in graph if modules[n].package == package))
    empty = [n for n in inside if modules[n].path.name == "__init__.py" and inside.degree(n) == 0]
    inside.remove_nodes_from(empty)
    floor_plan = arrange(inside)
    figure, axes = _sheet(floor_plan, width=1.7, height=0.9)
    folders = sorted({_folder(name) for name in inside})
    found = circles(inside)
    tied = {name for group in found for name in group}
    _draw_arrows(axes, inside, floor_plan, half_height=0.25)
    for name, place in floor_plan.places.items():
        module, folder = modules[name], _folder(name)
        title = name.rpartition(".")[2] if module.path.name != "__init__.py" else "__init__"
        fill = FILLS[folders.index(folder) % len(FILLS)]
        edge = CIRCLE if name in tied else INK
        _box(axes, place, (BOX, 0.5), title, [f"{folder or package}  {module.lines}"], fill, edge=edge)
    note = f"{len(inside)} files, {inside.number_of_edges()} imports, {len(found)} circles"
    _save(figure, axes, f"{package}: {note}; each file above what it imports", path)


def _folder(name: str) -> str:
    """The folders of a module below its package."""
    return "/".join(name.split(".")[1:-1])


def _draw_arrows(axes: Axes, graph: nx.DiGraph[str], floor_plan: FloorPlan, *, half_height: float) -> None:
    """Red within a circle; faint where a longer way implies the arrow."""
    group_of = {name: number for number, group in enumerate(circles(graph)) for name in group}
    for importer, imported in graph.edges:
        start, end = floor_plan.places[importer], floor_plan.places[imported]
        if importer in group_of and group_of.get(imported) == group_of[importer]:
            _arrow(axes, start, end, half_height, CIRCLE, 2.0, 3)
        elif (importer, imported) in floor_plan.direct:
            _arrow(axes, start, end, half_height, ARROW, 1.1, 2)
        else:
            _arrow(axes, start, end, half_height, FAINT, 0.6, 1)


def _sheet(floor_plan: FloorPlan, width: float, height: float) -> tuple[Figure, Axes]:
    columns, rows = floor_plan.size
    figure = Figure(figsize=(max(6.0, width * columns), max(2.0, height * rows + 0.5)))
    axes = figure.add_axes((0.01, 0.01, 0.98, 1.0 - 0.55 / figure.get_figheight()))
    axes.set_xlim(-0.6, columns - 0.4)
    axes.set_ylim(-0.5, rows - 0.3)
    axes.set_axis_off()
    return figure, axes


def _box(
    axes: Axes,
    place: tuple[float, float],
    size: tuple[float, float],
    title: str,
    lines: Sequence[str],
    fill: str,
    edge: str,
) -> None:
    (x, y), (width, height) = place, size
    corner, style = (x - width / 2, y - height / 2), "round,pad=0,rounding_size=0.06"
    thick = 1.6 if edge == CIRCLE else 0.8
    box = FancyBboxPatch(
        corner, width, height, style, facecolor=fill, edgecolor=edge, linewidth=thick, zorder=4
    )
    axes.add_patch(box)
    # A long name gets smaller letters.
    font = 9.0 * min(1.0, 15 / len(title))
    text: dict[str, Any] = {"ha": "center", "va": "center", "color": INK, "zorder": 5}
    step = height / (len(lines) + 1.6)
    top = y + step * len(lines) / 2
    axes.text(x, top, title, fontsize=font, weight="bold", **text)
    for number, line in enumerate(lines, 1):
        axes.text(x, top - number * step, line, fontsize=7, **text)


def _arrow(
    axes: Axes,
    start: tuple[float, float],
    end: tuple[float, float],
    half_height: float,
    color: str,
    linewidth: float,
    zorder: int,
) -> None:
    """From the lower edge of the importer to the upper edge of what it imports; a bow along one row."""
    (x0, y0), (x1, y1) = start, end
    bend = 0.0
    if y0 == y1:
        y0, y1, bend = y0 + half_height, y1 + half_height, -0.2 if x0 < x1 else 0.2
    else:
        sign = 1.0 if y0 > y1 else -1.0
        y0, y1 = y0 - sign * half_height, y1 + sign * half_height
        # The two arrows of a pair, one up and one down, do not hide each other.
        bend = 0.15 if color == CIRCLE else 0.0
    axes.add_patch(
        FancyArrowPatch(
            (x0, y0),
            (x1, y1),
            arrowstyle="-|>",
            mutation_scale=7 + 2 * linewidth,
            connectionstyle=f"arc3,rad={bend}",
            shrinkA=0,
            shrinkB=0,
            color=color,
            linewidth=linewidth,
            zorder=zorder,
        )
    )


def _save(figure: Figure, axes: Axes, title: str, path: Path) -> None:
    axes.set_title(title, fontsize=11, color=INK, loc="left")
    figure.savefig(path, dpi=110, facecolor="white")
