# SPDX-License-Identifier: Apache-2.0
"""Commands of ``./pinch`` that concern the camera."""
