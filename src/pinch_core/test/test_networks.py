# SPDX-License-Identifier: Apache-2.0
"""Networks compute what their architectures say, on crops and on whole images."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
import torch
from scipy.signal import correlate2d

from pinch_core.errors import ConfigError
from pinch_core.networks.architecture import (
    FC_GQCNN_4_PJ,
    GQCNN_2_PAPER,
    GQCNN_2_RELEASED,
    GQCNN_4_PJ,
    Convolution,
    GqcnnArchitecture,
    LocalResponse,
    from_json,
    to_json,
)
from pinch_core.networks.compact import CompactNetwork
from pinch_core.networks.compact_architecture import CompactArchitecture
from pinch_core.networks.errors import NetworkError
from pinch_core.networks.fully_convolutional import FullyConvolutional
from pinch_core.networks.gqcnn import GQCNN
from pinch_core.networks.network import Normalization

# Padding of both kinds, pools of odd maps, more channels than the normalisation sees, two poses.
MIXED = GqcnnArchitecture(
    crop_size=15,
    convolutions=(
        Convolution(5, 7, same=True, pool=2, normalization=LocalResponse(2, 0.3, 0.75, 1.0)),
        Convolution(3, 6, pool=2, normalization=LocalResponse(1, 0.2, 0.5, 2.0)),
    ),
    image_features=9,
    pose_features=4,
    merge_features=8,
    pose_inputs=2,
)
VALID = GqcnnArchitecture(
    20, (Convolution(5, 6, pool=2, normalization=LocalResponse()), Convolution(3, 5, pool=2)), 12, 3, 10
)
ANGLES = dataclasses.replace(VALID, pose_features=0, depth_in_image=True, angles=3)


def network_of(architecture: GqcnnArchitecture, seed: int = 0) -> GQCNN:
    network = GQCNN(architecture).eval()
    generator = torch.Generator().manual_seed(seed)
    network.initialize(generator)
    for layer in (*network.convolutions, network.image_fc, network.merge_fc, network.output_fc):
        torch.nn.init.normal_(layer.bias, std=0.3, generator=generator)
    poses = architecture.pose_inputs
    network.normalize_by(Normalization(0.1, 0.9, (0.6, 0.2)[:poses], (0.1, 0.5)[:poses]))
    return network


def images_of(count: int, rows: int, columns: int, seed: int = 1) -> torch.Tensor:
    return torch.rand((count, 1, rows, columns), generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize(
    ("architecture", "count"),
    [
        (GQCNN_2_PAPER, 18_025_826),
        (GQCNN_2_RELEASED, 5_442_914),
        (GQCNN_4_PJ, 631_410),
        (FC_GQCNN_4_PJ, 633_200),
    ],
)
def test_published_architectures_have_the_published_numbers_of_parameters(
    architecture: GqcnnArchitecture, count: int
) -> None:
    with torch.device("meta"):
        network = GQCNN(architecture)
    assert sum(weight.numel() for weight in network.parameters()) == count


@pytest.mark.parametrize("architecture", [GQCNN_2_PAPER, GQCNN_4_PJ, FC_GQCNN_4_PJ, MIXED])
def test_an_architecture_survives_json(architecture: GqcnnArchitecture) -> None:
    assert from_json(GqcnnArchitecture, to_json(architecture), "a test") == architecture


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"kernel": 5', '"kernel": 4', "even"),
        ('"crop_size": 20', '"crop_size": 5', "nothing of it"),
        ('"pose_features": 3', '"pose_features": 0', "blind to depth"),
        ('"pose_features": 3', '"pose_features": -3', "outside"),
        ('"pose_features": 3', '"pose_features": "3"', "must be of type int"),
        ('"image_features"', '"image_feature"', "unknown key"),
        ('"pool": 2', '"pool": 3', "outside"),
        ('"beta": 0.75', '"beta": NaN', "outside"),
        ('"crop_size"', "", "not valid JSON"),
    ],
)
def test_impossible_architectures_are_refused(old: str, new: str, message: str) -> None:
    text = to_json(VALID)
    assert old in text
    with pytest.raises(ConfigError, match=message):
        from_json(GqcnnArchitecture, text.replace(old, new), "a test")


def test_the_forward_pass_is_that_of_tensorflow_written_out() -> None:
    network = network_of(MIXED)
    images, poses = images_of(3, 15, 15), torch.tensor([[0.5, 0.1], [0.6, 0.3], [0.8, -0.2]])
    with torch.no_grad():
        computed = network(images - poses[:, :1, None, None], poses).numpy()
    expected = [
        reference(network, i[0].double().numpy(), p.double().numpy())
        for i, p in zip(images, poses, strict=True)
    ]
    np.testing.assert_allclose(computed, expected, atol=1e-4)
    assert np.std(computed, axis=0).min() > 1e-3


def reference(network: GQCNN, image: np.ndarray, poses: np.ndarray) -> np.ndarray:
    weights = {name: tensor.double().numpy() for name, tensor in network.state_dict().items()}

    def fc(name: str, vector: np.ndarray) -> np.ndarray:
        return weights[f"{name}.weight"] @ vector + weights[f"{name}.bias"]

    maps = ((image - weights["image_mean"]) / weights["image_std"])[:, :, None]
    for number, layer in enumerate(network.architecture.convolutions):
        filters, bias = weights[f"convolutions.{number}.weight"], weights[f"convolutions.{number}.bias"]
        mode = "same" if layer.same else "valid"
        maps = np.stack(
            [
                sum(correlate2d(maps[:, :, i], each[i], mode) for i in range(maps.shape[2])) + offset
                for each, offset in zip(filters, bias, strict=True)
            ],
            2,
        )
        maps, step = np.maximum(maps, 0.0), layer.pool
        rows, columns = (range(0, n, step) for n in maps.shape[:2])
        maps = np.array([[maps[r : r + step, c : c + step].max((0, 1)) for c in columns] for r in rows])
        form, count = layer.normalization, maps.shape[2]
        assert form is not None
        near = [slice(max(0, c - form.radius), min(count, c + form.radius + 1)) for c in range(count)]
        activity = np.stack([(maps[:, :, part] ** 2).sum(2) for part in near], 2)
        maps = maps / (form.bias + form.alpha * activity) ** form.beta
    image_features = np.maximum(fc("image_fc", maps.reshape(-1)), 0.0)
    pose = np.maximum(fc("pose_fc", (poses - weights["pose_mean"]) / weights["pose_std"]), 0.0)
    return fc("output_fc", np.maximum(fc("merge_fc", np.concatenate([image_features, pose])), 0.0))


def test_weights_start_as_he_says() -> None:
    network = GQCNN(GQCNN_4_PJ)
    network.initialize(torch.Generator().manual_seed(3))
    for layer in (network.convolutions[1], network.image_fc, network.merge_fc):
        fan_in = layer.weight[0].numel()
        assert float(layer.weight.detach().std()) == pytest.approx(math.sqrt(2 / fan_in), rel=0.05)
        assert not layer.bias.any()


def test_equal_generators_give_equal_weights() -> None:
    one, other, third = (network_of(VALID, seed).image_fc.weight for seed in (5, 5, 6))
    assert torch.equal(one, other) and not torch.equal(one, third)


def test_dropout_acts_in_training_only() -> None:
    network = GQCNN(VALID, dropout=0.5)
    images, depths = images_of(4, 20, 20), torch.full((4, 1), 0.7)
    assert not torch.equal(network(images, depths), network(images, depths))
    network.eval()
    assert torch.equal(network(images, depths), network(images, depths))


def test_normalisation_is_that_of_the_data() -> None:
    rng = np.random.default_rng(0)
    images = rng.normal(0.7, 0.04, (50, 20, 20)).astype(np.float32)
    depths = rng.normal(0.65, 0.02, 50).astype(np.float32)
    network, raw = GQCNN(VALID).eval(), GQCNN(VALID).eval()
    raw.load_state_dict(network.state_dict())
    network.normalize_by(Normalization.of(images, depths))
    assert network.normalization.image_mean == pytest.approx(0.7, abs=1e-3)
    assert network.normalization.pose_std == pytest.approx((0.02,), abs=5e-3)
    crops = torch.from_numpy(images - depths[:, None, None])[:, None]
    white = [torch.from_numpy((x - x.mean()) / x.std()) for x in (images, depths)]
    np.testing.assert_allclose(
        network(crops, torch.from_numpy(depths)[:, None]).detach(),
        raw((white[0] - white[1][:, None, None])[:, None], white[1][:, None]).detach(),
        atol=1e-3,
    )


@pytest.mark.parametrize(
    "normalization",
    [Normalization(image_std=0.0), Normalization(pose_std=(math.nan,)), Normalization(0.0, 1.0, (), ())],
)
def test_normalisation_by_data_that_do_not_vary_is_refused(normalization: Normalization) -> None:
    with pytest.raises(NetworkError, match=r"give data that vary|give one of each"):
        GQCNN(VALID).normalize_by(normalization)


@pytest.mark.parametrize("architecture", [VALID, ANGLES, dataclasses.replace(VALID, depth_in_image=True)])
def test_every_cell_of_the_fully_convolutional_form_is_the_answer_for_its_crop(
    architecture: GqcnnArchitecture,
) -> None:
    network = network_of(architecture)
    sliding = FullyConvolutional(network)
    image, depths = images_of(2, 41, 50), torch.tensor([[0.5], [0.7]])
    with torch.no_grad():
        cells = sliding(image, depths)
        assert sliding.stride == 4 and cells.shape[2:] == (7, 9)
        whole = [
            (i, j)
            for i in range(cells.shape[2])
            for j in range(cells.shape[3])
            if 4 * i + 20 <= 41 and 4 * j + 20 <= 50
        ]
        assert len(whole) == 6 * 8
        for i, j in whole:
            crop = image[:, :, 4 * i : 4 * i + 20, 4 * j : 4 * j + 20]
            torch.testing.assert_close(cells[:, :, i, j], network(crop, depths), atol=1e-5, rtol=1e-5)
        assert cells.std((2, 3)).min() > 1e-3


def test_each_image_of_a_batch_has_its_own_depth() -> None:
    sliding = FullyConvolutional(network_of(VALID))
    images, depths = images_of(3, 24, 24), torch.tensor([[0.5], [0.6], [0.7]])
    with torch.no_grad():
        together = sliding(images, depths)
        apart = torch.cat([sliding(images[k : k + 1], depths[k : k + 1]) for k in range(3)])
    torch.testing.assert_close(together, apart)


def test_qualities_are_the_softmax_of_each_angle() -> None:
    sliding = FullyConvolutional(network_of(ANGLES))
    image, depths = images_of(1, 24, 24), torch.tensor([[0.5]])
    with torch.no_grad():
        logits, quality = sliding(image, depths), sliding.quality(image, depths)
    for angle in range(3):
        failure, success = logits[:, 2 * angle], logits[:, 2 * angle + 1]
        torch.testing.assert_close(quality[:, angle], torch.sigmoid(success - failure))


def test_the_published_form_has_the_published_number_of_cells() -> None:
    with torch.device("meta"):
        cells = FullyConvolutional(GQCNN(FC_GQCNN_4_PJ))(torch.zeros(1, 1, 386, 516), torch.zeros(1, 1))
    assert cells.shape == (1, 32, 74, 106)


@pytest.mark.parametrize(
    ("architecture", "message"),
    [
        (GQCNN_2_RELEASED, r"convolution 1 .* pads crops"),
        (dataclasses.replace(VALID, crop_size=21), r"convolution 1 .* odd map of 17 px"),
    ],
)
def test_networks_that_would_answer_differently_on_images_are_refused(
    architecture: GqcnnArchitecture, message: str
) -> None:
    with torch.device("meta"):
        network = GQCNN(architecture)
    with pytest.raises(NetworkError, match=message):
        FullyConvolutional(network)


def trained_compact(steps: int = 60) -> tuple[CompactNetwork, torch.Tensor, torch.Tensor, torch.Tensor]:
    """A network taught whether the middle of the crop stands above the fingertips."""
    network = CompactNetwork(CompactArchitecture(channels=(8, 8, 8), features=16))
    generator = torch.Generator().manual_seed(0)
    network.initialize(generator)
    scene = 0.7 + 0.05 * torch.rand((64, 1, 32, 32), generator=generator)
    depths = 0.7 + 0.05 * torch.rand((64, 1), generator=generator)
    scene[:, :, 8:24, 8:24] = 0.7 + 0.05 * torch.rand((64, 1, 1, 1), generator=generator)
    images = scene - depths[:, :, None, None]
    labels = (images[:, 0, 16, 16] < 0).long()
    optimizer = torch.optim.Adam(network.parameters(), 1e-2)
    network.normalize_by(Normalization.of(images[:, 0].numpy(), depths[:, 0].numpy()))
    for _ in range(steps):
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(network(images, depths), labels).backward()
        optimizer.step()
    return network.eval(), images, depths, labels


def test_the_compact_network_learns_that_the_height_about_the_fingertips_decides() -> None:
    network, images, depths, labels = trained_compact()
    with torch.no_grad():
        assert (network(images, depths).argmax(1) == labels).float().mean() > 0.95


def test_folding_changes_no_answer() -> None:
    network, images, depths, _ = trained_compact(5)
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    with torch.no_grad():
        folded = network.for_inference()
        torch.testing.assert_close(folded(images, depths), network(images, depths), atol=1e-4, rtol=1e-4)
        torch.testing.assert_close(folded.for_inference()(images, depths), folded(images, depths))
    assert not any(isinstance(layer, torch.nn.BatchNorm2d) for layer in folded.modules())
    assert all(torch.equal(before[name], tensor) for name, tensor in network.state_dict().items())


def test_the_compact_network_is_blind_beyond_its_ranges() -> None:
    network, images, depths, _ = trained_compact(1)
    far = images.clone()
    far[:, :, :4] = 2.0
    farther = far.clone()
    farther[:, :, :4] = 9.0
    with torch.no_grad():
        assert torch.equal(network(far, depths), network(farther, depths))
        assert not torch.equal(network(far, depths), network(images, depths))


def test_the_compact_network_is_small() -> None:
    with torch.device("meta"):
        network = CompactNetwork(CompactArchitecture())
    assert 50_000 < sum(weight.numel() for weight in network.parameters()) < 200_000


@pytest.mark.parametrize(
    ("change", "message"),
    [({"crop_size": 30}, "multiple of 4"), ({"ranges": ()}, "empty"), ({"ranges": (0.0,)}, "outside")],
)
def test_impossible_compact_architectures_are_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        CompactArchitecture(**change)
