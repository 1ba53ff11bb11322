# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import subprocess
import sys

# In a process of its own, for it changes the process for good.
PROGRAM = """
import resource
import numpy as np
from pinch_ros.large_blocks import keep_large_blocks

def faults(frames):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(frames):
        images = [np.ones((480, 640), np.float32) for _ in range(3)]
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

faults(3)
untouched = faults(50)
keep_large_blocks()
faults(3)
print(untouched, faults(50))
"""


def test_the_next_images_fault_in_no_pages() -> None:
    printed = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    untouched, kept = map(int, printed.stdout.split())
    assert untouched > 50 * 300, "by itself the C library faults in most of the 300 pages of an image"
    assert kept < 50
