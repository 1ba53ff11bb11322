# SPDX-License-Identifier: Apache-2.0
"""Stands in for moveit_py on machines without MoveIt: the calls of its bindings (2.12) that the executor
makes, with their argument names, and nothing else. It plans for real, with other means: straight joint paths
or ones over a via point, coal for collisions. ``moveit.record.CALLS`` holds the calls that tests look at.
"""
