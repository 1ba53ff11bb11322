# SPDX-License-Identifier: Apache-2.0
"""Motion planning by MoveIt, in a process of its own."""
