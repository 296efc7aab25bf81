// Errors as people read them: the message, then the place in the input.
// Entry: report. Invariant: shows at most one clipped line of text, or sixteen bytes, and no
// control characters.
#pragma once

#include <wirejit/buffer.h>
#include <wirejit/error.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace wirejit::tools {

// "order.json: syntax at byte 17 (line 2:5) in lines[1]: ..." and, for the place:
//   text                                  binary
//     2 | "qty": 1x,                        00000010  08 00 02 00 ff ff ff ff  0f 00 03
//     |...........|
//       |         ^                                               ^^
[[nodiscard]] std::string describe_error(const Error& error, std::string_view name, Bytes input,
                                         bool is_text);

// Only the place; empty if the error has none. The input begins with that line, or at that address,
// of what people know.
[[nodiscard]] std::string text_window(Bytes input, std::size_t offset,
                                      std::uint64_t first_line = 1);
[[nodiscard]] std::string hex_window(Bytes input, std::size_t offset, std::uint64_t address = 0);

// Text that is safe on a terminal: control characters become spaces, bytes that are no UTF-8 become
// '?'.
[[nodiscard]] std::string printable(std::string_view text);

// The length of the UTF-8 sequence that begins the text, which must not be empty; 0 if there is
// none.
[[nodiscard]] std::size_t sequence_length(std::string_view text);
// The number of characters of printable text, which is about its width on a terminal.
[[nodiscard]] std::size_t columns(std::string_view text);

// One line on stderr: "wirejit: ...".
void complain(std::string_view text);

}  // namespace wirejit::tools
