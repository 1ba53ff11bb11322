#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs a command with ROS 2 and the workspace in its environment.
set -eo pipefail # not -u: ROS's own set-up script reads variables that are not set

source /opt/ros/jazzy/setup.bash
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../scripts/env.sh"
exec "$@"
