# SPDX-License-Identifier: Apache-2.0
"""Robot descriptions: URDF and SRDF read once, checked, and handed to whoever builds a model from them."""
