#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Lint, types and tests of a workspace that is set up. All of them run, also after one has failed; arguments go to pytest,
# whose two workers conftest.py gives their shares.
set -uo pipefail

root="$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd -P)"
cd "$root" || exit 1
# Tests must not meet a robot, nor each other: loopback only, and a domain drawn for this run from those that leave
# DDS its ports (up to 101).
export ROS_LOCALHOST_ONLY=1
export ROS_DOMAIN_ID=$((RANDOM % 100 + 1))
source scripts/env.sh || exit 1

summary=()
failed=0
stage() { # name command...
    local name="$1" start=$SECONDS verdict=passed
    shift
    echo "== $name"
    "$@" || { verdict=FAILED; failed=1; }
    summary+=("$(printf '%-8s %-7s %4d s' "$name" "$verdict" $((SECONDS - start)))")
}

stage rules ruff check .
stage format ruff format --check .
stage types mypy
run_pytest() { mkdir -p log && pytest --numprocesses=2 --dist=loadgroup "$@" 2>&1 | tee log/pytest.log; }
stage tests run_pytest "$@"

echo "== summary (ROS_DOMAIN_ID=$ROS_DOMAIN_ID)"
printf '%s\n' "${summary[@]}"
# Not the last line: libraries may have a last word.
grep -E '^=+ .* in [0-9.]+s' log/pytest.log | tail -n 1
exit "$failed"
