# SPDX-License-Identifier: Apache-2.0
"""A node in a process of its own; says on stdout what happens to it."""

from __future__ import annotations

import sys
from typing import Any

from std_msgs.msg import String

from pinch_core.config import configclass, setting
from pinch_core.errors import ConfigError
from pinch_ros.lifecycle import PinchNode, node_main
from pinch_ros.parameters import declare_config


@configclass
class Config:
    size: float = setting(default=1.0, help="how large", lower=0.0, upper=2.0)
    refuses: str = setting(default="", help="transition that is refused")


class Speaker(PinchNode):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__("speaker", **kwargs)
        self.config = declare_config(self, Config)

    def configure(self) -> None:
        self.refuse("configure")
        self.create_subscription(String, "~/in", self.on_message, 10)
        print("configured", flush=True)

    def on_message(self, message: String) -> None:
        print(f"heard {message.data}", flush=True)
        if message.data == "bad":
            raise ValueError("a callback that did not catch its error")

    def activate(self) -> None:
        self.refuse("activate")
        print("active", flush=True)

    def refuse(self, transition: str) -> None:
        if self.config.refuses == transition:
            raise ConfigError(f"{transition} was told to fail.")

    def deactivate(self) -> None:
        print("inactive", flush=True)

    def cleanup(self) -> None:
        print("cleaned up", flush=True)


def main() -> int:
    return node_main(Speaker)


if __name__ == "__main__":
    sys.exit(main())
