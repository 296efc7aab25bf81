#!/usr/bin/env bash
# Installs the packages that wirejit needs to build, test and run its demo, on Debian 12 or a relative, if they are missing.
# Usage: tools/install_deps.sh [--build-only | --ci]   (--build-only: no test or benchmark peers; --ci: sanitizers,
# cross builds, documentation and the peers of tests/interop.sh too)
set -euo pipefail

build=(g++ cmake ninja-build ccache libasmjit-dev libcli11-dev zlib1g-dev)
demo=(iso-codes python3 thrift-compiler libthrift-dev libboost-dev)
peers=(libgtest-dev libbenchmark-dev rapidjson-dev nlohmann-json3-dev
       libsimdjson-dev libprotobuf-dev libprotoc-dev protobuf-compiler dpkg-dev pkg-config)
sanitizers=(clang-19 libclang-rt-19-dev libc++-19-dev libc++abi-19-dev)
docs=(doxygen)
interop=(python3-thrift libevent-dev)  # peers of tests/interop.sh; Go and Node are the machine's own
cross=(g++-aarch64-linux-gnu binutils-riscv64-linux-gnu qemu-user-static)

wanted=("${build[@]}" "${demo[@]}")
case "${1:-}" in
  "") wanted+=("${peers[@]}") ;;
  --build-only) ;;
  --ci) wanted+=("${peers[@]}" "${sanitizers[@]}" "${cross[@]}" "${docs[@]}" "${interop[@]}") ;;
  *) sed -n '2,4s/^# //p' "$0" >&2; exit 2 ;;
esac

installed() { [ "$(dpkg-query -W -f '${db:Status-Abbrev}' "$1" 2>/dev/null)" = "ii " ]; }

missing=()
for package in "${wanted[@]}"; do
  case "$package" in
    python3) python3 -c 'import json.tool' 2>/dev/null && continue ;;  # not in Debian's minimal one
    g++) command -v g++ >/dev/null && continue ;;
  esac
  installed "$package" || missing+=("$package")
done
[ "${#missing[@]}" -eq 0 ] && exit 0

if ! command -v apt-get >/dev/null; then
  echo "install_deps: no apt-get here; please install by hand: ${missing[*]}" >&2
  exit 1
fi
root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || { echo "install_deps: run as root, or install sudo: ${missing[*]}" >&2; exit 1; }
  root=(sudo)
fi
echo "install_deps: installing ${missing[*]}" >&2
log="$(mktemp)"
trap 'rm -f "$log"' EXIT
if ! { "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -qq &&
       "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"; } \
     >"$log" 2>&1; then
  cat "$log" >&2
  exit 1
fi
