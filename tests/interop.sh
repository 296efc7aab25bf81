#!/usr/bin/env bash
# Calls between wirejit and the real peers of tests/interop, each as server and as client, over loopback. What a peer lacks on
# this machine skips its part with a reason; the last lines are the summary. Exit code 1 if anything failed.
# Usage: tests/interop.sh thrift [--cross] [PEER...]   (PEER: cpp, python, node, go, kitex; --cross: peers among themselves,
# without wirejit). Needs build/release for wirejit's side.
set -euo pipefail
cd "$(dirname "$0")/.."
[ "${1:-}" = thrift ] || { sed -n '4,5s/^# //p' "$0" >&2; exit 2; }
shift
exec python3 tests/interop/run.py "$@"
