# SPDX-License-Identifier: Apache-2.0
"""A simulated pick cell: arm, parallel-jaw gripper, table, objects and a depth camera, with real physics."""
