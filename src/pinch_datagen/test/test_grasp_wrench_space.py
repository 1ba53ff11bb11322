# SPDX-License-Identifier: Apache-2.0
"""Exact batched quality against convex hulls and linear programs, and the laws that quality obeys."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from contact_pairs import random_pairs, unit
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from scipy.spatial.transform import Rotation

from pinch_datagen.metrics.convex_hull import hull_epsilon, hull_wrench_resistance
from pinch_datagen.metrics.grasp_wrench_space import grasp_quality
from pinch_datagen.metrics.soft_finger import ContactPairs, SoftFingerConfig, contact_wrenches

CONFIG = SoftFingerConfig()
seeds = st.integers(0, 2**32 - 1)
slants = st.sampled_from([0.02, 0.1, 0.25, 0.6])


def smallest_weight(wrenches: np.ndarray) -> float:
    """Largest t such that the wrenches balance with weights of at least t: > 0 iff force closure."""
    count = len(wrenches)
    balance = np.block([[wrenches.T, np.zeros((6, 1))], [np.ones((1, count)), np.zeros((1, 1))]])
    at_least = np.hstack([-np.eye(count), np.ones((count, 1))])
    answer = linprog(
        -np.r_[np.zeros(count), 1.0],
        A_ub=at_least,
        b_ub=np.zeros(count),
        A_eq=balance,
        b_eq=np.r_[np.zeros(6), 1.0],
        bounds=[(0, None)] * count + [(None, None)],
    )
    return -answer.fun if answer.status == 0 else 0.0


@settings(max_examples=25, deadline=None)
@given(seeds, slants, st.integers(3, 12))
def test_batched_quality_equals_the_convex_hull(seed: int, slant: float, edges: int) -> None:
    config = SoftFingerConfig(cone_edges=edges)
    pairs = random_pairs(np.random.default_rng(seed), 20, slant)
    up = unit(np.random.default_rng(seed + 1).normal(size=(20, 3)))
    quality = grasp_quality(pairs, up, config)
    wrenches = contact_wrenches(pairs, config)
    epsilon = [hull_epsilon(w) for w in wrenches]
    resistance = [hull_wrench_resistance(w, np.r_[u, 0, 0, 0]) for w, u in zip(wrenches, up, strict=True)]
    np.testing.assert_allclose(quality.epsilon, epsilon, atol=1e-6)
    np.testing.assert_allclose(quality.wrench_resistance, resistance, atol=1e-6)


@settings(max_examples=10, deadline=None)
@given(seeds, slants)
def test_epsilon_is_positive_iff_forces_and_torques_can_balance(seed: int, slant: float) -> None:
    pairs = random_pairs(np.random.default_rng(seed), 10, slant)
    quality = grasp_quality(pairs, pairs.reference, CONFIG)
    weights = np.array([smallest_weight(w) for w in contact_wrenches(pairs, CONFIG)])
    clear = (weights > 1e-7) | (weights < 1e-10)
    np.testing.assert_array_equal(quality.epsilon[clear] > 0, weights[clear] > 1e-7)
    np.testing.assert_array_equal(quality.force_closure == 1, quality.epsilon > 0)


@settings(max_examples=25, deadline=None)
@given(seeds, slants)
def test_a_turned_scene_has_the_same_quality(seed: int, slant: float) -> None:
    rng = np.random.default_rng(seed)
    pairs = random_pairs(rng, 30, slant)
    turn = Rotation.random(random_state=seed % 2**31).as_matrix().T
    turned = ContactPairs(pairs.points @ turn, pairs.normals @ turn, pairs.friction, pairs.reference @ turn)
    one = grasp_quality(pairs, pairs.reference, CONFIG)
    two = grasp_quality(turned, turned.reference, CONFIG)
    np.testing.assert_allclose(one.epsilon, two.epsilon, rtol=1e-6, atol=1e-12)
    np.testing.assert_allclose(one.wrench_resistance, two.wrench_resistance, rtol=1e-6, atol=1e-12)


@settings(max_examples=25, deadline=None)
@given(seeds, st.floats(0.2, 5.0))
def test_scaling_the_object_is_scaling_torques_back(seed: int, factor: float) -> None:
    pairs = random_pairs(np.random.default_rng(seed), 30, 0.2)
    larger = dataclasses.replace(pairs, points=factor * pairs.points)
    # Patches grow with the object too, so that every torque is multiplied by the factor.
    config = SoftFingerConfig(
        torque_scale=CONFIG.torque_scale / factor, patch_radius=CONFIG.patch_radius * np.sqrt(factor)
    )
    one = grasp_quality(pairs, pairs.reference, CONFIG)
    two = grasp_quality(larger, larger.reference, config)
    np.testing.assert_allclose(one.epsilon, two.epsilon, rtol=1e-6, atol=1e-12)


@settings(max_examples=25, deadline=None)
@given(seeds, slants)
def test_more_friction_never_lowers_epsilon_of_pyramids_that_contain_each_other(
    seed: int, slant: float
) -> None:
    pairs = random_pairs(np.random.default_rng(seed), 30, slant)
    rougher = dataclasses.replace(pairs, friction=pairs.friction * 1.2)
    one = grasp_quality(pairs, pairs.reference, CONFIG)
    two = grasp_quality(rougher, rougher.reference, CONFIG)
    assert np.all(two.epsilon >= one.epsilon - 1e-12)


@settings(max_examples=25, deadline=None)
@given(seeds, slants)
def test_no_direction_resists_less_than_epsilon(seed: int, slant: float) -> None:
    pairs = random_pairs(np.random.default_rng(seed), 30, slant)
    up = unit(np.random.default_rng(seed + 1).normal(size=(30, 3)))
    quality = grasp_quality(pairs, up, CONFIG)
    assert np.all(quality.wrench_resistance >= quality.epsilon - 1e-12)


def test_head_on_contacts_through_the_centre_of_mass_have_the_epsilon_of_torsion() -> None:
    # About the line between the contacts only torsion resists: two moments of mu pi r^2 newton-metres.
    friction = 0.5
    pairs = ContactPairs(
        np.array([[[-0.02, 0, 0], [0.02, 0, 0]]]),
        np.array([[[1.0, 0, 0], [-1.0, 0, 0]]]),
        np.array([friction]),
        np.array([[0.0, 0, -1]]),
    )
    quality = grasp_quality(pairs, np.array([[0.0, 0, 1]]), CONFIG)
    moment = CONFIG.torque_scale * friction * np.pi * CONFIG.patch_radius**2
    # The pure moment is a corner of the hull; the nearest facet leans a little towards the origin.
    assert 0.99 * moment < quality.epsilon[0] <= moment
    # Friction carries mu newtons at the two contacts together, for one newton shared by both in the hull.
    assert quality.wrench_resistance[0] == pytest.approx(friction, rel=1e-9)


def test_missing_contacts_and_frictionless_ones_have_no_quality() -> None:
    pairs = random_pairs(np.random.default_rng(0), 3, 0.02)
    points, friction = pairs.points.copy(), pairs.friction.copy()
    points[0, 1] = np.nan
    friction[1] = 0.0
    points[2, 1] = points[2, 0]
    broken = ContactPairs(points, pairs.normals, friction, pairs.reference)
    quality = grasp_quality(broken, pairs.reference, CONFIG)
    assert (
        not quality.epsilon.any() and not quality.force_closure.any() and not quality.wrench_resistance.any()
    )


def test_no_grasps_have_no_quality() -> None:
    pairs = random_pairs(np.random.default_rng(0), 4, 0.1)[slice(0, 0)]
    assert len(grasp_quality(pairs, pairs.reference, CONFIG).epsilon) == 0
