# SPDX-License-Identifier: Apache-2.0
"""What a file is, told by its content, for whoever cannot read it.

A whole file of another kind is bad input, not damage: it is named, with the command that converts it.
"""

from __future__ import annotations

import string
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from pinch_core.errors import PinchError

# Enough for every signature below; that of tar is the last.
HEAD_BYTES = 512
_SHOWN_CHARACTERS = 40
# Less may be the beginning of anything.
_SHORTEST_TEXT = 8
# Decimal codes of what a text file may hold besides characters from the space on.
_TEXT_CONTROLS = frozenset(b"\t\n\r\f\x1b")


class Wanted(Enum):
    """What a reader was asked for. The value says what to give, for messages."""

    DEPTH = "a depth image (.npy, .pfm, 16-bit .png or .tiff)"
    MASK = "a mask (8-bit .png of one channel, or .npy of bool)"
    CAMERA = "a camera file (.json, .yaml or .intr)"
    NETWORK = "a trained network of pinch's (.safetensors)"
    BAG = "a rosbag2 recording (folder, .mcap or .db3) or a ROS 1 .bag"


@dataclass(frozen=True, eq=False)
class FileKind:
    """A kind of file. ``remedies``: what to do with it where this or that was wanted; ``remedy``: else.
    Both may hold ``{path}`` and ``{stem}``, empty where there is nothing better than to give another file.
    """

    name: str
    matches: Callable[[bytes], bool]
    remedy: str = ""
    remedies: dict[Wanted, str] = field(default_factory=dict)

    def sentence(self, path: Path, wanted: Wanted) -> str:
        """Path, kind and what to do."""
        remedy = self.remedies.get(wanted, self.remedy) or f"give {wanted.value}"
        filled = remedy.replace("{path}", str(path)).replace("{stem}", path.name.partition(".")[0])
        return f"{path} is {self.name}; {filled}."


def _starts(*signatures: bytes) -> Callable[[bytes], bool]:
    return lambda head: head.startswith(signatures)


def _at(place: int, signature: bytes) -> Callable[[bytes], bool]:
    return lambda head: head[place : place + len(signature)] == signature


def _markup(*names: bytes) -> Callable[[bytes], bool]:
    return lambda head: head.removeprefix(b"\xef\xbb\xbf").lstrip().lower().startswith(names)


def _is_pcd(head: bytes) -> bool:
    return head.startswith(b"# .PCD") or (head.startswith(b"VERSION") and b"\nFIELDS" in head)


def _is_netpbm(head: bytes) -> bool:
    return head[:2] in (b"P1", b"P2", b"P3", b"P4", b"P5", b"P6") and head[2:3] in (b"\n", b" ", b"\r", b"\t")


def _is_text(head: bytes) -> bool:
    if len(head.strip()) < _SHORTEST_TEXT or any(byte < 32 and byte not in _TEXT_CONTROLS for byte in head):
        return False
    for cut in range(4 if len(head) == HEAD_BYTES else 1):  # the head may end within a character
        try:
            head[: len(head) - cut].decode()
        except UnicodeDecodeError:
            continue
        return True
    return False


_CONVERT = "python3 -c \"import cv2; cv2.imwrite('{stem}.tiff', cv2.imread('{path}', -1))\""
_RECORDING = {
    Wanted.DEPTH: "take its frames out with: ./pinch bag extract {path} OUT",
    Wanted.CAMERA: "take its frames and their camera.json out with: ./pinch bag extract {path} OUT",
}
_CLOUD = {Wanted.DEPTH: "it has no rows and columns to plan on: give the depth image that it was made of"}
_MASK_IMAGE = {
    Wanted.MASK: (
        'its blocks blur the border; write the mask as .png, or convert it with: python3 -c "import cv2; '
        "cv2.imwrite('{stem}.png', cv2.threshold(cv2.imread('{path}', 0), 127, 255, cv2.THRESH_BINARY)[1])\""
    )
}
_LOSSY_DEPTH = {Wanted.DEPTH: "it is a picture for the eye without depth in it: give the depth image itself"}

