# SPDX-License-Identifier: Apache-2.0
"""Makes this folder's helper modules importable, and keeps ROS on this machine."""

from __future__ import annotations

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
os.environ.setdefault("ROS_LOCALHOST_ONLY", "1")
