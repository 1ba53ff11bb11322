# SPDX-License-Identifier: Apache-2.0
"""What the camera node costs."""
