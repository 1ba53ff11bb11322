# SPDX-License-Identifier: Apache-2.0
"""A recording of rosbag2 (sqlite3 or mcap, plain or compressed with zstd) or ROS 1, whole or cut off."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pinch_core.errors import DamagedFileError
from pinch_ros.bags.definition import NO_DEFINITION, Definition, decode
from pinch_ros.bags.layout import METADATA, find_layout
from pinch_ros.bags.salvage import SalvagedRecording, StorageFault, StoredMessage
from pinch_ros.bags.storage import Storage, StorageError
from pinch_ros.errors import UnknownMessageTypeError


@dataclass(frozen=True)
class Topic:
    """What a bag says of one topic: ``type`` as in ``sensor_msgs/msg/Image``."""

    name: str
    type: str
    count: int


@dataclass(frozen=True)
class RawMessage:
    """A serialized message (CDR) as it was recorded at ``time_ns``. ``where`` names it for errors.
    ``definition``: of its type, as the bag has it.
    """

    topic: str
    type: str
    time_ns: int
    data: bytes
    where: str
    definition: Definition = NO_DEFINITION

    def decode(self) -> Any:
        """The ROS message; see :func:`pinch_ros.bags.definition.decode`.

        Raises:
            UnknownMessageTypeError: the type is not installed, or is another one by the same name.
            DamagedFileError: the bytes are not a message of the type.
        """
        try:
            return decode(self.data, self.type, self.definition)
        except UnknownMessageTypeError as error:
            raise UnknownMessageTypeError(f"{self.where}: {error}") from error
        except Exception as error:  # rclpy raises its own kinds, one per middleware
            raise DamagedFileError(
                f"{self.where}: a message of {len(self.data)} bytes does not decode ({_reason(error)})."
            ) from error


class Bag:
    """A recording by its folder or a data file inside one: rosbag2 (mcap, sqlite3) or ROS 1. Holds no file
    open between calls.

    ``notes``: where metadata.yaml differs from the files, which are right. ``fault``: why the recording
    cannot be read whole or by its index, empty where it can. One without its index is read from its beginning
    to the fault, in the order in which it was written.

    Raises:
        NoRecordingError: there is no recording, or a file of another kind.
        DamagedFileError: nothing of it can be read.
    """

    def __init__(self, path: Path) -> None:
        layout = find_layout(path)
        self.path, self.fault, self.notes = layout.path, layout.fault, list(layout.notes)
        self._stored: Callable[[Collection[str]], Iterator[StoredMessage]]
        try:
            storage = Storage(layout.files)
            found, self._stored = storage.topics(), storage.messages
        except StorageError as error:
            found = self._salvage(layout.files, error)
        kinds: dict[str, set[str]] = {}
        counts: Counter[str] = Counter()
        for name, kind, count in found:
            kinds.setdefault(name, set()).add(kind)
            counts[name] += count
        self.topics = {
            name: Topic(name, min(of) if len(of) == 1 else "several types", counts[name])
            for name, of in kinds.items()
        }
        if not self.fault:
            self._compare(layout.counts, layout.total)

    def _salvage(self, files: list[Path], cause: StorageError) -> list[tuple[str, str, int]]:
        """Read what can be read without the bag library, which refuses all of a file that lacks its end."""
        recording = SalvagedRecording(files)
        counts: Counter[tuple[str, str]] = Counter()
        try:
            counts.update((message.topic, message.type) for message in recording.messages())
        except StorageFault as fault:
            self.fault = str(fault)
        if not counts:
            raise DamagedFileError(f"{self.fault}; nothing of it can be read.") if self.fault else cause
        self._stored = lambda topics: (one for one in recording.messages() if one.topic in topics)
        return [(topic, kind, count) for (topic, kind), count in counts.items()]

    def _compare(self, said: Mapping[str, int], total: int | None) -> None:
        differences = [
            f"{said.get(name, 0)} messages of {name} where the files hold {self._count(name)}"
            for name in sorted({*said, *self.topics})
            if said and said.get(name, 0) != self._count(name)
        ]
        held = sum(topic.count for topic in self.topics.values())
        if total is not None and total != held:
            differences.append(f"{total} messages of all topics where the files hold {held}")
        if differences:
            self.notes.append(
                f"{self.path / METADATA} counts {', '.join(differences)}; what the files hold was read: make "
                "the metadata anew with ros2 bag reindex, or look for the messages that are missing."
            )

    def _count(self, name: str) -> int:
        return self.topics[name].count if name in self.topics else 0

    def messages(self, topics: Collection[str]) -> Iterator[RawMessage]:
        """Messages of these topics in the order of their recording; one chunk of the file is in memory.

        Raises:
            DamagedFileError: after every message before the fault was yielded; it tells how many those were.
        """
        yielded = 0
        last_ns: int | None = None
        try:
            for topic, kind, time_ns, data, definition in self._stored(topics):
                yield RawMessage(topic, kind, time_ns, data, f"{self.path}, topic {topic}", definition)
                yielded, last_ns = yielded + 1, time_ns
        except (StorageError, StorageFault) as error:
            position = f"after {yielded} messages" + (
                "" if last_ns is None else f", the last of {last_ns / 1e9:.3f} s"
            )
            raise DamagedFileError(f"{str(error).rstrip('.')}; reading stopped {position}.") from error

    def listing(self) -> str:
        """The topics with their types, for errors."""
        return (
            ", ".join(f"{t.name} ({t.type.rpartition('/')[2]})" for _, t in sorted(self.topics.items()))
            or "none"
        )


def _reason(error: Exception) -> str:
    return " ".join(str(error).split()).rstrip(".") or type(error).__name__
