# SPDX-License-Identifier: Apache-2.0
"""``pinch <command>``: finds the commands of the installed packages and runs one."""

from __future__ import annotations

import ast
import importlib.util
import os
import signal
import sys
from importlib.metadata import EntryPoint, PackageNotFoundError, entry_points, version
from pathlib import Path

from pinch_core.errors import DamagedFileError, PinchError, UnknownNameError

# Groups of entry points.
COMMANDS = "pinch.commands"
BENCHMARKS = "pinch.benchmarks"

DONE, FELL_SHORT, BAD_INPUT, DAMAGED_DATA, INTERRUPTED = 0, 1, 2, 3, 130
OUTPUT_CLOSED = 141  # as a shell has it for SIGPIPE


def main(argv: list[str] | None = None) -> int:
    """Run one command and turn its exceptions into one sentence and an exit code."""
    arguments = sys.argv[1:] if argv is None else argv
    try:
        return _dispatch(arguments)
    except KeyboardInterrupt:
        print("pinch: interrupted", file=sys.stderr)
        return INTERRUPTED
    except DamagedFileError as error:
        print(f"pinch: {error}", file=sys.stderr)
        return DAMAGED_DATA
    except PinchError as error:
        print(f"pinch: {error}", file=sys.stderr)
        return BAD_INPUT


def find_entry_points(group: str) -> dict[str, EntryPoint]:
    """Name -> entry point of everything installed, sorted by name."""
    return {entry.name: entry for entry in sorted(entry_points(group=group), key=lambda entry: entry.name)}


def find_entry_point(group: str, name: str, kind: str) -> EntryPoint:
    """One entry point.

    Raises:
        UnknownNameError: it does not exist; the message lists those that do.
    """
    known = find_entry_points(group)
    if name not in known:
        raise UnknownNameError(
            f"'{name}' is not a {kind}; known: "
            f"{', '.join(known) or 'none, as no package is built: run make setup'}.",
            name,
            known,
        )
    return known[name]


def summary(entry: EntryPoint) -> str:
    """First line of the docstring of an entry point's module, read without importing it."""
    try:
        spec = importlib.util.find_spec(entry.module)
        docstring = ast.get_docstring(ast.parse(Path(str(spec and spec.origin)).read_text(encoding="utf-8")))
    except (ImportError, OSError, SyntaxError):
        return "(cannot be loaded)"
    return (docstring or "").partition("\n")[0]


def _dispatch(arguments: list[str]) -> int:
    if not arguments or arguments[0] in ("-h", "--help"):
        print(_usage(), file=sys.stdout if arguments else sys.stderr)
        return DONE if arguments else BAD_INPUT
    if arguments[0] == "--version":
        print(f"pinch {_version()}")
        return DONE
    command = find_entry_point(COMMANDS, arguments[0], "command").load()
    return int(command(arguments[1:]))


def _usage() -> str:
    commands = find_entry_points(COMMANDS)
    width = max(map(len, commands), default=0)
    lines = ["usage: pinch <command> [options]     pinch <command> --help     pinch --version", ""]
    lines += [f"  {name:<{width}}  {summary(entry)}" for name, entry in commands.items()]
    if not commands:
        lines.append("No command is installed: build the workspace with 'make setup'.")
    return "\n".join(
        [
            *lines,
            "",
            "exit codes: 0 done, 1 fell short, 2 bad input, 3 damaged data, 130 interrupted, 141 reader gone",
        ]
    )


def _version() -> str:
    try:
        return version("pinch_core")
    except PackageNotFoundError:
        return "(not installed)"


def run() -> int:
    """The program: as :func:`main`, and told to stop (SIGTERM) it cleans up as after Ctrl-C, so that nodes it
    started in processes of their own do not live on. Whoever reads the output may stop (``| head``).
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        code = main()
        sys.stdout.flush()
    except BrokenPipeError:
        # The final flush would fail again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OUTPUT_CLOSED
    return code


if __name__ == "__main__":
    sys.exit(run())
