# SPDX-License-Identifier: Apache-2.0
"""Small networks in folders laid out as the published ones are."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
from checkpoint_writer import write_checkpoint
from numpy.typing import NDArray

Json = dict[str, Any]
Arrays = dict[str, NDArray[np.float32]]


def conv(size: int, channels: int, pad: str, pool: int = 1, norm: int = 0) -> Json:
    return {
        "type": "conv",
        "filt_dim": size,
        "num_filt": channels,
        "pool_size": pool,
        "pool_stride": pool,
        "pad": pad,
        "norm": norm,
        "norm_type": "local_response",
    }


def fc(size: int, kind: str = "fc") -> Json:
    return {"type": kind, "out_size": size}


def pose_network(image: Json, features: int, merged: int) -> Json:
    return {
        "im_stream": {**image, "fc3": fc(features)},
        "pose_stream": {"pc1": fc(16, "pc"), "pc2": fc(0, "pc")},
        "merge_stream": {"fc4": fc(merged, "fc_merge"), "fc5": fc(2)},
    }


def two_point_zero(channels: int, features: int, second_pool: int) -> Json:
    image = {
        "conv1_1": conv(7, channels, "SAME"),
        "conv1_2": conv(5, channels, "SAME", 2, norm=1),
        "conv2_1": conv(3, channels, "SAME"),
        "conv2_2": conv(3, channels, "SAME", second_pool, norm=1),
    }
    return pose_network(image, features, features)


def four_point_zero_image(channels: int) -> Json:
    return {
        "conv1_1": conv(9, channels, "VALID"),
        "conv1_2": conv(5, channels, "VALID", 2),
        "conv2_1": conv(5, channels, "VALID"),
        "conv2_2": conv(5, channels, "VALID", 2),
    }


def four_point_zero(channels: int, features: int) -> Json:
    return pose_network(four_point_zero_image(channels), features, features)


def fully_convolutional(channels: int, features: int, bins: int) -> Json:
    dense = {"fc3": fc(features), "fc4": fc(features), "fc5": fc(2 * bins)}
    return {"im_stream": {**four_point_zero_image(channels), **dense}}


def config_of(size: int, depth_mode: str = "pose_stream", bins: int = 0) -> Json:
    # A strong alpha, so that a wrong window or order of the normalisation shows.
    lrn = {"radius": 2, "alpha": 2e-2, "beta": 0.75, "bias": 1.0}
    sides = {"im_height": size, "im_width": size, "im_channels": 1}
    depth = {"input_depth_mode": depth_mode, "angular_bins": bins}
    return {"gqcnn": {**sides, **lrn, **depth, "relu_coeff": 0.0}}


def shapes_of(architecture: Json, size: int, poses: int) -> dict[str, tuple[int, ...]]:
    """The variables of a network, by the names in the published 4.0 folder."""
    shapes: dict[str, tuple[int, ...]] = {}
    channels, width = 1, 0
    for name, spec in architecture["im_stream"].items():
        if spec["type"] == "conv":
            k, outputs = spec["filt_dim"], spec["num_filt"]
            shapes[f"im_stream/{name}/{name}_weights"] = (k, k, channels, outputs)
            shapes[f"im_stream/{name}/{name}_bias"] = (outputs,)
            size = math.ceil((size - (k - 1) * (spec["pad"] == "VALID")) / spec["pool_stride"])
            channels, width = outputs, size * size * outputs
        else:
            shapes[f"im_stream/{name}_weights"] = (width, spec["out_size"])
            shapes[f"im_stream/{name}_bias"] = (spec["out_size"],)
            width = spec["out_size"]
    if "merge_stream" in architecture:
        merged = architecture["merge_stream"]["fc4"]["out_size"]
        shapes["pose_stream/pc1_weights"], shapes["pose_stream/pc1_bias"] = (poses, 16), (16,)
        shapes["merge_stream/fc4_input_1_weights"] = (width, merged)
        shapes["merge_stream/fc4_input_2_weights"] = (16, merged)
        shapes["merge_stream/fc4_bias"] = (merged,)
        shapes["merge_stream/fc5_weights"], shapes["merge_stream/fc5_bias"] = (merged, 2), (2,)
    return shapes


def draw_variables(architecture: Json, size: int, poses: int) -> Arrays:
    rng = np.random.default_rng(3)
    shapes = shapes_of(architecture, size, poses)
    scales = {name: 1.5 / math.sqrt(math.prod(shape[:-1])) for name, shape in shapes.items()}
    return {name: rng.normal(0, scales[name], shape).astype(np.float32) for name, shape in shapes.items()}


def write_statistics(folder: Path, poses: int) -> None:
    for name, mean, std in (("im", 0.77, 0.068), ("im_depth_sub", -0.03, 0.02)):
        np.save(folder / f"{name}_mean.npy", mean)
        np.save(folder / f"{name}_std.npy", std)
    np.save(folder / "pose_mean.npy", [0.75, 0.1][:poses])
    np.save(folder / "pose_std.npy", [0.07, 0.3][:poses])


def write_folder(folder: Path, architecture: Json, config: Json, variables: Arrays, poses: int) -> None:
    (folder / "architecture.json").write_text(json.dumps(architecture))
    (folder / "config.json").write_text(json.dumps(config))
    write_statistics(folder, poses)
    write_checkpoint(folder, variables)


# Architecture, config, side of the crop, pose inputs. The 4.0 kinds at 35 pixels pool a map of 23.
KINDS = {
    "2.0 paper": (two_point_zero(6, 12, second_pool=1), config_of(18), 18, 1),
    "2.0 released": (two_point_zero(6, 12, second_pool=2), config_of(18), 18, 1),
    "4.0 parallel jaw": (four_point_zero(5, 12), config_of(35), 35, 1),
    "4.0 suction": (four_point_zero(5, 12), config_of(35), 35, 2),
    "fully convolutional": (fully_convolutional(5, 12, 4), config_of(35, "im_depth_sub", 4), 35, 1),
}
