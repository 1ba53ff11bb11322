# SPDX-License-Identifier: Apache-2.0
"""The one error of the set-up."""

from __future__ import annotations


class SetupFailure(Exception):
    """Set-up cannot go on; the message is one sentence with the remedy.

    `exit_code` is 2 where the machine lacks something, 1 where a step failed.
    """

    def __init__(self, message: str, exit_code: int = 1) -> None:
        super().__init__(message)
        self.exit_code = exit_code
