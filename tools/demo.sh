#!/usr/bin/env bash
# The main job on real data: a Thrift IDL read at run time, 8,000 real JSON records to Thrift Binary and back; then a
# server of Apache's library is called by name, with JSON.
# Installs what is missing, builds the command line, converts both ways, shows that nothing is lost, prints the speeds.
set -euo pipefail
cd "$(dirname "$0")/.."

tools/install_deps.sh --build-only
if [ ! -f build/release/CMakeCache.txt ]; then  # tests and benchmarks would need more packages
  cmake --preset release -DWIREJIT_BUILD_TESTS=OFF -DWIREJIT_BUILD_BENCH=OFF >/dev/null
fi
cmake --build build/release --parallel "$(nproc)" --target wirejit_tool

wirejit=build/release/tools/wirejit
schema=examples/iso639.thrift
original=/usr/share/iso-codes/json/iso_639-3.json
work="$(mktemp -d)"
server=
trap '[ -z "$server" ] || kill "$server" || true; rm -rf "$work"' EXIT

convert() { "$wirejit" convert --schema "$schema" --type Iso639 --from "$1" --to "$2" -o "$4" "$3"; }
normal() { python3 -m json.tool --sort-keys "$1"; }
size() { printf '  %-36s %9d bytes\n' "$1" "$(wc -c <"$2")"; }

echo
echo "Types, as read from $schema:"
"$wirejit" describe --schema "$schema"

echo
echo "Converting $original"
convert json thrift-binary "$original" "$work/iso639.bin"
convert thrift-binary json "$work/iso639.bin" "$work/iso639.json"
convert json thrift-binary "$work/iso639.json" "$work/again.bin"
size "the original, JSON" "$original"
size "as Thrift Binary" "$work/iso639.bin"
size "back to JSON, without white space" "$work/iso639.json"

cmp "$work/iso639.bin" "$work/again.bin"
normal "$original" >"$work/original.normal"
normal "$work/iso639.json" >"$work/back.normal"
cmp "$work/original.normal" "$work/back.normal"
echo "  Nothing is lost: both JSON texts are equal when their keys are sorted; Thrift Binary is the same to the byte."

echo
echo "Speed, machine code against the interpreter:"
"$wirejit" bench --schema "$schema" --type Iso639 --from json --to thrift-binary "$original"
echo
"$wirejit" bench --schema "$schema" --type Iso639 --from thrift-binary --to json "$work/iso639.bin"

# The second act: a server that Apache's compiler generated, with Apache's library, reads the file of the first.
thrift -r --gen cpp:no_skeleton -out "$work" examples/languages.thrift
"${CXX:-c++}" -std=c++17 -w -I"$work" examples/thrift_server/server.cc "$work"/*.cpp -lthrift -o "$work/server"
"$work/server" "$work/iso639.bin" >"$work/port" & server=$!
until [ -s "$work/port" ]; do kill -0 "$server"; sleep 0.1; done
address="127.0.0.1:$(cat "$work/port")"

call() { # call METHOD JSON: shows the command, what it prints, and its exit code if that is not 0
  echo "\$ wirejit call \$server Languages/$1 -d '$2' --idl examples/languages.thrift"
  "$wirejit" call "$address" "Languages/$1" -d "$2" --idl examples/languages.thrift || echo "(exit code $?)"
}

echo
echo "Calling a server of Apache Thrift $(thrift --version | grep -o '[0-9.]*$'), which looks languages up in that file:"
call find '{"code": "swh"}'
call begin_with '{"prefix": "Zu", "limit": 3}'
call find '{"code": "xxx"}'
