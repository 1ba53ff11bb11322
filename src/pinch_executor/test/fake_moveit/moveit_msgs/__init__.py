# SPDX-License-Identifier: Apache-2.0
"""Stands in for moveit_msgs on machines without it."""
