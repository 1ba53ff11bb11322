# SPDX-License-Identifier: Apache-2.0
"""Arrays in .npy and image files: decoded, named for what they are, or damaged and where."""

from __future__ import annotations

import io
import pickletools
import struct
import zipfile
import zlib
from pathlib import Path
from typing import NoReturn

import cv2
import numpy as np
from numpy.typing import NDArray

from pinch_core.errors import DamagedFileError, InvalidDepthError, MaskError, PinchError
from pinch_core.file_kinds import NPY, PFM, PNG, TIFF, ZIP, Wanted, foreign_sentence
from pinch_core.pfm_image import decode_pfm

Array = NDArray[np.generic]

IMAGE_SUFFIXES = (".png", ".tif", ".tiff")
# Files that depth is read from.
DEPTH_SUFFIXES = (".npy", ".pfm", *IMAGE_SUFFIXES)
# Where a PNG stores width and height, and the largest compression ratio of its format.
_PNG_SIZE, _PNG_SIZE_AT = struct.Struct(">II"), 16
_DEFLATE_LIMIT = 1032
_PNG_SIGNATURE_BYTES, _PNG_CHUNK = 8, struct.Struct(">I4s")
_REPEAT = "record or copy it again"
# What numpy's own pickles name beside the keys of a dict.
_NUMPY_WORDS = frozenset(("_reconstruct", "ndarray", "dtype", "scalar", "numpy"))
_MAX_KEYS = 8


def decode_array(content: bytes, path: Path, wanted: Wanted) -> Array:
    """The array of a .npy, the pixels of a .pfm, or else those of an image file, as stored.

    Raises:
        InvalidDepthError, MaskError: a whole file of another kind; the message has the command that converts
            it.
        DamagedFileError: truncated or corrupt, and where.
    """
    decode = _DECODERS.get(path.suffix.lower(), _decode_image)
    return decode(content, path, wanted)


def refuse(sentence: str, wanted: Wanted) -> NoReturn:
    """Raise the error of what was wanted."""
    kind: type[PinchError] = MaskError if wanted is Wanted.MASK else InvalidDepthError
    raise kind(sentence)


def _decode_npy(content: bytes, path: Path, wanted: Wanted) -> Array:
    if ZIP.matches(content):
        _refuse_archive(content, path, wanted)
    if sentence := foreign_sentence(content, path, wanted, own=(NPY,)):
        refuse(sentence, wanted)
    stream = io.BytesIO(content)
    try:
        version = np.lib.format.read_magic(stream)
        read_header = (
            np.lib.format.read_array_header_1_0 if version[0] == 1 else np.lib.format.read_array_header_2_0
        )
        shape, _, dtype = read_header(stream)
    except Exception as error:  # numpy raises many kinds of errors on damaged bytes
        raise DamagedFileError(
            f"{path} ({len(content)} bytes) has no whole .npy header at its beginning ({_line(error)}); "
            f"{_REPEAT}.",
            path,
        ) from error
    begin = stream.tell()
    if dtype.hasobject:
        _refuse_object(content[begin:], path, wanted)
    expected = begin + dtype.itemsize * int(np.prod(shape, dtype=object))
    if len(content) < expected:
        raise DamagedFileError(
            f"{path} was cut off: it ends at byte {len(content)} of the {expected} that its .npy header "
            f"announces; {_REPEAT}.",
            path,
        )
    try:
        return np.asarray(np.load(io.BytesIO(content), allow_pickle=False))
    except Exception as error:
        raise DamagedFileError(
            f"{path} is not a whole .npy array from byte {begin} on ({_line(error)}); {_REPEAT}.", path
        ) from error


def _refuse_archive(content: bytes, path: Path, wanted: Wanted) -> NoReturn:
    try:
        names = zipfile.ZipFile(io.BytesIO(content)).namelist()
    except Exception as error:  # zipfile raises many kinds on damaged bytes
        raise DamagedFileError(
            f"{path} is an archive (.npz) that was cut off: the directory at its end, byte {len(content)}, "
            f"is missing; {_REPEAT}.",
            path,
        ) from error
    arrays = [name.removesuffix(".npy") for name in names if name.endswith(".npy")]
    if not arrays:
        refuse(foreign_sentence(content, path, wanted, own=()), wanted)
    guess = next((name for name in arrays if wanted.name.lower() in name.lower()), arrays[0])
    refuse(
        f"{path} is an archive of {len(arrays)} arrays ({', '.join(arrays[:_MAX_KEYS])}); save the one that "
        f'is meant with: python3 -c "import numpy as np; '
        f"np.save('{path.stem}_{guess}.npy', np.load('{path}')['{guess}'])\".",
        wanted,
    )


