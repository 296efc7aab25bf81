#!/usr/bin/env bash
# Installs what is missing, builds everything in build/release, runs all tests.
# Usage: tools/test.sh [ctest arguments, such as -R thrift]
set -euo pipefail
cd "$(dirname "$0")/.."

tools/install_deps.sh
cmake --preset release
cmake --build --preset release --parallel "$(nproc)"
ctest --preset release "$@"
