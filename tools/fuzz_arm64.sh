#!/usr/bin/env bash
# Compares generated AArch64 code with the interpreter on random inputs, under qemu: fuzz targets, cross-built, with a
# driver of their own instead of libFuzzer (fuzz/driver.cc). CI does not run it. Failing inputs are saved in build/found.
# Usage: tools/fuzz_arm64.sh [SECONDS [TARGET [FILE|FOLDER...]]]
#   SECONDS  for each target (60)
#   TARGET   such as json_fuzz, or all (the ones that run machine code)
#   FILE...  further seeds, such as what a long run of the same target under libFuzzer found
# Environment: SEED (else the time)
set -euo pipefail
seconds="${1:-60}"
target="${2:-all}"
case "$seconds" in '' | *[!0-9]*) sed -n '2,8s/^# //p' "$0" >&2; exit 2 ;; esac
seeds=()
for path in "${@:3}"; do seeds+=("$(realpath "$path")"); done
cd "$(dirname "$0")/.."
export CCACHE_BASEDIR="$PWD" CCACHE_NOHASHDIR=1
seed="${SEED:-$(date +%s)}"
# Only the engines are compared here: CI does not compare with json_util either (fuzz/README.md).
export WIREJIT_FUZZ_JSON_UTIL="${WIREJIT_FUZZ_JSON_UTIL:-0}"

targets=(thrift_binary_fuzz json_fuzz pb_fuzz protojson_fuzz pairs_fuzz round_trip_fuzz)
if [ "$target" != all ]; then targets=("$target"); fi
tools/sysroot.sh arm64
cmake --preset arm64-fuzz
cmake --build --preset arm64-fuzz --parallel "$(nproc)" --target "${targets[@]}"

emulator="$(command -v qemu-aarch64-static || command -v qemu-aarch64)"
mkdir -p build/found
failed=0
for name in "${targets[@]}"; do
  echo "--- $name, $seconds s, seed $seed"
  "$emulator" -L build/sysroot-arm64 "build/arm64-fuzz/fuzz/$name" -seconds="$seconds" -seed="$seed" \
    -artifacts="build/found/$name-arm64-" "fuzz/corpus/$name" "${seeds[@]}" || failed=1
done
exit "$failed"
