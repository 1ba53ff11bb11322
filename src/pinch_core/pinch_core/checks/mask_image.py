# SPDX-License-Identifier: Apache-2.0
"""A mask of objects: an image or array that is non-zero where to grasp."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pinch_core.check import Beside, Checked, SeenFile
from pinch_core.checks.depth_image import is_mask


@dataclass(frozen=True)
class MaskCheck:
    """See :class:`pinch_core.check.Check`."""

    kind: str = "mask"
    suffixes: tuple[str, ...] = ()

    def recognises(self, seen: SeenFile) -> bool:
        """A PNG of 8-bit grey values, or an array of truth values or bytes."""
        return is_mask(seen)

    def check(self, path: Path, beside: Beside) -> Checked:
        """Size, share and parts; with a depth image, whether the sizes agree."""
        import cv2
        import numpy as np

        from pinch_core.depth_files import read_depth
        from pinch_core.mask_file import read_segmask

        mask = read_segmask(path)
        rows, columns = mask.shape
        share = float(np.mean(mask != 0))
        parts = int(cv2.connectedComponents((mask != 0).astype(np.uint8))[0]) - 1
        lines = (
            ("image", f"{columns} x {rows} pixels"),
            ("objects", f"{share:.1%} of the pixels are non-zero, in {parts} connected parts"),
        )
        warnings = []
        if share in (0.0, 1.0):
            warnings.append(
                f"{path} is {'non-zero' if share else 'zero'} everywhere; a mask is non-zero on objects only."
            )
        for depth in beside.of("depth image"):
            shape = read_depth(depth).shape[:2]
            if shape != mask.shape:
                warnings.append(
                    f"{path} is {columns} x {rows} but {depth} is {shape[1]} x {shape[0]}; make the mask "
                    "from that image."
                )
        figures = {"width": columns, "height": rows, "share": share, "parts": parts}
        return Checked(self.kind, lines, tuple(warnings), figures)


CHECK = MaskCheck()
