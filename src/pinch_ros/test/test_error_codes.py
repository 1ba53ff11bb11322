# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import importlib
import pkgutil

import pytest
from pinch_interfaces.msg import ErrorCode

import pinch_core
import pinch_ros
from pinch_core import errors
from pinch_core.errors import PinchError
from pinch_ros.error_codes import error_code, error_sentence
from pinch_ros.errors import FrameTransformError, RosBorderError

DEFINED = {
    value for name, value in vars(type(ErrorCode)).items() if name.isupper() and isinstance(value, int)
} | {
    getattr(ErrorCode, name)
    for name in dir(ErrorCode)
    if name.isupper() and isinstance(getattr(ErrorCode, name), int)
}


def subclasses(kind: type) -> set[type]:
    return {kind}.union(*(subclasses(sub) for sub in kind.__subclasses__()))


def every_error() -> list[type]:
    for package in (pinch_core, pinch_ros):
        for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
            importlib.import_module(module.name)
    return sorted(subclasses(PinchError), key=lambda kind: kind.__qualname__)


@pytest.mark.parametrize("kind", every_error(), ids=lambda kind: kind.__name__)
def test_every_error_has_a_code_of_the_interface_that_is_not_success(kind: type) -> None:
    code = error_code(kind.__new__(kind))
    assert code in DEFINED
    assert code != ErrorCode.SUCCESS


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.InvalidDepthError(), ErrorCode.INVALID_DEPTH),
        (errors.IntrinsicsError(), ErrorCode.INTRINSICS_MISMATCH),
        (errors.MaskError(), ErrorCode.MASK_MISMATCH),
        (errors.RegionError(), ErrorCode.ROI_OUTSIDE_IMAGE),
        (errors.NoTableError(), ErrorCode.NO_TABLE),
        (errors.NoObjectError(), ErrorCode.NO_OBJECT),
        (FrameTransformError("", "a", "b", 0), ErrorCode.FRAME_TRANSFORM_FAILURE),
        (ValueError(), ErrorCode.FAILURE),
    ],
)
def test_errors_map_to_the_code_that_names_them(error: Exception, code: int) -> None:
    assert error_code(error) == code


def test_a_class_of_another_package_brings_its_own_code() -> None:
    class DroppedError(RosBorderError):
        error_code = ErrorCode.OBJECT_DROPPED

    assert error_code(DroppedError()) == ErrorCode.OBJECT_DROPPED


def test_a_sentence_of_any_length_becomes_a_short_one_with_its_beginning_and_remedy() -> None:
    said = error_sentence(PinchError(f"policy = '{'x' * 100_000}' is not known; there are: cem, rank."))
    assert len(said) < 1100
    assert said.startswith("policy = 'xxx") and said.endswith("is not known; there are: cem, rank.")
    assert error_sentence(PinchError("short.")) == "short."
    assert error_sentence(ZeroDivisionError()) == "ZeroDivisionError"
