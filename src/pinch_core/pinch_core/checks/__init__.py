# SPDX-License-Identifier: Apache-2.0
"""The kinds of files that ``pinch check`` understands without further packages."""
