#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Lint, types and tests of a workspace that is set up. All of them run, also after one has failed; arguments go to pytest.
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
# What runs nodes has the machine to itself; the rest is shared between two workers. No test of a kind is no fault.
run_pytest() { # log arguments...
    local log="log/pytest-$1.log" code
    shift
    mkdir -p log
    pytest "$@" 2>&1 | tee "$log"
    code="${PIPESTATUS[0]}"
    [ "$code" = 0 ] || [ "$code" = 5 ]
}
stage nodes run_pytest nodes -m nodes "$@"
stage others run_pytest others -m "not nodes" --numprocesses=2 --dist=loadfile "$@"

echo "== summary (ROS_DOMAIN_ID=$ROS_DOMAIN_ID)"
printf '%s\n' "${summary[@]}"
# Not the last line: libraries may have a last word.
grep -hE '^=+ .* in [0-9.]+s' log/pytest-*.log
exit "$failed"
