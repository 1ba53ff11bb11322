# SPDX-License-Identifier: Apache-2.0
"""Where what takes long to compute is kept between runs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pinch_core.errors import DamagedFileError


def kept_arrays(path: Path) -> dict[str, NDArray[Any]]:
    """The arrays of a file of the cache.

    Raises:
        DamagedFileError: it cannot be read.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            return {name: stored[name] for name in stored.files}
    except Exception as error:  # what numpy, zipfile and zlib raise on damaged bytes is open-ended
        raise DamagedFileError(f"{path} is damaged ({error}); delete it, it is made anew.", path) from error


def cache_folder(name: str) -> Path:
    """Below ``XDG_CACHE_HOME``, else ``~/.cache``."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base, "pinch", name)
