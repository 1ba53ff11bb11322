# SPDX-License-Identifier: Apache-2.0
"""The steps that turn a fresh clone into a built workspace. Standard library only."""
