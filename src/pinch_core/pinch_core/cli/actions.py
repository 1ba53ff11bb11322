# SPDX-License-Identifier: Apache-2.0
"""Commands of several actions: ``pinch <command> <action> [options]``.

Subcommands of tyro would do it too, but they look at the options of every action to parse those of one, so
all actions would be imported at each call.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence

from pinch_core.cli.__main__ import DONE
from pinch_core.errors import UnknownNameError


def run_action(
    argv: Sequence[str], command: str, usage: str, actions: Mapping[str, Callable[[Sequence[str]], int]]
) -> int:
    """Run the action that the first argument names, with the others; its exit code.

    Raises:
        UnknownNameError: there is none of that name, or none is named.
    """
    if argv and argv[0] in actions:
        return actions[argv[0]](argv[1:])
    if list(argv) in (["-h"], ["--help"]):
        print(usage)
        return DONE
    print(usage, file=sys.stderr)
    given = f"'{argv[0]}' is no action of {command}" if argv else f"the action of {command} is missing"
    raise UnknownNameError(f"{given}; name one of {', '.join(actions)}.", argv[0] if argv else "", actions)
