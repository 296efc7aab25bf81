#!/usr/bin/env bash
# Builds Protobuf's official conformance runner from Debian's source package of protobuf, against the installed
# libprotobuf. Nothing of it is kept in this repository.
# Usage: tools/conformance_runner.sh FOLDER   makes FOLDER/conformance_test_runner, and FOLDER/test_messages.desc, the
#        descriptors of the messages that it sends
# Needs: apt-get with an archive that has sources, g++, protoc, libprotobuf-dev, libprotoc-dev. Without root.
set -euo pipefail

[ "$#" -eq 1 ] || { sed -n '2,6s/^# //p' "$0" >&2; exit 2; }
out="$(mkdir -p "$1" && cd "$1" && pwd)"
[ -x "$out/conformance_test_runner" ] && [ -s "$out/test_messages.desc" ] && exit 0

version="$(dpkg-query -W -f '${source:Version}' libprotobuf-dev)"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
log="$work/log"
run() { "$@" >>"$log" 2>&1 || { cat "$log" >&2; echo "conformance_runner: failed: $*" >&2; exit 1; }; }

# The archive that apt installs from, asked for sources.
mirror="$(apt-get indextargets --format '$(REPO_URI)' "Created-By: Packages" 2>/dev/null | grep -m1 /debian/ || true)"
suite="$(. /etc/os-release && echo "${VERSION_CODENAME:-}")"
[ -n "$mirror" ] && [ -n "$suite" ] || { echo "conformance_runner: no archive to fetch from" >&2; exit 1; }
signed=""
[ -f /usr/share/keyrings/debian-archive-keyring.gpg ] &&
  signed="[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]"
mkdir -p "$work/lists/partial"
printf 'deb-src %s %s %s main\n' "$signed" "$mirror" "$suite" "$signed" "$mirror" "$suite-updates" |
  sed 's/deb-src  /deb-src /' >"$work/sources.list"
apt=(apt-get -o "Dir::Etc::sourcelist=$work/sources.list" -o Dir::Etc::sourceparts=-
     -o "Dir::State::lists=$work/lists" -o APT::Sandbox::User= -o Acquire::Retries=3)
echo "conformance_runner: fetching the sources of protobuf $version" >&2
run "${apt[@]}" update
(cd "$work" && { "${apt[@]}" source --download-only "protobuf=$version" >>"$log" 2>&1 ||
                 run "${apt[@]}" source --download-only protobuf; })
mkdir "$work/source"
tar -x -C "$work/source" --strip-components=1 -f "$work"/protobuf_*.orig.tar.*

cd "$work/source"
mkdir "$work/generated"
run protoc --proto_path=conformance --cpp_out="$work/generated" conformance.proto
run protoc --proto_path=src --cpp_out="$work/generated" \
  google/protobuf/test_messages_proto2.proto google/protobuf/test_messages_proto3.proto
protoc --proto_path=src --include_imports --descriptor_set_out="$out/test_messages.desc" \
  google/protobuf/test_messages_proto2.proto google/protobuf/test_messages_proto3.proto
objects=()
jobs=()
for unit in conformance/{binary_json_conformance_suite,text_format_conformance_suite}.cc \
            conformance/conformance_test{,_main,_runner}.cc conformance/third_party/jsoncpp/jsoncpp.cpp \
            "$work"/generated/conformance.pb.cc "$work"/generated/google/protobuf/*.pb.cc; do
  [ -f "$unit" ] || continue
  object="$work/$(basename "$unit").o"
  objects+=("$object")
  # Headers that no package has come from the sources, all others from the installed library.
  jobs+=("g++ -O1 -w -std=c++17 -I$work/generated -I$work/generated/conformance -I. -Iconformance -idirafter src \
    -c $unit -o $object")
done
# The suite includes its own generated header by two names.
mkdir -p "$work/generated/conformance"
cp "$work"/generated/conformance.pb.h "$work/generated/conformance/"
echo "conformance_runner: building ${#jobs[@]} files" >&2
printf '%s\0' "${jobs[@]}" | run xargs -0 -n 1 -P "$(nproc)" bash -c '$0'
run g++ "${objects[@]}" -lprotobuf -lpthread -o "$work/conformance_test_runner"
mv "$work/conformance_test_runner" "$out/"
