# SPDX-License-Identifier: Apache-2.0
"""Two-stream grasp-quality CNNs, described layer by layer (Mahler et al. 2017, Fig. 4)."""

from __future__ import annotations

import json
from typing import Any, TypeVar

from pinch_core.config import configclass, from_mapping, setting, to_mapping
from pinch_core.errors import ConfigError
from pinch_core.plain_text import parse_json

A = TypeVar("A")


@configclass
class LocalResponse:
    """Response normalisation across channels: x / (bias + alpha * sum of squares within radius) ** beta.

    This is TensorFlow's form; PyTorch's divides alpha by the number of channels summed.
    """

    radius: int = setting(default=2, help="channels to either side", lower=1, upper=64)
    alpha: float = setting(default=2e-5, help="weight of the sum of squares", lower=0.0, upper=1e3)
    beta: float = setting(default=0.75, help="exponent", lower=0.0, upper=10.0)
    bias: float = setting(default=1.0, help="keeps the denominator above zero", lower=1e-6, upper=1e3)


@configclass
class Convolution:
    """One layer of the image stream: convolution of stride 1, ReLU, max-pool, normalisation."""

    kernel: int = setting(help="side of the filters, odd", unit="px", lower=1, upper=31)
    channels: int = setting(help="filters", lower=1, upper=4096)
    same: bool = setting(
        default=False,
        help="SAME padding: the map keeps its size; else VALID: it loses a kernel's side less one",
    )
    pool: int = setting(
        default=1, help="side and stride of the max-pool after it, 1 for none", lower=1, upper=2
    )
    normalization: LocalResponse | None = None

    def __post_init__(self) -> None:
        if self.kernel % 2 == 0:
            raise ConfigError(f"Convolution.kernel = {self.kernel} px is even; set an odd one.")

    def output_size(self, size: int) -> int:
        """Side of the map made from one of side ``size``. A pool counts incomplete squares too, as
        TensorFlow's SAME does.
        """
        convolved = size if self.same else size - self.kernel + 1
        return -(-convolved // self.pool)


@configclass
class GqcnnArchitecture:
    """Image stream and pose stream, each to a vector; both merged to two logits per angle."""

    crop_size: int = setting(help="side of the input image", unit="px", lower=4, upper=1024)
    convolutions: tuple[Convolution, ...] = setting(help="layers of the image stream")
    image_features: int = setting(help="outputs of the image stream", lower=1, upper=65536)
    pose_features: int = setting(help="outputs of the pose stream, 0 for no stream", lower=0, upper=65536)
    merge_features: int = setting(help="outputs of the layer that sees both", lower=1, upper=65536)
    pose_inputs: int = setting(
        default=1, help="inputs beside the image, the first is the depth", lower=1, upper=16
    )
    depth_in_image: bool = setting(default=False, help="subtract the depth of the grasp from the image")
    angles: int = setting(
        default=1, help="closing axes, spread over half a turn, scored at once", lower=1, upper=360
    )

    def __post_init__(self) -> None:
        if not self.convolutions:
            raise ConfigError("GqcnnArchitecture.convolutions is empty; give at least one layer.")
        size = self.crop_size
        for layer in self.convolutions:
            size = layer.output_size(size)
            if size < 1:
                raise ConfigError(
                    f"GqcnnArchitecture.crop_size = {self.crop_size} px is too small for the VALID "
                    "convolutions, which leave nothing of it; set a larger crop or SAME padding."
                )
        if not self.pose_features and not self.depth_in_image:
            raise ConfigError(
                "GqcnnArchitecture.pose_features = 0 and depth_in_image = False leave the network blind to "
                "depth; set one of them."
            )

    @property
    def map_size(self) -> int:
        """Side of the last map of the image stream."""
        size = self.crop_size
        for layer in self.convolutions:
            size = layer.output_size(size)
        return size


def to_json(architecture: Any) -> str:
    """An architecture of any network as text; equal ones give equal text."""
    return json.dumps(to_mapping(architecture))


def from_json(cls: type[A], text: str, where: str) -> A:
    """The architecture that :func:`to_json` wrote.

    Args:
        where: the file it comes from, for the message.

    Raises:
        ConfigError: not JSON, or an unknown, missing or impossible value.
    """
    try:
        values = parse_json(text)
    except ValueError as error:
        raise ConfigError(f"{where} is not valid JSON ({error}); write it again.") from error
    return from_mapping(cls, values, where)


def _gqcnn_2(second_pool: int) -> GqcnnArchitecture:
    return GqcnnArchitecture(
        crop_size=32,
        convolutions=(
            Convolution(7, 64, same=True),
            Convolution(5, 64, same=True, pool=2, normalization=LocalResponse()),
            Convolution(3, 64, same=True),
            Convolution(3, 64, same=True, pool=second_pool, normalization=LocalResponse()),
        ),
        image_features=1024,
        pose_features=16,
        merge_features=1024,
    )


# As the paper counts it (18,025,826 parameters), and as released later with a second pool (5,442,914).
GQCNN_2_PAPER = _gqcnn_2(second_pool=1)
GQCNN_2_RELEASED = _gqcnn_2(second_pool=2)

_CONVOLUTIONS_4 = (
    Convolution(9, 16),
    Convolution(5, 16, pool=2),
    Convolution(5, 16),
    Convolution(5, 16, pool=2),
)
# Dex-Net 4.0's parallel-jaw network (631,410) and its fully convolutional sibling (633,200), which scores
# 16 angles at once.
GQCNN_4_PJ = GqcnnArchitecture(96, _CONVOLUTIONS_4, 128, 16, 128)
FC_GQCNN_4_PJ = GqcnnArchitecture(96, _CONVOLUTIONS_4, 128, 0, 128, depth_in_image=True, angles=16)
