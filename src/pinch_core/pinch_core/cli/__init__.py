# SPDX-License-Identifier: Apache-2.0
"""The command line: one dispatcher, one file per command.

Exit codes: 0 done, 1 fell short, 2 bad input, 3 damaged data, 130 interrupted. Results go to stdout,
everything else to stderr.
"""
