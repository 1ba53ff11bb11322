# SPDX-License-Identifier: Apache-2.0
"""Show what pinch understands of an image, camera file, gripper, robot, mesh or bag."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path
from typing import Any

from pinch_core.atomic_file import write_file
from pinch_core.check import CHECKS, Beside, Check, Checked, SeenFile, recognise
from pinch_core.cli.__main__ import BAD_INPUT, DAMAGED_DATA, DONE, FELL_SHORT, find_entry_points
from pinch_core.cli.places import split_places
from pinch_core.cli.settings import parse
from pinch_core.config import configclass, setting
from pinch_core.config_kinds import config_kind_of
from pinch_core.depth_format import DepthFormat
from pinch_core.errors import ConfigError, DamagedFileError, PinchError
from pinch_core.file_kinds import kind_of

USAGE = "pinch check FILE... [options]"
DESCRIPTION = (
    "Show what pinch understands of files before a robot does: depth images, camera files, grippers, robots, "
    "meshes, bags. Name an image and its camera file together. Exit codes: 0 understood, 1 understood with "
    "warnings, 2 not understood, 3 damaged; of several files the highest."
)


# The others hold parameters of nodes and recipes, which often have the name of the robot that they are for.
_CHECKED_FOLDERS = ("grippers", "robots")


@configclass
class CheckOptions:
    """How depth images are to be read, and where the result goes."""

    save: Path | None = setting(
        default=None,
        help="write the picture here, .png; a name without .png is a folder with one picture for each file",
    )
    json: bool = setting(default=False, help="print one JSON document instead of text")
    depth_format: DepthFormat = field(default_factory=DepthFormat)


@dataclass(frozen=True)
class _Verdict:
    """What is shown of one file, its ``error``, and the exit code that it calls for."""

    path: Path
    kind: str
    checked: Checked | None
    error: str
    code: int


def main(argv: Sequence[str]) -> int:
    """``pinch check FILE...``: the highest exit code of the files."""
    named = list(takewhile(lambda word: not word.startswith("-"), argv))
    places, rest = split_places(argv, max(1, len(named)), USAGE, "a file")
    options = parse(CheckOptions, rest, USAGE, DESCRIPTION)
    paths = [path for place in places for path in _named(place)]
    checks, absent = _load_checks()
    seen = [SeenFile(path) for path in paths]
    kinds = [recognise(one, checks) for one in seen]
    verdicts = []
    for number, (one, check) in enumerate(zip(seen, kinds, strict=True)):
        beside = Beside(_others(kinds, paths, number), options.depth_format)
        verdicts.append(_judge(one, check, beside, checks, absent))
        if not options.json:
            _print(verdicts[-1], first=number == 0)
    pictures = [] if options.save is None else _save(verdicts, options.save)
    if options.json:
        print(json.dumps({"files": [_document(one) for one in verdicts]}, indent=2))
    for path in pictures:
        print(f"picture: {path}", file=sys.stderr)
    return max(one.code for one in verdicts)


def _named(place: Path) -> list[Path]:
    """The file of this path; where there is none, those of config/ that have the bare name: of a robot and
    its gripper of one name both.
    """
    from pinch_core.resources import config_directory, kinds_with

    name = _bare_name(place)
    if place.exists() or not name:
        return [place]
    folders = kinds_with(name)
    checked = [folder for folder in folders if folder in _CHECKED_FOLDERS] or folders
    return [config_directory() / folder / f"{name}.yaml" for folder in checked] or [place]


def _bare_name(place: Path) -> str:
    """What stands for a file of config/, as the options of other commands take it; empty for a path."""
    if place.name != str(place):
        return ""
    return place.stem if place.suffix in (".yaml", ".yml") else str(place)


def _load_checks() -> tuple[list[Check], str]:
    """The kinds of the installed packages, and a sentence about those whose libraries are missing."""
    checks: list[Check] = []
    absent = []
    for name, entry in find_entry_points(CHECKS).items():
        try:
            checks.append(entry.load())
        except ImportError as error:
            absent.append(f"{name.replace('_', ' ')} ({error})")
    return checks, f" Not available here: {', '.join(absent)}." if absent else ""


def _others(kinds: Sequence[Check | None], paths: Sequence[Path], number: int) -> dict[str, list[Path]]:
    """Kind -> paths of all files but the one of this number."""
    others: dict[str, list[Path]] = {}
    for other, check in enumerate(kinds):
        if other != number and check is not None:
            others.setdefault(check.kind, []).append(paths[other])
    return others


def _judge(
    seen: SeenFile, check: Check | None, beside: Beside, checks: Sequence[Check], absent: str
) -> _Verdict:
    if check is None:
        return _Verdict(seen.path, "", None, _not_recognised(seen, checks) + absent, BAD_INPUT)
    try:
        checked = check.check(seen.path, beside)
    except DamagedFileError as error:
        return _Verdict(seen.path, check.kind, None, str(error), DAMAGED_DATA)
    except PinchError as error:
        return _Verdict(seen.path, check.kind, None, str(error), BAD_INPUT)
    except ImportError as error:
        sentence = f"{seen.path} is a {check.kind}, but what reads it is not installed here ({error})."
        return _Verdict(seen.path, check.kind, None, sentence, BAD_INPUT)
    code = BAD_INPUT if checked.refused else FELL_SHORT if checked.warnings else DONE
    return _Verdict(seen.path, checked.kind, checked, checked.refused, code)


def _not_recognised(seen: SeenFile, checks: Sequence[Check]) -> str:
    path = seen.path
    if not path.exists():
        from pinch_core.resources import config_names

        known = ", ".join(dict.fromkeys(name for of in _CHECKED_FOLDERS for name in config_names(of)))
        remedy = f", or a gripper or robot of config/ ({known})" if _bare_name(path) and known else ""
        return f"{path} does not exist; name an existing file{remedy}."
    kinds = ", ".join(check.kind for check in checks)
    if path.is_dir():
        return f"{path} is a folder and no bag; name files in it. pinch checks: {kinds}."
    size = path.stat().st_size
    if size and not seen.head:
        return f"{path} cannot be read; make it readable."
    kind = config_kind_of(seen.mapping)
    if kind is not None:
        use = kind.use.replace("{path}", str(path))
        return f"{path} is {kind.name}, which pinch does not check here: {use}. It checks: {kinds}."
    if seen.mapping:
        keys = ", ".join(map(str, list(seen.mapping)[:8]))
        return f"{path} is of no kind that pinch reads (its keys are {keys}); pinch checks: {kinds}."
    foreign = kind_of(seen.head)
    if foreign is not None:
        return f"{path} is {foreign.name}, which pinch does not check; it checks: {kinds}."
    return f"{path} ({size} bytes, starts with {seen.head[:12]!r}) is of no kind that pinch checks: {kinds}."


def _print(verdict: _Verdict, *, first: bool) -> None:
    if not first:
        print()
    print(f"{verdict.path}: {verdict.kind or 'not recognised'}")
    if verdict.checked is not None:
        width = max((len(name) for name, _ in verdict.checked.lines), default=0)
        for name, value in verdict.checked.lines:
            print(f"  {name:<{width}}  {value}")
        for warning in verdict.checked.warnings:
            print(f"  warning: {warning}")
    sys.stdout.flush()
    if verdict.error:
        print(f"pinch: {verdict.error}", file=sys.stderr, flush=True)


def _document(verdict: _Verdict) -> dict[str, Any]:
    checked = verdict.checked
    return {
        "path": str(verdict.path),
        "kind": verdict.kind,
        "figures": dict(checked.figures) if checked else {},
        "lines": dict(checked.lines) if checked else {},
        "warnings": list(checked.warnings) if checked else [],
        "error": verdict.error,
        "exit_code": verdict.code,
    }


def _save(verdicts: Sequence[_Verdict], target: Path) -> list[Path]:
    """Write the pictures; where they lie.

    Raises:
        ConfigError: one name for several pictures. OutputError: it cannot be written.
    """
    drawn = [(one.path, one.checked.draw) for one in verdicts if one.checked and one.checked.draw]
    if target.suffix.lower() == ".png":
        if len(drawn) > 1:
            raise ConfigError(
                f"--save {target} names one picture, but these files make {len(drawn)}; name a folder."
            )
        places = [target]
    else:
        names = [path.name for path, _ in drawn]
        places = [
            target / f"{name}{'' if names.count(name) == 1 else f'_{number}'}.png"
            for number, name in enumerate(names)
        ]
    written = []
    for place, (_, draw) in zip(places, drawn, strict=False):
        write_file(place, draw())
        written.append(place)
    return written
