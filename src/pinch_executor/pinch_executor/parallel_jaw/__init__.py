# SPDX-License-Identifier: Apache-2.0
"""Parallel jaws: two fingers that close on the object from both sides."""
