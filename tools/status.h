// The exit codes of `wirejit`, and which error gives which.
// Entry: status_of. Invariant: scripts may rely on the numbers; --help and README.md list them.
#pragma once

#include <wirejit/error.h>

namespace wirejit::tools {

enum class Status : int {
  ok = 0,
  data = 1,   // the input is malformed, does not fit its type, or goes beyond a limit
  usage = 2,  // wrong arguments
  schema =
      3,   // the schema is not valid, it does not have the type, or the format cannot hold the type
  io = 4,  // a file cannot be read or written, a peer cannot be reached, or time is over
  machine = 5,  // no memory, no executable memory where it was demanded, or a defect of wirejit
  thrown = 6,   // of `call`: the method threw one of its declared exceptions
  peer = 7,     // of `call`: the peer answered that it failed
};

[[nodiscard]] Status status_of(Errc code) noexcept;

// For --help.
inline constexpr const char* status_help =
    "Exit codes:\n"
    "  0  all went well\n"
    "  1  data: the input is malformed, does not fit its type, or goes beyond a limit\n"
    "  2  usage: wrong arguments\n"
    "  3  schema: it is not valid, lacks the type, or the format cannot hold the type\n"
    "  4  I/O: a file cannot be read or written, a peer cannot be reached, or time is over\n"
    "  5  machine: no memory, executable memory denied to --engine jit, or a defect of wirejit\n"
    "  6  call: the method threw one of its declared exceptions\n"
    "  7  call: the peer answered that it failed";

}  // namespace wirejit::tools
