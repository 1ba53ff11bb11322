# SPDX-License-Identifier: Apache-2.0
"""The database of registration: objects as they can lie, what they look like then, and the grasp to take."""

from __future__ import annotations

import hashlib
import io
import multiprocessing
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import trimesh
from numpy.typing import NDArray

from pinch_benchmark.methods.method import MethodSetting
from pinch_benchmark.methods.true_geometry import best_grasp
from pinch_benchmark.registration.planar_icp import Surface, turn
from pinch_benchmark.registration.view import features, points_from_above, view_of_points
from pinch_core.atomic_file import write_file
from pinch_core.geometry.transform import Transform
from pinch_datagen.cache import kept_arrays
from pinch_datagen.errors import BadMeshError
from pinch_datagen.load_object import load_object
from pinch_datagen.object_ref import ObjectRef
from pinch_datagen.random_streams import RandomStreams
from pinch_datagen.run.native_threads import limit_native_threads
from pinch_datagen.scene.placed_object import PlacedObject
from pinch_datagen.stable_poses import stable_poses

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]

# A change of what this file computes must not find what it computed before.
VERSION = 1
VIEWS = 24  # of a stable pose, round the vertical
SURFACE_POINTS = 2000
CANDIDATES = 60  # grasps of a stable pose of which the best is kept


@dataclass(frozen=True, eq=False)
class KnownPose:
    """An object in a stable pose, above the table's origin.

    ``surface`` in the table's frame. ``views`` Float32[VIEWS, F]: features as it is turned about the
    vertical, ``middles`` Float64[VIEWS, 2]: what :func:`view_of_points` says is the middle of each [m].
    ``T_table_tcp``, ``opening`` [m]: the most robust grasp; None where every one collides.
    """

    name: str
    surface: Surface
    views: Float32
    middles: Float64
    T_table_tcp: Transform | None
    opening: float

    @staticmethod
    def turned(view: int) -> float:
        """By how much the object is turned in a view [rad]."""
        return 2 * np.pi * view / VIEWS


def known_objects(made_for: MethodSetting, workers: int = 1) -> list[KnownPose]:
    """All stable poses of all objects of the run; computed once, then kept in the cache."""
    path = made_for.cache / f"known_objects_{_digest(made_for)}.npz"
    if not path.is_file():
        _write(path, _learn(made_for, workers))
    return list(_read(path))


def _digest(made_for: MethodSetting) -> str:
    config = made_for.config
    decisive = (VERSION, made_for.gripper, config.objects, config.quality, made_for.seed)
    digest = hashlib.sha256(repr(decisive).encode())
    for ref in made_for.objects.refs:
        digest.update(ref.name.encode())
        if ref.path is not None:
            digest.update(ref.path.read_bytes())
    return digest.hexdigest()[:32]


def _learn(made_for: MethodSetting, workers: int) -> list[KnownPose]:
    learn = partial(_learn_object, made_for)
    if workers == 1:
        return [pose for poses in map(learn, made_for.objects.refs) for pose in poses]
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context, initializer=limit_native_threads) as pool:
        return [pose for poses in pool.map(learn, made_for.objects.refs) for pose in poses]


def _learn_object(made_for: MethodSetting, ref: ObjectRef) -> list[KnownPose]:
    """Its poses; none of an object that is not put on the table either."""
    config, generated = made_for.config, made_for.objects.generated
    try:
        model = load_object(ref, config.datagen(made_for.seed, generated), made_for.gripper)
        poses = stable_poses(model, config.objects.stable_poses)
    except BadMeshError:
        return []
    streams = RandomStreams(made_for.seed, f"known {ref.name}")
    rng = streams.of("surface")
    points, faces = trimesh.sample.sample_surface(model.mesh, SURFACE_POINTS, seed=int(rng.integers(2**31)))
    found = []
    for number, matrix in enumerate(poses["T_table_obj"]):
        T_table_obj = Transform.from_matrix(matrix)
        from_above = points_from_above(model.rays, T_table_obj)
        seen = [view_of_points(turn(KnownPose.turned(k)) @ from_above) for k in range(VIEWS)]
        grasp = best_grasp(
            [PlacedObject(model, T_table_obj)],
            made_for.gripper,
            CANDIDATES,
            config.quality,
            streams.of("grasps", number),
        )
        found.append(
            KnownPose(
                model.name,
                Surface.of(T_table_obj @ points, T_table_obj.rotate(model.rays.face_normals[faces])),
                features(np.stack([heights for heights, _ in seen])),
                np.stack([middle for _, middle in seen]),
                None if grasp is None else grasp.T_table_tcp,
                0.0 if grasp is None else grasp.opening,
            )
        )
    return found


# ---- on disk ----


def _write(path: Path, poses: Iterable[KnownPose]) -> None:
    poses = list(poses)
    buffer = io.BytesIO()
    nowhere = np.full((4, 4), np.nan)
    np.savez(
        buffer,
        names=np.array([pose.name for pose in poses]),
        points=np.array([pose.surface.points for pose in poses], dtype=np.float32),
        normals=np.array([pose.surface.normals for pose in poses], dtype=np.float32),
        views=np.array([pose.views for pose in poses], dtype=np.float16),
        middles=np.array([pose.middles for pose in poses]),
        T_table_tcp=np.array(
            [nowhere if pose.T_table_tcp is None else pose.T_table_tcp.matrix for pose in poses]
        ),
        openings=np.array([pose.opening for pose in poses]),
    )
    write_file(path, buffer.getvalue())


def _read(path: Path) -> Iterator[KnownPose]:
    stored = kept_arrays(path)
    for row, name in enumerate(stored["names"]):
        matrix = stored["T_table_tcp"][row]
        yield KnownPose(
            str(name),
            Surface.of(stored["points"][row].astype(np.float64), stored["normals"][row].astype(np.float64)),
            stored["views"][row].astype(np.float32),
            stored["middles"][row],
            Transform.from_matrix(matrix) if np.isfinite(matrix).all() else None,
            float(stored["openings"][row]),
        )
