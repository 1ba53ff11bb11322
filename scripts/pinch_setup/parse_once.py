# SPDX-License-Identifier: Apache-2.0
"""Runs a generator of rosidl so that no interface is parsed twice:  parse_once.py GENERATOR ARGUMENT...

Each of the five generators parses every interface again, and parsing takes longer than the rest of its work.
Here the first one leaves the syntax trees in the package's build folder, and the others read them.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import os
import pickle
import runpy
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

FOLDER = "parsed_interfaces"


def parsed_once(parse: Callable[[str], Any], folder: Path, parser: str) -> Callable[[str], Any]:
    """`parse` with its results kept in `folder`; `parser` is a text that differs between versions of it."""

    def parse_or_read(text: str) -> Any:
        path = folder / f"{hashlib.sha256((parser + text).encode()).hexdigest()}.pickle"
        # A file that is missing or damaged is written again.
        with contextlib.suppress(OSError, EOFError, pickle.UnpicklingError):
            return pickle.loads(path.read_bytes())
        tree = parse(text)
        folder.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(f".{os.getpid()}.partial")
        partial.write_bytes(pickle.dumps(tree))
        partial.replace(path)
        return tree

    return parse_or_read


def main(generator: str, arguments: list[str]) -> None:
    """Run the generator's script; its arguments name a file in the package's build folder."""
    # A script's own folder comes first in the path: here the generator's, not that of the set-up's modules.
    sys.path[0] = os.path.dirname(generator)
    folder = Path(arguments[arguments.index("--generator-arguments-file") + 1]).parent / FOLDER
    parser = importlib.import_module("rosidl_parser.parser")
    version = importlib.import_module("lark").__version__ + parser.grammar
    parse = parsed_once(parser.get_ast_from_idl_string, folder, version)
    parser.get_ast_from_idl_string = parse  # type: ignore[attr-defined]
    sys.argv = [generator, *arguments]
    runpy.run_path(generator, run_name="__main__")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
