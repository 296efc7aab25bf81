#!/usr/bin/env bash
# Runs Protobuf's official conformance suite, Required and Recommended tests, against wirejit: with machine code and
# interpreted, through records and in one pass. No failure is expected.
# Usage: tools/conformance.sh [BUILD [DESCRIPTORS]]   (BUILD: build/release; DESCRIPTORS: a set that has the suite's
#        messages; else that of the runner's own sources)
# Environment: WIREJIT_CONFORMANCE_RUNNER (a runner that is there already)
set -euo pipefail
cd "$(dirname "$0")/.."

build="${1:-build/release}"
testee="$PWD/$build/tests/conformance_testee"
[ -x "$testee" ] || { echo "conformance: build conformance_testee first" >&2; exit 2; }
folder="$PWD/build/conformance"
runner="${WIREJIT_CONFORMANCE_RUNNER:-}"
if [ -z "$runner" ]; then
  tools/conformance_runner.sh "$folder"
  runner="$folder/conformance_test_runner"
fi
descriptors="$(realpath "${2:-$folder/test_messages.desc}")"
out="$(mktemp -d)"
trap 'rm -rf "$out"' EXIT

failed=0
for engine in jit interpret; do
  for way in record one-pass; do
    # The runner passes no arguments on.
    printf '#!/bin/sh\nexec "%s" --descriptors "%s" --engine %s --way %s\n' \
      "$testee" "$descriptors" "$engine" "$way" >"$out/testee"
    chmod +x "$out/testee"
    if "$runner" --enforce_recommended --output_dir "$out" "$out/testee" >"$out/log" 2>&1; then
      echo "conformance, $engine, $way: $(grep -m1 'CONFORMANCE SUITE' "$out/log" | sed 's/CONFORMANCE SUITE //')"
    else
      echo "conformance, $engine, $way:" >&2
      grep -E '^ERROR|CONFORMANCE SUITE' "$out/log" | cut -c1-300 | head -40 >&2
      failed=1
    fi
  done
done
exit "$failed"
