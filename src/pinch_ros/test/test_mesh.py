# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from shape_msgs.msg import Mesh

from pinch_ros.conversions import (
    inertia_from_message,
    inertia_to_message,
    mesh_from_message,
    mesh_to_message,
)

metres = st.floats(-10.0, 10.0)
corners = st.integers(0, 6).flatmap(lambda count: arrays(np.float64, (count, 3), elements=metres))
triangles = st.integers(0, 6).flatmap(
    lambda count: arrays(np.int64, (count, 3), elements=st.integers(0, 2**32 - 1))
)


@given(corners, triangles)
def test_a_mesh_survives_its_message_to_the_bit(vertices, faces):
    found = mesh_from_message(mesh_to_message(vertices, faces))
    np.testing.assert_array_equal(found[0], vertices)
    np.testing.assert_array_equal(found[1], faces)


def test_an_empty_mesh_has_no_rows():
    vertices, faces = mesh_from_message(Mesh())
    assert vertices.shape == faces.shape == (0, 3)


@given(arrays(np.float64, (3, 3), elements=metres), arrays(np.float64, 3, elements=metres))
def test_mass_and_inertia_survive_their_message_to_the_bit(matrix, center):
    inertia = matrix + matrix.T
    mass, center_of_mass, found = inertia_from_message(inertia_to_message(0.25, center, inertia))
    assert mass == 0.25
    np.testing.assert_array_equal(center_of_mass, center)
    np.testing.assert_array_equal(found, inertia)