_HDF5 = (
    'list what is in it with h5ls, and save the image with: python3 -c "import h5py, numpy; '
    "numpy.save('{stem}.npy', h5py.File('{path}')['NAME'][()])\""
)
_MATLAB = (
    'save the image of the name that scipy.io.whosmat lists with: python3 -c "import scipy.io, numpy; '
    "numpy.save('{stem}.npy', scipy.io.loadmat('{path}')['NAME'])\""
)

ROS1_BAG = FileKind("a ROS 1 bag", _starts(b"#ROSBAG V"), remedies=_RECORDING)
MCAP = FileKind("a bag (MCAP)", _starts(b"\x89MCAP"), remedies=_RECORDING)
SQLITE = FileKind(
    "a bag (sqlite3, .db3), or another database", _starts(b"SQLite format 3"), remedies=_RECORDING
)
NPY = FileKind("a NumPy array (.npy)", _starts(b"\x93NUMPY"), remedies={
    Wanted.DEPTH: "rename it, so that it ends in .npy", Wanted.MASK: "rename it, so that it ends in .npy",
})  # fmt: skip
PNG = FileKind("a PNG image", _starts(b"\x89PNG\r\n\x1a\n"), remedies={
    Wanted.DEPTH: "rename it, so that it ends in .png", Wanted.MASK: "rename it, so that it ends in .png",
})  # fmt: skip
TIFF = FileKind("a TIFF image", _starts(b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"), remedies={
    Wanted.DEPTH: "rename it, so that it ends in .tiff", Wanted.MASK: "rename it, so that it ends in .tiff",
})  # fmt: skip
PFM = FileKind(
    "a PFM image (floating point)",
    _starts(*(form + space for form in (b"Pf", b"PF") for space in (b"\n", b"\r\n", b" "))),
    remedies={Wanted.DEPTH: "rename it, so that it ends in .pfm"},
)
ZIP = FileKind(
    "a zip archive (also .npz, .pt and .kmz are)",
    _starts(b"PK\x03\x04", b"PK\x05\x06"),
    "unpack it, and name the file in it: python3 -m zipfile -e {path} OUT",
)
JSON = FileKind("a JSON document", lambda head: _is_text(head) and head.lstrip()[:1] in (b"{", b"["))
TEXT = FileKind("a text file", _is_text)

