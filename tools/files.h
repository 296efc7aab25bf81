// Reading and writing of whole files and of the standard streams.
// Entry: read_input, write_output; open_source, open_sink. Invariant: files are read, never mapped: a file that shrinks
// meanwhile gives an error, not a crash.
#pragma once

#include <wirejit/buffer.h>
#include <wirejit/error.h>
#include <wirejit/stream.h>

#include <cstddef>
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

// The same for streams. `reader_gone` is set by a write whose reader has gone away; it must live as
// long as the sink.
[[nodiscard]] Result<StreamSource> open_source(const std::string& path);
[[nodiscard]] Result<StreamSink> open_sink(const std::string& path, bool& reader_gone);
// The size of a file; 0 if it is not known, as for pipes.
[[nodiscard]] std::size_t input_size(const std::string& path) noexcept;
// Whether to write the output would destroy the input.
[[nodiscard]] bool is_same_file(const std::string& input, const std::string& output) noexcept;

[[nodiscard]] bool stdout_is_terminal() noexcept;

// How a path is named in messages: "<stdin>" for "-".
[[nodiscard]] std::string shown_input(const std::string& path);

}  // namespace wirejit::tools
