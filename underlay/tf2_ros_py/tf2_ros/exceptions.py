# SPDX-License-Identifier: Apache-2.0
"""Why a transform cannot be given. The names are those of tf2."""

from __future__ import annotations


class TransformException(Exception):
    """Base of every error below."""


class LookupException(TransformException):
    """A frame is not known."""


class ConnectivityException(TransformException):
    """Both frames are known, but no path of transforms joins them."""


class ExtrapolationException(TransformException):
    """The time asked for lies outside what is stored."""


class InvalidArgumentException(TransformException):
    """A frame name is malformed."""


class TimeoutException(TransformException):
    """Kept for code that catches it: like upstream's, Buffer raises what it was still waiting out instead."""