# The first that matches; those with the longer signature stand first.
KINDS: tuple[FileKind, ...] = (
    ROS1_BAG, MCAP, SQLITE, NPY, PNG, TIFF,
    FileKind(
        "the pointer of a file in Git LFS, not the file",
        _starts(b"version https://git-lfs.github.com/", b"version https://hawser.github.com/"),
        "fetch the file with: git lfs pull",
    ),
    FileKind(
        "the pointer of a file in git-annex, not the file",
        _starts(b"/annex/objects/", b"../.git/annex/objects/", b".git/annex/objects/"),
        "fetch the file with: git annex get {path}",
    ),
    FileKind(
        "an HTML page, as a failed download leaves it",
        _markup(b"<!doctype html", b"<html", b"<head"),
        "look at it in a browser, and download the file itself again",
    ),
    FileKind(
        "gzip-compressed",
        _starts(b"\x1f\x8b"),
        "unpack it with: gunzip < {path} > OUT (a .tar.gz with: tar -xzf {path})",
    ),
    FileKind("bzip2-compressed", _starts(b"BZh"), "unpack it with: bunzip2 < {path} > OUT"),
    FileKind("xz-compressed", _starts(b"\xfd7zXZ\0"), "unpack it with: unxz < {path} > OUT"),
    FileKind("zstd-compressed", _starts(b"\x28\xb5\x2f\xfd"), "unpack it with: zstd -d < {path} > OUT"),
    FileKind("lz4-compressed", _starts(b"\x04\x22\x4d\x18"), "unpack it with: lz4 -d < {path} > OUT"),
    ZIP,
    FileKind("a 7z archive", _starts(b"7z\xbc\xaf\x27\x1c"), "unpack it, and name the file in it"),
    FileKind("a rar archive", _starts(b"Rar!\x1a\x07"), "unpack it, and name the file in it"),
    FileKind("a tar archive", _at(257, b"ustar"), "unpack it with: tar -xf {path}"),
    FileKind("a JPEG image", _starts(b"\xff\xd8\xff"), remedies=_LOSSY_DEPTH | _MASK_IMAGE),
    FileKind("a GIF image", _starts(b"GIF87a", b"GIF89a"), remedies=_LOSSY_DEPTH | _MASK_IMAGE),
    FileKind("a BMP image", lambda head: head[:2] == b"BM" and head[6:10] == bytes(4),
             remedies=_LOSSY_DEPTH | _MASK_IMAGE),
    FileKind("a WebP image", lambda head: head[:4] == b"RIFF" and head[8:12] == b"WEBP",
             remedies=_LOSSY_DEPTH | _MASK_IMAGE),
    FileKind(
        "an OpenEXR image",
        _starts(b"\x76\x2f\x31\x01"),
        remedies={
            Wanted.DEPTH: "save its depth channel as .npy in metres where it was made (Blender: the Z or "
            "Depth pass; note that some renderers store the length of the ray), for example with the Python "
            "package OpenEXR"
        },
    ),
    PFM,
    FileKind(
        "a PGM or PPM image",
        _is_netpbm,
        remedies={
            Wanted.DEPTH: f"convert a 16-bit one with: {_CONVERT}",
            Wanted.MASK: f"convert it with: {_CONVERT.replace('.tiff', '.png')}",
        },
    ),
    FileKind(
        "an HDF5 file (also .mat of MATLAB 7.3 and .zdf are)",
        _starts(b"\x89HDF\r\n\x1a\n"),
        remedies={Wanted.DEPTH: _HDF5, Wanted.MASK: _HDF5},
    ),
    FileKind("a MATLAB file", _starts(b"MATLAB "), remedies={Wanted.DEPTH: _MATLAB, Wanted.MASK: _MATLAB}),
    FileKind("a point cloud (.pcd)", _is_pcd, remedies=_CLOUD),
    FileKind("a point cloud or mesh (.ply)", _starts(b"ply\n", b"ply\r"), remedies=_CLOUD),
    FileKind("a glTF model", _starts(b"glTF"), remedies=_CLOUD),
    FileKind("a mesh (.stl)", _starts(b"solid "), remedies=_CLOUD),
    FileKind("a Matroska video, as Azure Kinect records into", _starts(b"\x1aE\xdf\xa3"), remedies={
        Wanted.DEPTH: "take its depth track out with: ffmpeg -i {path} -map 0:1 OUT/depth_%06d.png",
    }),
    FileKind("an MP4 video", _at(4, b"ftyp"), remedies=_LOSSY_DEPTH),
    FileKind("a PDF document", _starts(b"%PDF-")),
    FileKind(
        "a pickled Python object",
        lambda head: head[:1] == b"\x80" and head[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05"),
        "it is not loaded, as that runs code of whoever wrote it: save the array in it with numpy.save",
    ),
    FileKind("an ELF program", _starts(b"\x7fELF")),
    FileKind("an XML document", _markup(b"<?xml", b"<opencv_storage", b"<robot")),
    JSON,
    TEXT,
)  # fmt: skip


class ForeignFileError(PinchError):
    """A whole file of another kind than the one that was wanted.

    Attributes:
        path: the file or folder.
        kind: its name, as in the message.
    """

    def __init__(self, message: str, path: Path, kind: str) -> None:
        super().__init__(message)
        self.path, self.kind = path, kind


def kind_of(content: bytes) -> FileKind | None:
    """The kind of a file by its first :data:`HEAD_BYTES` or more; None where nothing tells it."""
    head = content[:HEAD_BYTES]
    return next((kind for kind in KINDS if kind.matches(head)), None)


def foreign_sentence(content: bytes, path: Path, wanted: Wanted, own: Iterable[FileKind]) -> str:
    """What a file is and what to do, where it is whole and of none of the reader's ``own`` kinds; else
    empty: whoever asks has found damage then.
    """
    kind = kind_of(content)
    if kind is None or kind in own:
        return ""
    if kind is TEXT:
        return f"{path} is a text file that begins with {_beginning(content)}; give {wanted.value}."
    return kind.sentence(path, wanted)


def _beginning(content: bytes) -> str:
    text = content[:HEAD_BYTES].decode(errors="replace").strip()
    line = "".join(one if one in string.printable or one > "\x7f" else "?" for one in text.splitlines()[0])
    return repr(line[:_SHOWN_CHARACTERS])
