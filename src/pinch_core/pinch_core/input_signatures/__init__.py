# SPDX-License-Identifier: Apache-2.0
"""Inputs that are not what they are taken for: recognised by what gives them away, and named."""
