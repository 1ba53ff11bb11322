# SPDX-License-Identifier: Apache-2.0
"""The keys by which camera files of all kinds name the same things: one table for all of them."""

from __future__ import annotations

import re
from enum import Enum, auto


class Key(Enum):
    """What a key of a camera file can mean."""

    WIDTH = auto()
    HEIGHT = auto()
    SIZE = auto()
    FX = auto()
    FY = auto()
    CX = auto()
    CY = auto()
    SKEW = auto()
    K = auto()
    K_BY_COLUMN = auto()
    MODEL = auto()
    MODEL_OF_LENS_OR_DEVICE = auto()
    CAMERA_MODEL = auto()
    IS_FISHEYE = auto()
    D = auto()
    R = auto()
    P = auto()
    BINNING_X = auto()
    BINNING_Y = auto()
    ROI = auto()
    DEPTH_SCALE = auto()
    UNITS_PER_METRE = auto()


# Normalised: lower case, letters and digits only.
_NAMES: dict[Key, str] = {
    Key.WIDTH: "width imagewidth imgwidth w camerawidth",
    Key.HEIGHT: "height imageheight imgheight h cameraheight",
    Key.SIZE: "size imagesize imgsize resolution",
    Key.FX: "fx flx focallengthx camerafx camera1fx",
    Key.FY: "fy fly focallengthy camerafy camera1fy",
    Key.CX: "cx ppx principalpointx cameracx camera1cx",
    Key.CY: "cy ppy principalpointy cameracy camera1cy",
    Key.SKEW: "skew",
    Key.K: "k camk cameramatrix kmatrix mtx intrinsics intrinsic cameraintrinsics camintrinsics",
    Key.K_BY_COLUMN: "intrinsicmatrix",
    Key.MODEL: "distortionmodel distmodel",
    Key.MODEL_OF_LENS_OR_DEVICE: "model",
    Key.CAMERA_MODEL: "cameramodel cameratype",
    Key.IS_FISHEYE: "fisheyemodel isfisheye",
    Key.D: "d distortioncoefficients distortioncoeffs distortion distcoeffs coeffs dist",
    Key.R: "r rectificationmatrix",
    Key.P: "p projectionmatrix",
    Key.BINNING_X: "binningx",
    Key.BINNING_Y: "binningy",
    Key.ROI: "roi",
    Key.DEPTH_SCALE: "depthscale depthunits depthunit",
    Key.UNITS_PER_METRE: "depthfactor factordepth depthmapfactor rgbddepthmapfactor pngdepthscale",
}
_KEYS = {name: key for key, names in _NAMES.items() for name in names.split()}

# Single coefficients, in OpenCV's order; files that name them one by one.
COEFFICIENTS = ("k1", "k2", "p1", "p2", "k3", "k4", "k5", "k6")
FISHEYE_COEFFICIENTS = ("k1", "k2", "k3", "k4")

# Understood, and of no consequence for the meaning of a depth image: names, times, the board that the camera
# was calibrated with, and poses of the camera.
_WITHOUT_CONSEQUENCE = frozenset(
    {
        "header",
        "cameraname",
        "name",
        "class",
        "classname",
        "versionmajor",
        "versionminor",
        "version",
        "frame",
        "frameid",
        "seq",
        "stamp",
        "comment",
        "description",
        "serialnumber",
        "devicename",
        "calibrationtime",
        "calibrationdate",
        "date",
        "time",
        "flags",
        "flagvalue",
        "nframes",
        "nrofframes",
        "boardwidth",
        "boardheight",
        "squaresize",
        "imagecount",
        "imagepoints",
        "gridpoints",
        "perviewreprojectionerrors",
        "extrinsicparameters",
        "avgreprojectionerror",
        "reprojectionerror",
        "rms",
        "camrw2c",
        "camtw2c",
        "viewlevel",
        "extrinsic",
        "extrinsics",
        "colorfps",
        "depthfps",
        "streamlengthusec",
        "colorformat",
        "depthformat",
        "camoverlaps",
        "rostopic",
        "tcamimu",
        "timeshiftcamimu",
        "camerafps",
        "camerargb",
    }
)


def normalised(key: object) -> str:
    """A key in the form of the tables."""
    return re.sub(r"[^a-z0-9]", "", str(key).lower())


def meaning(key: object) -> Key | None:
    """What a key means; None for one that is not in the table."""
    return _KEYS.get(normalised(key))


def coefficient_name(key: object) -> str | None:
    """The name of a single coefficient (``k1``, ``Camera.k1``), None for another key."""
    name = normalised(key).removeprefix("camera1").removeprefix("camera")
    return name if name in COEFFICIENTS else None


def is_without_consequence(key: object) -> bool:
    """Whether a key is understood to change nothing."""
    return normalised(key) in _WITHOUT_CONSEQUENCE
