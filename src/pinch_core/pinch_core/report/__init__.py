# SPDX-License-Identifier: Apache-2.0
"""What reports are made of: pages, plots, crop sheets and their colours."""
