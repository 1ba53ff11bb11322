# SPDX-License-Identifier: Apache-2.0
"""The simulated cell: arm, parallel-jaw gripper, table, objects and a depth camera, in MuJoCo."""
