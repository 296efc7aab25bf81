// Reading and writing of whole files and of the standard streams.
// Entry: read_input, write_output. Invariant: files are read, never mapped: a file that shrinks
// meanwhile gives an error, not a crash.
#pragma once

#include <wirejit/buffer.h>
#include <wirejit/error.h>

#include <string>
#include <string_view>
#include <vector>

namespace wirejit::tools {

class Progress;

// "-" is the standard input. Errors: io, no_memory.
[[nodiscard]] Result<std::vector<std::uint8_t>> read_input(const std::string& path,
                                                           Progress& progress);

// "-" is the standard output; a file is replaced. Errors: io. A standard output that its reader has
// closed gives io with an empty message, as nobody reads a message.
[[nodiscard]] Result<void> write_output(const std::string& path, Bytes bytes, Progress& progress);
[[nodiscard]] Result<void> write_stdout(std::string_view text);

[[nodiscard]] bool stdout_is_terminal() noexcept;

// How a path is named in messages: "<stdin>" for "-".
[[nodiscard]] std::string shown_input(const std::string& path);

}  // namespace wirejit::tools
