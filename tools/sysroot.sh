#!/usr/bin/env bash
# Fills a folder with the packages against which a cross build for ARCH compiles, links and runs its tests: those listed
# below, fetched and unpacked, not installed. Needs no root and no foreign architecture in dpkg. Keeps existing files.
# Usage: tools/sysroot.sh arm64|riscv64 [DIR]   (DIR: build/sysroot-ARCH)
# Environment: WIREJIT_DEBIAN_MIRROR (the archive that apt uses on this machine)
set -euo pipefail
cd "$(dirname "$0")/.."

usage() { sed -n '2,5s/^# //p' "$0" >&2; exit 2; }
if [ $# -lt 1 ] || [ $# -gt 2 ]; then usage; fi
arch="$1"
sysroot="${2:-build/sysroot-$arch}"
mirror="${WIREJIT_DEBIAN_MIRROR:-}"
if [ -z "$mirror" ]; then
  # shellcheck disable=SC2016  # apt's own format
  mirror="$(apt-get indextargets --format '$(REPO_URI) $(RELEASE)' 'Created-By: Packages' |
    awk '$2 ~ /^[a-z]+$/ { print $1; exit }')"
  [ -n "$mirror" ] || { echo "sysroot: apt knows no archive here; set WIREJIT_DEBIAN_MIRROR" >&2; exit 1; }
fi
mirror="${mirror%/}"

# All packages by name: dependencies are not resolved, but check_closed reports a missing one.
case "$arch" in
  arm64)
    suite=bookworm
    triplet=aarch64-linux-gnu
    packages=(
      libc6 libc6-dev linux-libc-dev libgcc-s1 libgcc-12-dev libstdc++6 libstdc++-12-dev libatomic1 libgomp1
      libasmjit-dev libsimdjson14 libsimdjson-dev libcli11-dev
      libgtest-dev nlohmann-json3-dev libthrift-0.17.0 libthrift-dev libboost1.74-dev libssl3
      libprotobuf32 libprotobuf-lite32 libprotoc32 libprotobuf-dev libprotoc-dev zlib1g zlib1g-dev)
    ;;
  riscv64)  # Debian's first release with this architecture is 13. No asmjit: it has no code for this CPU
    suite=trixie
    triplet=riscv64-linux-gnu
    packages=(
      libc6 libc6-dev linux-libc-dev libgcc-s1 libgcc-14-dev libstdc++6 libstdc++-14-dev libatomic1 libgomp1
      libsimdjson25 libsimdjson-dev libcli11-dev
      googletest nlohmann-json3-dev libthrift-0.19.0t64 libthrift-dev libboost1.83-dev libssl3t64 libzstd1
      libprotobuf32t64 libprotobuf-lite32t64 libprotoc32t64 libprotobuf-dev libprotoc-dev zlib1g zlib1g-dev)
    ;;
  *) usage ;;
esac

wanted="$suite $mirror ${packages[*]}"
stamp="$sysroot/.complete"
if [ -f "$stamp" ] && [ "$(head -n 1 "$stamp")" = "$wanted" ]; then
  exit 0
fi

# A separate configuration of apt: another architecture and archive, no installed packages; proxy settings of this machine.
mkdir -p "$(dirname "$sysroot")"
work="$(mktemp -d "$(dirname "$sysroot")/.sysroot.XXXXXX")"
trap 'rm -rf "$work"' EXIT
work="$(cd "$work" && pwd)"
mkdir -p "$work"/{etc/preferences.d,state/lists/partial,cache/archives/partial,debs,root/usr/lib}
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
signed=""
[ -f "$keyring" ] && signed="signed-by=$keyring"
echo "deb [arch=$arch $signed] $mirror $suite main" >"$work/etc/sources.list"
touch "$work/status"
cat >"$work/apt.conf" <<CONF
APT::Architecture "$arch";
APT::Architectures { "$arch"; };
APT::Sandbox::User "";
Acquire::Languages "none";
Acquire::Retries "3";
Dir::Etc "$work/etc";
Dir::Etc::sourcelist "sources.list";
Dir::Etc::sourceparts "-";
Dir::Etc::main "/etc/apt/apt.conf";
Dir::Etc::parts "/etc/apt/apt.conf.d";
Dir::State "$work/state";
Dir::State::status "$work/status";
Dir::Cache "$work/cache";
CONF

log="$work/log"
run() { "$@" >>"$log" 2>&1 || { cat "$log" >&2; echo "sysroot: failed: $*" >&2; exit 1; }; }

export APT_CONFIG="$work/apt.conf"
echo "sysroot: fetching ${#packages[@]} packages of $suite for $arch" >&2
run apt-get update
(cd "$work/debs" && run apt-get download "${packages[@]}")

# One tree, as on a system with a merged /usr.
ln -s usr/lib "$work/root/lib"
for deb in "$work"/debs/*.deb; do
  dpkg-deb --fsys-tarfile "$deb" |
    tar -x -C "$work/root" --keep-directory-symlink --no-same-owner \
      --exclude './usr/share/doc' --exclude './usr/share/man' --exclude './usr/share/lintian' \
      --exclude '*/libthriftqt5*'  # the one library that wants more packages
done
# A linker does not look for a link's absolute target inside the sysroot.
find "$work/root" -type l -lname '/*' -print0 | while IFS= read -r -d '' link; do
  ln -sfn "$(realpath -m --relative-to="$(dirname "$link")" "$work/root$(readlink "$link")")" "$link"
done

# Every library that a shared library asks for must be here.
check_closed() {
  local library name missing=0
  for library in "$work/root/usr/lib/$triplet"/*.so*; do
    [ -f "$library" ] || continue
    for name in $(readelf -d "$library" 2>/dev/null | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p'); do
      if [ ! -e "$work/root/usr/lib/$triplet/$name" ] && [ ! -e "$work/root/usr/lib/$name" ]; then
        echo "sysroot: $(basename "$library") needs $name: no listed package has it" >&2
        missing=1
      fi
    done
  done
  return "$missing"
}
check_closed

{ echo "$wanted"; (cd "$work/debs" && ls); } >"$work/root/.complete"
chmod 755 "$work/root"
rm -rf "$sysroot"
mv "$work/root" "$sysroot"
echo "sysroot: $sysroot ($(du -sh "$sysroot" | cut -f1))" >&2
