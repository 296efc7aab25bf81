// A Thrift struct without its schema: field ids, types and values.
// Entry: thrift_text. Invariant: bounded in depth and in what is printed, whatever the bytes.
#pragma once

#include <wirejit/buffer.h>

#include <optional>
#include <string>

namespace wirejit::tools {

// Such as `{1: i64 7, 2: list<string> ["a", "b"]}`, for the struct at the start of the bytes, in
// Thrift Compact or else Binary. Nothing if there is none, or it nests too deep. Long text is cut.
[[nodiscard]] std::optional<std::string> thrift_text(Bytes bytes, bool is_compact);

}  // namespace wirejit::tools