def _refuse_object(pickled: bytes, path: Path, wanted: Wanted) -> NoReturn:
    """Looks at the words of a pickle without running it."""
    words = _words(pickled)
    load = f"import numpy as np; d = np.load('{path}', allow_pickle=True).item(); "
    key = next((word for word in words if wanted.name.lower() in word.lower()), "")
    if not key and wanted is Wanted.MASK:
        key = next((word for word in words if word.lower().startswith("seg")), "")
    what = f"{path} holds a pickled Python object" + (
        f" with the words {', '.join(repr(word) for word in words[:_MAX_KEYS])}" if words else ""
    )
    command = f"np.save('{path.stem}_{key or 'array'}.npy', d[{(key or 'NAME')!r}])"
    if wanted is Wanted.DEPTH and key and "K" in words:
        command += (
            f"; import json; (h, w), k = d[{key!r}].shape, np.reshape(d['K'], (3, 3)); "
            f"json.dump(dict(width=w, height=h, fx=k[0, 0], fy=k[1, 1], cx=k[0, 2], cy=k[1, 2]), "
            f"open('{path.stem}_camera.json', 'w'), default=float)"
        )
    refuse(
        f"{what}, which is not loaded, as that runs code of whoever wrote it; if you trust it, save the "
        f'arrays with: python3 -c "{load}{command}".',
        wanted,
    )


def _words(pickled: bytes) -> list[str]:
    words: list[str] = []
    try:
        for opcode, argument, _ in pickletools.genops(pickled):
            if "UNICODE" in opcode.name and isinstance(argument, str) and argument.isidentifier():
                words.append(argument)
    except Exception:  # cut off: what came before is known
        pass
    return [
        word
        for word in dict.fromkeys(words)
        if word not in _NUMPY_WORDS and not (len(word) <= 3 and word[1:].isdigit())
    ]


def _decode_image(content: bytes, path: Path, wanted: Wanted) -> Array:
    if _is_hollow(content):
        raise DamagedFileError(
            f"{path} ({len(content)} bytes) holds less than the image that it announces; {_REPEAT}.", path
        )
    # A mask may be in any format that OpenCV decodes without loss.
    if sentence := foreign_sentence(content, path, wanted, own=(PNG, TIFF)):
        refuse(sentence, wanted)
    logging = cv2.utils.logging
    previous = logging.getLogLevel()
    logging.setLogLevel(logging.LOG_LEVEL_SILENT)  # silences the decoder's own message
    try:
        image = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error:
        image = None
    finally:
        logging.setLogLevel(previous)
    if image is None:
        raise DamagedFileError(f"{path} is not a whole image: {_image_fault(content)}; {_REPEAT}.", path)
    return np.asarray(image)


def _decode_pfm(content: bytes, path: Path, wanted: Wanted) -> Array:
    if sentence := foreign_sentence(content, path, wanted, own=(PFM,)):
        refuse(sentence, wanted)
    return decode_pfm(content, path)


_DECODERS = {".npy": _decode_npy, ".pfm": _decode_pfm}


def _image_fault(content: bytes) -> str:
    """Where an image that does not decode is damaged."""
    if PNG.matches(content):
        return _png_fault(content) or f"its {len(content)} bytes of PNG do not decode"
    if TIFF.matches(content):
        return f"its {len(content)} bytes of TIFF do not hold what its directory names"
    return f"the first of its {len(content)} bytes are {content[:8].hex(' ')}, which begin no PNG or TIFF"


def _png_fault(content: bytes) -> str:
    at = _PNG_SIGNATURE_BYTES
    while at + _PNG_CHUNK.size <= len(content):
        length, name = _PNG_CHUNK.unpack_from(content, at)
        end = at + _PNG_CHUNK.size + length + 4
        where = f"the chunk {name.decode('latin-1')!r} at byte {at}"
        if end > len(content):
            return f"it was cut off at byte {len(content)}, in {where}, which takes {end}"
        (checksum,) = struct.unpack_from(">I", content, end - 4)
        if zlib.crc32(content[at + 4 : end - 4]) != checksum:
            return f"{where} has another checksum than it names"
        if name == b"IEND":
            return ""
        at = end
    return f"it was cut off at byte {len(content)}, before its last chunk"


def _is_hollow(content: bytes) -> bool:
    """Whether a PNG's header announces more pixels than its bytes can hold; OpenCV would allocate them
    all, gigabytes if a byte of the size is damaged.
    """
    if not PNG.matches(content) or len(content) < _PNG_SIZE.size + _PNG_SIZE_AT:
        return False
    width, height = _PNG_SIZE.unpack_from(content, _PNG_SIZE_AT)
    return bool(width * height > len(content) * _DEFLATE_LIMIT * 8)


def _line(error: Exception) -> str:
    return " ".join(str(error).split()).rstrip(".") or type(error).__name__
