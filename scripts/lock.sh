#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Renews requirements/py3*.lock from requirements/*.in; for developers, needs uv.  Versions locked now are kept where they
# still fit; scripts/lock.sh --upgrade takes the newest of everything that *.in and ros-constraints.txt leave open.
set -euo pipefail

cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."

# empy and notify2 exist as source only; everything else has to be a wheel, so that set-up never compiles a library.
for version in 3.10 3.11 3.12 3.13; do
    uv pip compile requirements/*.in \
        --constraints requirements/ros-constraints.txt --overrides requirements/overrides.txt \
        --python-version "$version" --python-platform x86_64-manylinux_2_28 \
        --only-binary :all: --no-binary empy --no-binary notify2 \
        --no-annotate --no-header --no-emit-index-url --no-emit-find-links --quiet \
        --output-file "requirements/py${version/./}.lock" "$@"
done
