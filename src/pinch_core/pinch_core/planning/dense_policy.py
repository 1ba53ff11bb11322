# SPDX-License-Identifier: Apache-2.0
"""Score every position of the objects at many angles and depths, then refine the best of them.

The fully convolutional policy of Satish et al. 2019; the image is rotated for each angle, so that the closing
axis runs along its rows as in training.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pinch_core.networks.scoring import DenseQualityModel
from pinch_core.perception.crop import CropShape, relative_crops
from pinch_core.planning.grasp_candidates import ImageGrasps
from pinch_core.planning.grasp_policy import ScoredGrasps, Search
from pinch_core.planning.grasp_type import G
from pinch_core.planning.network_quality import NetworkQuality
from pinch_core.planning.quality_map import QualityMap
from pinch_core.planning.rank_policy import score_all
from pinch_core.planning.scene import Scene
from pinch_core.planning.search_config import DenseConfig
from pinch_core.planning.training_view import TrainingImage

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]
Intp = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class _Cells:
    """Scored cells: ``pixels`` Float64[N, 2] of the training image, ``angles``, ``depths``, ``quality``
    Float64[N].
    """

    pixels: Float64
    angles: Float64
    depths: Float64
    quality: Float64


@dataclass(frozen=True)
class DensePolicy:
    """Grasps found by the map are centred between the pads, filtered, and scored again."""

    model: DenseQualityModel
    scorer: NetworkQuality
    config: DenseConfig
    name: str = "dense"

    def search(self, search: Search[G]) -> ScoredGrasps[G]:
        scene, run = search.scene, search.run
        search.warn_of(self.scorer)
        with run.stage("dense scoring"):
            image = self.scorer.view.image(scene)
            cells = self._score_everywhere(search, image)
        run.scored += len(cells.quality)
        best = np.argsort(-cells.quality, kind="stable")[: self.config.closer_look]
        found_at = ImageGrasps(image.scene_pixels(cells.pixels[best]), cells.angles[best], cells.depths[best])
        seeds = search.admissible(search.grasp_type.from_image(scene, found_at))
        found = score_all(search, seeds, self.scorer)
        spacing = self.model.stride * image.shape.spacing / image.scale
        quality_map = QualityMap(image.scene_pixels(cells.pixels), cells.quality, spacing)
        return ScoredGrasps(found.candidates, found.quality, quality_map)

    def _score_everywhere(self, search: Search[Any], image: TrainingImage) -> _Cells:
        scene, run = search.scene, search.run
        depths = _depth_bins(scene, self.config.depths)
        # Angles far apart first, so that a search that runs out of time has covered all directions.
        angles = np.arange(self.config.angles) * np.pi / self.config.angles
        angles = angles[np.argsort((np.arange(len(angles)) * 0.6180339887) % 1.0, kind="stable")]
        objects = [
            image.pixels(np.argwhere(scene.frame.valid & (scene.labels == label))[:, ::-1].astype(np.float64))
            for label in range(1, int(scene.labels.max()) + 1)
        ]
        found = []
        for number, angle in enumerate(angles):
            if number and run.is_out_of_time():
                run.warn_out_of_time(f"after {number} of {len(angles)} angles")
                break
            for pixels in objects:
                run.check()
                found.append(self._score_object(scene, image, pixels, angle, depths))
        return _Cells(*(np.concatenate(arrays) for arrays in zip(*found, strict=True)))

    def _score_object(
        self, scene: Scene, image: TrainingImage, pixels: Float64, angle: float, depths: Float64
    ) -> tuple[Float64, Float64, Float64, Float64]:
        """Fields of :class:`_Cells` for one object and one closing axis.

        Args:
            pixels: (P, 2) of the object in the training image.
        """
        lattice = _Lattice.over(pixels, angle, self.model, image)
        centers = lattice.cell_pixels()
        hit = np.flatnonzero(scene.labels_at_pixels(image.scene_pixels(centers)))
        seen = image.depths(depths)
        maps = self.model.predict_maps(relative_crops(lattice.turned(image)[None], seen), seen).reshape(
            len(depths), -1
        )[:, hit]
        return (
            np.tile(centers[hit], (len(depths), 1)),
            np.full(maps.size, angle),
            np.repeat(depths, len(hit)),
            maps.ravel().astype(np.float64),
        )


@dataclass(frozen=True, eq=False)
class _Lattice:
    """Cells that cover an object, in rows along a closing axis.

    ``middle``: Float64[2] of the lattice, pixel of the training image. ``cells``: rows and columns of it.
    ``size``, ``stride``: of the network [crop pixels]; ``spacing``: image pixels to a crop pixel.
    """

    middle: Float64
    angle: float
    cells: tuple[int, int]
    size: int
    stride: int
    spacing: int

    @classmethod
    def over(cls, pixels: Float64, angle: float, model: DenseQualityModel, image: TrainingImage) -> _Lattice:
        axes = _image_axes(angle)
        turned = pixels @ axes.T
        low, high = turned.min(0), turned.max(0)
        step = model.stride * image.shape.spacing
        # Even numbers: see FullyConvolutionalCompact.
        columns, rows = (2 * np.floor((high - low) / (2 * step)).astype(int) + 2).tolist()
        middle = (low + high) / 2 @ axes
        return cls(middle, angle, (rows, columns), model.crop_size, model.stride, image.shape.spacing)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the picture that holds the crops of all cells."""
        rows, columns = self.cells
        return (rows - 1) * self.stride + self.size, (columns - 1) * self.stride + self.size

    def cell_pixels(self) -> Float64:
        """Float64[rows * columns, 2]: pixel of the training image that each cell answers for."""
        rows, columns = self.cells
        i, j = np.mgrid[:rows, :columns].reshape(2, -1)
        step = self.stride * self.spacing
        offsets = np.stack([(j - (columns - 1) / 2) * step, (i - (rows - 1) / 2) * step], -1)
        return np.asarray(self.middle + offsets @ _image_axes(self.angle))

    def turned(self, image: TrainingImage) -> Float32:
        """Float32[shape]: the picture, turned so that the closing axis runs along its rows."""
        height, width = self.shape
        side = max(height, width)
        # The grasp of the first cell is at [size // 2, size // 2] of the picture, the centre of a square crop
        # at [side // 2, side // 2] of that.
        first = self.cell_pixels()[0]
        offset = (side // 2 - self.size // 2) * self.spacing
        center = first + np.array([offset, offset]) @ _image_axes(self.angle)
        shape = CropShape(side, self.spacing)
        squares = image.crops(image.scene_pixels(center[None]), np.array([self.angle]), shape)
        return squares[0, :height, :width]


def _image_axes(angle: float) -> Float64:
    """Float64[2, 2]: unit vectors (column, row) along a closing axis and across it."""
    return np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])


def _depth_bins(scene: Scene, count: int) -> Float64:
    """Depths of the TCP [m], evenly between just below the nearest point of an object and the farthest."""
    on_objects = scene.frame.depth[(scene.labels > 0) & scene.frame.valid]
    near, far = (float(value) for value in np.percentile(on_objects, [1, 99]))
    heights = scene.heights[(scene.labels > 0) & scene.frame.valid]
    lowest = far + float(np.percentile(heights, 1))
    edges = np.linspace(near, max(lowest, near + 1e-3), count + 1)
    return np.asarray((edges[:-1] + edges[1:]) / 2)
