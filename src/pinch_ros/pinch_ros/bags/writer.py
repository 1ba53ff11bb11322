# SPDX-License-Identifier: Apache-2.0
"""Writes rosbag2 recordings: a folder, or one file by itself."""

from __future__ import annotations

import os
import shutil
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any

from rclpy.serialization import serialize_message
from rosbags.interfaces import (
    Connection,
    Qos,
    QosDurability,
    QosHistory,
    QosLiveliness,
    QosReliability,
    QosTime,
)
from rosbags.rosbag2 import CompressionFormat, CompressionMode, StoragePlugin, Writer
from rosbags.typesys import Stores, get_types_from_msg, get_typestore
from rosbags.typesys.store import Typestore

from pinch_core.errors import OutputError, UnknownNameError
from pinch_core.resources import find_shared_file
from pinch_ros.bags.definition import parts_of
from pinch_ros.errors import UnknownMessageTypeError

_PLUGINS = {".mcap": StoragePlugin.MCAP, ".db3": StoragePlugin.SQLITE3}
# What is being written carries this ending; a recorder that was killed leaves it, and it can be read.
UNFINISHED = ".unfinished"
_FOREVER = QosTime(9223372036, 854775807)


class BagWriter:
    """Writes while the ``with`` block lasts, also when that ends with an error.

    Args:
        path: ``NAME.mcap`` and ``NAME.db3`` become one file, another name the folder of a rosbag2 recording
        in mcap.
        compress: with zstd.

    Raises:
        OutputError: there is something at ``path``, or it cannot be written.
    """

    def __init__(self, path: Path, *, compress: bool = False) -> None:
        if path.exists():
            raise OutputError(f"{path} exists already; name another recording, or remove it.")
        self.path = path
        self._is_file = path.suffix in _PLUGINS
        self._folder = path.with_name(path.name + UNFINISHED) if self._is_file else path
        plugin = _PLUGINS.get(path.suffix, StoragePlugin.MCAP)
        if self._folder.exists() and self._is_file:
            shutil.rmtree(self._folder)
        self._writer = Writer(self._folder, version=9, storage_plugin=plugin)
        if compress:
            is_mcap = plugin is StoragePlugin.MCAP
            # Single messages of an mcap would be compressed out of the sight of tools that read mcap alone.
            mode = CompressionMode.STORAGE if is_mcap else CompressionMode.MESSAGE
            self._writer.set_compression(mode, CompressionFormat.ZSTD)
        self._connections: dict[str, Connection] = {}

    def __enter__(self) -> BagWriter:
        try:
            self._writer.open()
        except OSError as error:
            raise OutputError(
                f"{self.path} cannot be written ({error.strerror}); name another place."
            ) from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Closed in order whatever happened: what was written is a whole recording.
        self._writer.close()
        if self._is_file:
            (data,) = (file for file in self._folder.iterdir() if file.name != "metadata.yaml")
            os.replace(data, self.path)
            shutil.rmtree(self._folder)

    def add(self, topic: str, message: Any, time_ns: int, *, latched: bool = False) -> None:
        """Write a message as recorded at ``time_ns``; ``latched``: who comes late on replay gets it too.

        Raises:
            UnknownMessageTypeError: the definition of its type is not installed.
            OutputError: the disk is full.
        """
        package = type(message).__module__.partition(".")[0]
        kind = f"{package}/msg/{type(message).__name__}"
        self.add_raw(topic, kind, serialize_message(message), time_ns, latched=latched)

    def add_raw(self, topic: str, kind: str, data: bytes, time_ns: int, *, latched: bool = False) -> None:
        """Write a serialized message; see :meth:`add`."""
        if topic not in self._connections:
            self._connections[topic] = self._writer.add_connection(
                topic, kind, typestore=_store_with(kind), offered_qos_profiles=[_qos(latched)]
            )
        try:
            self._writer.write(self._connections[topic], time_ns, data)
        except OSError as error:
            raise OutputError(
                f"{self.path} cannot be written on ({error.strerror}); free space on its disk."
            ) from error


@cache
def _store() -> Typestore:
    return get_typestore(Stores.ROS2_JAZZY)


def _store_with(kind: str) -> Typestore:
    """The definitions of common types, and of this one with all it is made of."""
    store = _store()
    missing = [kind]
    while missing:
        name = missing.pop()
        if name in store.fielddefs:
            continue
        try:
            text = find_shared_file(f"{name}.msg").read_text(encoding="utf-8")
        except UnknownNameError as error:
            raise UnknownMessageTypeError(
                f"the definition of {name} is not installed ({name}.msg); install the package "
                f"{name.partition('/')[0]}."
            ) from error
        found = get_types_from_msg(text, name)
        store.register({one: fields for one, fields in found.items() if one not in store.fielddefs})
        missing += [one for one in parts_of(found[name][1]) if one not in store.fielddefs]
    return store


def _qos(latched: bool) -> Qos:
    return Qos(
        QosHistory.KEEP_LAST,
        1 if latched else 10,
        QosReliability.RELIABLE,
        QosDurability.TRANSIENT_LOCAL if latched else QosDurability.VOLATILE,
        _FOREVER,
        _FOREVER,
        QosLiveliness.AUTOMATIC,
        _FOREVER,
        avoid_ros_namespace_conventions=False,
    )
