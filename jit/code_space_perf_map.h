// Tells the Linux profiler the names of generated routines.
// Entry: PerfMap. Invariant: opt-in, as the file has a fixed name in a directory that everybody can
// write to: it is created anew, never followed or shared, and only its owner reads it.
#pragma once

#include "jit/code_space.h"

#include <wirejit/error.h>

#include <string>

namespace wirejit::jit {

// One for a process. perf(1) looks into it for anonymous memory alone, so code that is to be
// profiled is compiled with MemoryOptions::allow_memory_file = false. The file stays behind, since
// perf reads it after the process has ended. Not thread-safe.
class PerfMap {
 public:
  // `directory` is /tmp for perf. Errc::io if perf-<pid>.map is there already, or cannot be made.
  static Result<PerfMap> create(const std::string& directory = "/tmp");

  PerfMap(PerfMap&& other) noexcept;
  PerfMap& operator=(PerfMap&& other) noexcept;
  ~PerfMap();

  // Writes a line for each compiled routine of the module.
  Result<void> add(const Module& module, const Code& code);

 private:
  explicit PerfMap(int fd) : fd_(fd) {}

  int fd_;
};

}  // namespace wirejit::jit
