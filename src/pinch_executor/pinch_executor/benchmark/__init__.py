# SPDX-License-Identifier: Apache-2.0
"""``pinch benchmark`` of the executor."""
