# SPDX-License-Identifier: Apache-2.0
"""Off-screen OpenGL: depth in metres and colour from a scene. Create and use it in one thread."""

from __future__ import annotations

import ctypes
import os
from typing import Protocol

import mujoco
import numpy as np
from numpy.typing import NDArray

from pinch_core.depth_frame import Float32
from pinch_sim.errors import RenderingError
from pinch_sim.scene import Scene

UInt8 = NDArray[np.uint8]

# Clipping planes in metres: wide enough for the cell, tight enough for a depth buffer to resolve a
# micrometre.
NEAR_PLANE = 0.05
FAR_PLANE = 20.0


class GlContext(Protocol):
    """What mujoco.egl.GLContext and mujoco.osmesa.GLContext have in common."""

    def make_current(self) -> None: ...

    def free(self) -> None: ...


def _open_display() -> None:
    """A process has one EGL display. MuJoCo opens it once, but another library may have closed it since, as
    pyrender does after rendering. Opening an open display changes nothing.
    """
    from mujoco import egl

    if egl.EGL_DISPLAY is not None:
        egl.EGL.eglInitialize(egl.EGL_DISPLAY, None, None)


def open_gl_context(width: int, height: int) -> GlContext:
    """An off-screen context by EGL, or by OSMesa if EGL is missing; ``MUJOCO_GL`` forces one of them.

    Raises:
        RenderingError: neither works.
    """
    backend = os.environ.get("MUJOCO_GL", "")
    if backend not in ("egl", "osmesa") or (backend == "egl" and not _has_egl_device()):
        backend = "egl" if _has_egl_device() else "osmesa"
    # MuJoCo's own OpenGL loader reads this variable when the first context is made.
    os.environ["MUJOCO_GL"] = backend
    try:
        if backend == "egl":
            from mujoco.egl import GLContext

            _open_display()
        else:
            from mujoco.osmesa import GLContext
        context: GlContext = GLContext(width, height)
        context.make_current()
    except Exception as error:
        raise RenderingError(
            f"off-screen OpenGL by {backend} failed "
            f"({' '.join(str(error).split()) or type(error).__name__}); install it "
            "with: apt-get install libegl1 libgl1 libgl1-mesa-dri libosmesa6"
        ) from error
    return context


def _has_egl_device() -> bool:
    """Whether libEGL exists and offers a device (Mesa's software device counts)."""
    try:
        egl = ctypes.CDLL("libEGL.so.1")
    except OSError:
        return False
    egl.eglGetProcAddress.restype = ctypes.c_void_p
    address = egl.eglGetProcAddress(b"eglQueryDevicesEXT")
    if not address:
        return False
    query = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int, ctypes.c_void_p, ctypes.POINTER(ctypes.c_int))(
        address
    )
    count = ctypes.c_int(0)
    return bool(query(0, None, ctypes.byref(count))) and count.value > 0


class Renderer:
    """Renders scenes of any model from the cameras in them.

    Args:
        width, height: image size [px].
        fine_shadows: as for a film; drawing colour takes longer then.
    """

    def __init__(self, width: int, height: int, *, fine_shadows: bool = False) -> None:
        self._fine_shadows = fine_shadows
        self._context = open_gl_context(width, height)
        self._rect = mujoco.MjrRect(0, 0, width, height)
        self._scene: Scene | None = None
        self._gl: mujoco.MjrContext

    def depth(self, scene: Scene, data: mujoco.MjData, camera: str) -> Float32:
        """Float32[H, W]: z in the optical frame [m] of the surface at each pixel centre; far away =
        FAR_PLANE."""
        self._draw(scene, data, camera, flat=True)
        buffer = np.empty((self._rect.height, self._rect.width), dtype=np.float32)
        mujoco.mjr_readPixels(None, buffer, self._rect, self._gl)
        # Reversed z: the buffer holds (near / z - near / far) / (1 - near / far).
        nearness = buffer.astype(np.float64) * (1.0 - NEAR_PLANE / FAR_PLANE) + NEAR_PLANE / FAR_PLANE
        return np.flipud(NEAR_PLANE / nearness).astype(np.float32)

    def colour(self, scene: Scene, data: mujoco.MjData, camera: str) -> UInt8:
        """UInt8[H, W, 3]: RGB."""
        self._draw(scene, data, camera, flat=False)
        buffer = np.empty((self._rect.height, self._rect.width, 3), dtype=np.uint8)
        mujoco.mjr_readPixels(buffer, None, self._rect, self._gl)
        return np.ascontiguousarray(np.flipud(buffer))

    def close(self) -> None:
        """Free the OpenGL resources, in the thread that created them."""
        self._context.make_current()
        if self._scene is not None:
            self._gl.free()
            self._scene = None
        self._context.free()

    def _draw(self, scene: Scene, data: mujoco.MjData, camera: str, *, flat: bool) -> None:
        self._context.make_current()
        if scene is not self._scene:
            self._load(scene)
        view = mujoco.MjvCamera()
        view.type = mujoco.mjtCamera.mjCAMERA_FIXED
        view.fixedcamid = scene.model.camera(camera).id
        mujoco.mjv_updateScene(
            scene.model, data, self._option, None, view, mujoco.mjtCatBit.mjCAT_ALL.value, self._visual
        )
        for flag in (mujoco.mjtRndFlag.mjRND_SEGMENT, mujoco.mjtRndFlag.mjRND_IDCOLOR):
            self._visual.flags[flag] = flat
        mujoco.mjr_render(self._rect, self._visual, self._gl)

    def _load(self, scene: Scene) -> None:
        if self._scene is not None:
            self._gl.free()
        model = scene.model
        # No anti-aliasing: a mean of two depths is not a surface, and software rendering of colour would take
        # three times as long.
        model.vis.quality.offsamples = 0
        model.vis.quality.shadowsize = 2048 if self._fine_shadows else 1024
        model.vis.map.znear = NEAR_PLANE / model.stat.extent
        model.vis.map.zfar = FAR_PLANE / model.stat.extent
        self._option = mujoco.MjvOption()
        self._visual = mujoco.MjvScene(model, maxgeom=500)
        self._visual.flags[mujoco.mjtRndFlag.mjRND_REFLECTION] = False
        self._gl = mujoco.MjrContext(model, mujoco.mjtFontScale.mjFONTSCALE_100.value)
        mujoco.mjr_setBuffer(mujoco.mjtFramebuffer.mjFB_OFFSCREEN.value, self._gl)
        self._gl.readDepthMap = mujoco.mjtDepthMap.mjDEPTH_ZEROFAR
        self._scene = scene
