#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Sets up the workspace; ends at once where nothing is left to do.  PYTHON=python3.12 chooses the Python.
set -euo pipefail

root="$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd -P)"
python="${PYTHON:-}"
if [ -z "$python" ]; then
    python="$root/.venv/bin/python"
    [ -x "$python" ] || python=python3
fi

if ! command -v "$python" >/dev/null; then
    if [ "$python" = python3 ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        echo "[setup] install python3" >&2
        { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends python3; } \
            >/dev/null
    else
        echo "setup: this machine has no program named '$python': install Python 3.10 to 3.13" \
            "(sudo apt-get install python3), or name one with PYTHON=" >&2
        exit 2
    fi
fi

# Isolated and without site: neither the user's packages nor the start-up hooks of the ROS wheels are wanted here.
exec "$python" -I -S "$root/scripts/bootstrap.py" "$@"
