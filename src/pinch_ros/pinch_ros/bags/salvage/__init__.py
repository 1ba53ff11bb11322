# SPDX-License-Identifier: Apache-2.0
"""What can still be read of a recording that was cut off or damaged: from its beginning to the fault."""

from pinch_ros.bags.salvage.recording import SalvagedRecording, plain_message, unpacked
from pinch_ros.bags.salvage.ros1_file import ros2_type
from pinch_ros.bags.salvage.stored_message import StorageFault, StoredMessage

__all__ = ["SalvagedRecording", "StorageFault", "StoredMessage", "plain_message", "ros2_type", "unpacked"]
