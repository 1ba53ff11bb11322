# SPDX-License-Identifier: Apache-2.0
"""What is used of sensor_msgs_py, with the same names and behaviour."""
