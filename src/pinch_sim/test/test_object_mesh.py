# SPDX-License-Identifier: Apache-2.0
"""The triangles of library objects agree with what MuJoCo makes of the same solids."""

from __future__ import annotations

import mujoco
import numpy as np
import pytest

from pinch_sim.object_mesh import object_mesh
from pinch_sim.objects import LIBRARY


@pytest.mark.parametrize("name", LIBRARY)
def test_centre_of_mass_and_surface_are_those_of_the_simulator(name):
    spec = mujoco.MjSpec()
    LIBRARY[name].add_to(spec, name, friction=0.5)
    model = spec.compile()
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    mesh = object_mesh(LIBRARY[name])
    np.testing.assert_allclose(mesh.center_of_mass, model.body(name).ipos, atol=2e-5)
    # Rays from all around end on the surface: MuJoCo's, and the mesh's within its facets' sagitta.
    rng = np.random.default_rng(0)
    hit = np.zeros(1, np.int32)
    distances = []
    for direction in rng.normal(size=(40, 3)):
        outward = direction / np.linalg.norm(direction)
        far = 1.0 * outward
        depth = mujoco.mj_ray(model, data, far, -outward, None, 1, -1, hit)
        if depth >= 0:
            point = far - depth * outward
            distances.append(_distance(mesh, point))
    assert distances and max(distances) < 5e-4


def _distance(mesh, point) -> float:
    import trimesh

    whole = trimesh.Trimesh(mesh.vertices, mesh.faces, process=False)
    (_, (distance,), _) = trimesh.proximity.closest_point_naive(whole, [point])
    return float(distance)
