# SPDX-License-Identifier: Apache-2.0
# Environment of this workspace, to be sourced from bash in any directory:  source scripts/env.sh
#
# Values that you exported before are kept. ROS stays on this machine by default; to reach real robots:
#   export ROS_LOCALHOST_ONLY=0 ROS_DOMAIN_ID=<the robots' domain>; source scripts/env.sh

_pinch_root="$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd -P)"

_pinch_prepend() { # VARIABLE entry...: each in front of the variable, unless it has it already
    local name="$1" entry
    shift
    for entry in "$@"; do
        case ":${!name:-}:" in
            *":$entry:"*) ;;
            *) export "$name=$entry${!name:+:${!name}}" ;;
        esac
    done
}

if [ -f "$_pinch_root/install/pinch_env.sh" ]; then
    . "$_pinch_root/install/pinch_env.sh"
else
    echo "env.sh: the workspace is not set up: run 'make setup' in $_pinch_root first" >&2
    unset -f _pinch_prepend
    unset _pinch_root
    return 1
fi

export ROS_LOCALHOST_ONLY="${ROS_LOCALHOST_ONLY:-1}"
# Not 0, which is the default domain of every ROS 2 machine.
export ROS_DOMAIN_ID="${ROS_DOMAIN_ID:-73}"
# Nothing is written outside the repository.
export ROS_HOME="${ROS_HOME:-$_pinch_root/log/ros}"
export ROS_LOG_DIR="${ROS_LOG_DIR:-$_pinch_root/log/ros}"
export COLCON_HOME="${COLCON_HOME:-$_pinch_root/log/colcon-home}"
export MESA_SHADER_CACHE_DIR="${MESA_SHADER_CACHE_DIR:-$_pinch_root/log/cache}"
export MPLCONFIGDIR="${MPLCONFIGDIR:-$_pinch_root/log/cache}"
# Makes room for whole images in shared memory; without it they are lost on a busy machine.
export FASTRTPS_DEFAULT_PROFILES_FILE="${FASTRTPS_DEFAULT_PROFILES_FILE:-$_pinch_root/config/fastdds.xml}"
# Renders without a display.
export MUJOCO_GL="${MUJOCO_GL:-egl}"

unset -f _pinch_prepend
unset _pinch_root
