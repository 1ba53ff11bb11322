# SPDX-License-Identifier: Apache-2.0
"""A motion planner for machines without MoveIt, made of pinocchio, coal, OMPL and TOPP-RA."""
