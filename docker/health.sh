#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Healthy while every node named is in the lifecycle state `active`:  docker/health.sh /depth_camera /grasp_planner
set -eo pipefail

source /opt/ros/jazzy/setup.bash
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../scripts/env.sh"
for node in "$@"; do
    state="$(timeout 10 ros2 lifecycle get "$node" 2>&1)" || state="no answer"
    case "$state" in
        active*) ;;
        *)
            echo "health: $node should be active, and is: $state" >&2
            exit 1
            ;;
    esac
done
