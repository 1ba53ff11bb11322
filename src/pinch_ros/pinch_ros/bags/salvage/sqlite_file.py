# SPDX-License-Identifier: Apache-2.0
"""Reads the messages of a sqlite3 storage file row by row, although its end is missing."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from pinch_ros.bags.definition import Definition
from pinch_ros.bags.salvage.stored_message import StorageFault, StoredMessage


def read_sqlite(path: Path) -> Iterator[StoredMessage]:
    """Messages in the order in which they were written.

    Raises:
        StorageFault: after all messages before the fault.
    """
    try:
        database = sqlite3.connect(f"file:{quote(str(path))}?mode=ro&immutable=1", uri=True)
    except sqlite3.Error as error:
        raise StorageFault(f"{path} cannot be opened as a sqlite3 file ({error})") from error
    try:
        # Without it sqlite3 refuses a file that is shorter than its header says. Nothing is written.
        database.execute("PRAGMA writable_schema = ON")
        topics = {number: (name, kind) for number, name, kind in _topics(database)}
        definitions = _definitions(database)
        rows = database.execute("SELECT topic_id, timestamp, data FROM messages ORDER BY id")
        for number, time_ns, data in rows:
            topic, kind = topics[number]
            definition = definitions.get(kind, Definition())
            yield StoredMessage(topic, kind, time_ns, bytes(data), definition)
    except (sqlite3.Error, KeyError, TypeError, ValueError) as error:
        raise StorageFault(f"{path} is damaged or was cut off ({error})") from error
    finally:
        database.close()


def _topics(database: sqlite3.Connection) -> list[tuple[int, str, str]]:
    return list(database.execute("SELECT id, name, type FROM topics"))


def _definitions(database: sqlite3.Connection) -> dict[str, Definition]:
    """By the message type. Recorders older than ROS 2 Iron left none."""
    query = "SELECT topic_type, encoded_message_definition, encoding FROM message_definitions"
    try:
        rows = list(database.execute(query))
    except sqlite3.OperationalError:
        return {}
    return {kind: Definition(str(text), str(encoding)) for kind, text, encoding in rows}
