#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Checks a workspace that is set up; each stage runs, also after one has failed.
#   scripts/test.sh --lint          rules, format and types
#   scripts/test.sh [ARGUMENT...]   the same, then all tests; arguments go to pytest
set -uo pipefail

root="$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd -P)"
cd "$root" || exit 1
# Tests must not meet a robot, nor each other: loopback only, and a random domain of those that leave DDS its ports
# (up to 101).
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

run_pytest() { # log arguments...
    local log="log/pytest-$1.log" code
    shift
    mkdir -p log
    pytest "$@" 2>&1 | tee "$log"
    code="${PIPESTATUS[0]}"
    # 5: no test was selected, which is not an error.
    [ "$code" = 0 ] || [ "$code" = 5 ]
}

lint() {
    stage rules ruff check .
    stage format ruff format --check .
    stage types mypy
}

# Tests that start nodes have the machine to themselves; two workers share the rest.
tests() { # arguments...
    stage nodes run_pytest nodes -m nodes "$@"
    stage others run_pytest others -m "not nodes" --numprocesses=2 --dist=loadfile "$@"
}

lint
if [ "${1:-}" = --lint ]; then
    echo "== summary"
    printf '%s\n' "${summary[@]}"
    exit "$failed"
fi
tests "$@"

echo "== summary (ROS_DOMAIN_ID=$ROS_DOMAIN_ID)"
printf '%s\n' "${summary[@]}"
# pytest's own summary is not always its last line: libraries print after it.
grep -hE '^=+ .* in [0-9.]+s' log/pytest-*.log
exit "$failed"
