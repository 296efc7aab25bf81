// The perf map: "address size name", one line a routine, in hexadecimal.
// Entry: PerfMap::create, PerfMap::add. Invariant: a line is written whole or not at all.
#include "jit/code_space_perf_map.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <utility>

namespace wirejit::jit {

Result<PerfMap> PerfMap::create(const std::string& directory) {
  const std::string path = directory + "/perf-" + std::to_string(getpid()) + ".map";
  const int fd =
      open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_APPEND | O_CLOEXEC, 0600);
  if (fd < 0) {
    return std::unexpected(Error(Errc::io, "cannot create " + path));
  }
  return PerfMap(fd);
}

PerfMap::PerfMap(PerfMap&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

PerfMap& PerfMap::operator=(PerfMap&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

PerfMap::~PerfMap() {
  if (fd_ >= 0) {
    close(fd_);
  }
}

Result<void> PerfMap::add(const Module& module, const Code& code) {
  std::string lines;
  for (std::size_t k = 0; k < code.routines().size(); ++k) {
    const RoutineCode& routine = code.routines()[k];
    if (routine.bytes == 0) {
      continue;
    }
    char address[64];
    std::snprintf(address, sizeof address, "%llx %x wirejit ",
                  static_cast<unsigned long long>(
                      reinterpret_cast<std::uintptr_t>(code.memory().begin() + routine.entry)),
                  routine.bytes);
    lines += address;
    // Names come from schemas: a line break in one would forge a line.
    for (const char c : module.programs[k].name) {
      lines += static_cast<unsigned char>(c) < 0x20 ? '?' : c;
    }
    lines += '\n';
  }
  ssize_t n;
  do {
    n = write(fd_, lines.data(), lines.size());
  } while (n < 0 && errno == EINTR);
  if (n != static_cast<ssize_t>(lines.size())) {
    return std::unexpected(Error(Errc::io, "cannot write the perf map"));
  }
  return {};
}

}  // namespace wirejit::jit
